// ThreadSanitizer does not see all that Swift's Mutex does on Linux: where two threads want it at once, the kernel hands it on,
// by a futex in libswiftSynchronization, which is built without the sanitizer. Linked into the programs of the `thread` check,
// this stands in front of both ways in there and says what they do. The rest is inlined into our own code, where it is seen.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define SELF __attribute__((swift_context)) void *mutex
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef __attribute__((swiftcall)) void lock_slow(uint32_t thread, SELF);
typedef __attribute__((swiftcall)) void unlock_slow(SELF);

__attribute__((swiftcall)) void annotated_lock(uint32_t thread, SELF) __asm__(LOCK);
__attribute__((swiftcall)) void annotated_unlock(SELF) __asm__(UNLOCK);

__attribute__((swiftcall)) void annotated_lock(uint32_t thread, SELF) {
    ((lock_slow *)dlsym(RTLD_NEXT, LOCK))(thread, mutex);
    __tsan_acquire(mutex);
}

__attribute__((swiftcall)) void annotated_unlock(SELF) {
    __tsan_release(mutex);
    ((unlock_slow *)dlsym(RTLD_NEXT, UNLOCK))(mutex);
}
