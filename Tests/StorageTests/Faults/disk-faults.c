/* A disk that fails: preloaded into a process, it spoils one call on the files of its database.
 *
 *   DISK_FAULT=KIND:N    the N-th write or sync, counted from 1 over the whole process
 *     eio       the write fails, nothing is written
 *     enospc    this write and all after it fail for want of room
 *     short     half of the write is done, the rest fails for want of room, as do all after it
 *     torn      half of the write is done and the process dies at once
 *     fsync     the N-th sync fails; what it should have written may be anywhere
 *   DISK_FAULT_MARK=FILE is made when the fault happens.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long writes, syncs;
static int is_full;

static int is_database(int fd) {
    char link[64], path[1024];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strstr(path, ".sqlite") != NULL && strstr(path, "-shm") == NULL;
}

static int is_kind(const char *kind, long *number) {
    const char *fault = getenv("DISK_FAULT");
    size_t length = strlen(kind);
    if (!fault || strncmp(fault, kind, length) || fault[length] != ':') return 0;
    *number = atol(fault + length + 1);
    return 1;
}

static void mark(void) {
    const char *path = getenv("DISK_FAULT_MARK");
    int fd = path ? open(path, O_CREAT | O_WRONLY, 0600) : -1;
    if (fd >= 0) close(fd);
}

/* -2: do the call as it is; otherwise its result. */
static ssize_t spoil(int fd, const void *bytes, size_t count, off64_t offset) {
    ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    long number;
    if (!is_database(fd)) return -2;
    long call = __atomic_add_fetch(&writes, 1, __ATOMIC_SEQ_CST);
    if (is_full) { errno = ENOSPC; return -1; }
    if (is_kind("eio", &number) && call == number) { mark(); errno = EIO; return -1; }
    if (is_kind("enospc", &number) && call == number) { mark(); is_full = 1; errno = ENOSPC; return -1; }
    if (is_kind("short", &number) && call == number) {
        mark();
        is_full = 1;
        return real(fd, bytes, count / 2, offset);
    }
    if (is_kind("torn", &number) && call == number) {
        mark();
        if (real(fd, bytes, count / 2, offset) < 0) _exit(138);
        _exit(137);
    }
    return -2;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    ssize_t result = spoil(fd, bytes, count, offset);
    return result == -2 ? real(fd, bytes, count, offset) : result;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return pwrite64(fd, bytes, count, offset); }

static int sync_or_fail(int fd, const char *name) {
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    long number;
    if (is_database(fd) && is_kind("fsync", &number)
        && __atomic_add_fetch(&syncs, 1, __ATOMIC_SEQ_CST) == number) {
        mark();
        errno = EIO;
        return -1;
    }
    return real(fd);
}

int fsync(int fd) { return sync_or_fail(fd, "fsync"); }
int fdatasync(int fd) { return sync_or_fail(fd, "fdatasync"); }
