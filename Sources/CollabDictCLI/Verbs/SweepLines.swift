import Agreement
import Simulator

/// The seeds of `--seeds A..B`, both included.
struct SeedRange {
    let range: ClosedRange<UInt64>

    /// - Throws: ``Failure`` where the text is no such range.
    init(_ text: String) throws {
        let ends = text.split(separator: ".", omittingEmptySubsequences: true).map { UInt64($0) }
        guard text.contains(".."), ends.count == 2, let first = ends[0], let last = ends[1], first <= last
        else {
            throw Failure(
                status: .usage, code: "USAGE", message: "'\(text)' is no range of seeds",
                fix: "Write --seeds 0..99.")
        }
        range = first...last
    }
}

/// What many runs with faults showed, in the keys of docs/interface.md, and for people.
struct SweepLines {
    private(set) var runCount = 0
    private var faultCounts: [FaultKind: Int] = [:]
    private var virtualSeconds = 0.0
    private var messageCount = 0
    private var relativeError = 0.0
    /// Members that came back, by the rounds that they missed once they ran again.
    private var returnCounts: [UInt64: Int] = [:]
    private var history: UInt64 = 0

    mutating func add(_ run: SeedSweep.Run) {
        runCount += 1
        for fault in run.outcome.faults { faultCounts[fault.kind, default: 0] += 1 }
        virtualSeconds += run.outcome.virtualTime.seconds
        messageCount += run.outcome.messageCount
        relativeError = max(relativeError, run.outcome.relativeError)
        for back in run.outcome.returns { returnCounts[back.roundCount, default: 0] += 1 }
        history = (history &* 0x0000_0100_0000_01b3) ^ run.outcome.historyDigest
    }

    /// Ascending by rounds.
    private var returns: [(rounds: UInt64, count: Int)] {
        returnCounts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The JSON `data`.
    var value: CanonicalValue {
        let kinds = FaultKind.allCases.map { ($0.rawValue, CanonicalValue.integer(faultCounts[$0] ?? 0)) }
        return .object([
            ("seeds", .integer(runCount)), ("violations", .integer(0)), ("faults", .object(kinds)),
            ("virtualSeconds", .finite(virtualSeconds)), ("messages", .integer(messageCount)),
            ("relativeError", .finite(relativeError)),
            ("returns", .object(returns.map { (String($0.rounds), .integer($0.count)) })),
            ("history", .text(String(history, radix: 16))),
        ])
    }

    /// The same for people.
    var text: String {
        let kinds = FaultKind.allCases.compactMap { kind in
            faultCounts[kind].map { "\(kind.rawValue) \($0)" }
        }
        return """
            seeds       \(runCount), no invariant violated
            faults      \(kinds.joined(separator: ", "))
            simulated   \(Figure.decimal(virtualSeconds / 3600, places: 2)) h, \(messageCount) messages, \
            relative error \(Figure.power(relativeError))
            back        \(returns.map { "\($0.count) after \($0.rounds) rounds" }.joined(separator: ", "))
            history     \(String(history, radix: 16))
            """
    }
}
