import Glibc

/// Processor time of this thread: what other work on the machine cannot stretch.
enum ThreadTime {
    static func measure(_ body: () throws -> Void) rethrows -> Duration {
        let start = now()
        try body()
        return now() - start
    }

    private static func now() -> Duration {
        var time = timespec()
        let code = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        precondition(code == 0, "no thread clock: \(code)")
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
