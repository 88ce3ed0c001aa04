import Glibc
import Sodium

/// What a daemon that holds secrets turns off before it reads one.
enum ProcessHardening {
    /// No core file, no debugger of another process, no death by a closed socket.
    static func apply() {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        MemorySecrecy.forbidDumps()
        signal(SIGPIPE, SIG_IGN)
    }
}
