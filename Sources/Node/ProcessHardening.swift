import Glibc
import Sodium

/// What a daemon that holds secrets turns off before it reads one.
enum ProcessHardening {
    /// No core file, no debugger of another process, no file for others to read, no death by a closed socket.
    static func apply() {
        umask(0o077)
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        MemorySecrecy.forbidDumps()
        signal(SIGPIPE, SIG_IGN)
    }
    /// After the first SIGTERM or SIGINT the next one is the kernel's business.
    static func diesOfNextSignal() {
        signal(SIGTERM, SIG_DFL)
        signal(SIGINT, SIG_DFL)
    }
}
