import LinearAlgebra
import Logging
import NIOCore
import Synchronization
import Testing

@testable import Transport

@Suite struct AdmissionBudgetTests {
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test func `an address has four unfinished handshakes, all strangers thirty-two`() {
        var budget = AdmissionBudget(limits: TransportLimits(), now: start)
        var admitted = 0
        for host in 0..<20 {
            for _ in 0..<6 where budget.admit("10.0.0.\(host)", now: start) { admitted += 1 }
        }
        #expect(admitted == 32)
        #expect(budget.admitted(1, from: "10.0.0.99", now: start) == 0)
        budget.giveBack("10.0.0.3")
        #expect(budget.admitted(1, from: "10.0.0.99", now: start) == 1)
    }

    @Test func `strangers cannot use up what named addresses have`() {
        var budget = AdmissionBudget(limits: TransportLimits(), now: start)
        budget.name("10.1.0.1")
        for host in 0..<200 { _ = budget.admit("10.0.0.\(host)", now: start) }
        for _ in 0..<10_000 { _ = budget.admit("10.0.0.1", now: start) }
        #expect(budget.admitted(10, from: "10.1.0.1", now: start) == 4)
    }

    @Test func `an address that stands for many members has room for all`() {
        var budget = AdmissionBudget(limits: TransportLimits(), now: start)
        for _ in 0..<31 { budget.name("127.0.0.1") }
        #expect(budget.admitted(200, from: "127.0.0.1", now: start) == 124)
    }

    @Test func `the bucket of strangers refills with time only`() {
        var limits = TransportLimits()
        limits.strangersPerSecond = 10
        var budget = AdmissionBudget(limits: limits, now: start)
        func burst(_ now: NIODeadline) -> Int {
            var count = 0
            for _ in 0..<100 where budget.admit("10.0.0.1", now: now) {
                budget.giveBack("10.0.0.1")
                count += 1
            }
            return count
        }
        let bursts = [start, start, start + .milliseconds(500), start + .hours(1)].map(burst)
        #expect(bursts == [10, 0, 5, 10])
    }
}

extension AdmissionBudget {
    /// How many of `count` connections begin.
    fileprivate mutating func admitted(_ count: Int, from address: String, now: NIODeadline) -> Int {
        var admitted = 0
        for _ in 0..<count where admit(address, now: now) { admitted += 1 }
        return admitted
    }
}

@Suite struct BackOffTests {
    @Test func `pauses double with full jitter and stop at the cap`() {
        var generator = SeededGenerator(seed: 1)
        let limits = TransportLimits()
        for failures in 0..<12 {
            var largest: Int64 = 0
            for _ in 0..<200 {
                var backOff = BackOff(limits: limits)
                for _ in 0..<failures { _ = backOff.next(using: &generator) }
                largest = max(largest, backOff.next(using: &generator).nanoseconds)
            }
            let ceiling = min(30_000_000_000, 100_000_000 << Int64(failures))
            #expect(largest <= ceiling && largest > ceiling * 9 / 10)
        }
    }

    @Test func `only a long session makes the next pause short again`() {
        var generator = SeededGenerator(seed: 2)
        var backOff = BackOff(limits: TransportLimits())
        for _ in 0..<20 { _ = backOff.next(using: &generator) }
        backOff.sessionEnded(after: .seconds(29))
        let long = (0..<50).map { _ in backOff.next(using: &generator).nanoseconds }.max() ?? 0
        #expect(long > 10_000_000_000)
        backOff.sessionEnded(after: .seconds(30))
        let short = backOff.next(using: &generator)
        #expect(short <= .milliseconds(100))
    }
}

@Suite struct LogLimiterTests {
    /// Keeps the lines that come through.
    private final class Lines: LogHandler, Sendable {
        private let kept = Mutex<[String]>([])
        var lines: [String] { kept.withLock { $0 } }
        var logLevel: Logger.Level {
            get { .trace }
            set { _ = newValue }
        }
        var metadata: Logger.Metadata {
            get { [:] }
            set { _ = newValue }
        }
        subscript(metadataKey _: String) -> Logger.Metadata.Value? {
            get { nil }
            set { _ = newValue }
        }
        func log(event: LogEvent) {
            let also = event.metadata?["also"].map { " +\($0)" } ?? ""
            kept.withLock { $0.append("\(event.message)\(also)") }
        }
    }

    @Test func `a cause has one line a second, which says how many were kept back`() {
        let lines = Lines()
        var limiter = LogLimiter(logger: Logger(label: "test") { _ in lines })
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
        for millisecond in 0..<2_500 {
            limiter.log(.info, "stranger", now: start + .milliseconds(Int64(millisecond)), [:])
        }
        #expect(lines.lines == ["stranger", "stranger +999", "stranger +999"])
    }

    @Test func `causes and participants do not silence each other`() {
        let lines = Lines()
        var limiter = LogLimiter(logger: Logger(label: "test") { _ in lines })
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
        for _ in 0..<10 {
            limiter.log(.info, "one", of: "p00", now: start, [:])
            limiter.log(.info, "one", of: "p01", now: start, [:])
            limiter.log(.info, "two", of: "p00", now: start, [:])
        }
        #expect(lines.lines == ["one", "one", "two"])
    }
}
