import Agreement
import LinearAlgebra

/// Faults drawn at random, for many seeds in turn.
package enum FaultPlan {
    /// Kinds that end the process of a participant for a while, or for good.
    private static let ends: [FaultKind] = [.crash, .crash, .lostDisk, .tornWrite, .fullDisk]
    private static let others: [FaultKind] = [
        .pause, .partition, .cut, .slow, .loss, .reorder, .duplicate, .swizzleClog, .clockJump, .lies,
    ]
    /// Virtual time in which faults begin: about that of ten exchanges.
    private static let span = 12.0

    /// Between one and six faults of any kinds, each over at last so that everybody can finish; of participants that stay
    /// away for good fewer than would cost the quorum.
    package static func draw(participantCount: Int, quorum: Int, seed: UInt64) -> [Fault] {
        var generator = SeededGenerator(seed: seed, label: "faults")
        func uniform() -> Double { Double(generator.next() >> 11) * 0x1p-53 }
        func time(_ least: Double, _ most: Double) -> Duration {
            .milliseconds(Int(1000 * (least + (most - least) * uniform())))
        }
        var faults: [Fault] = []
        var spare = max(participantCount - max(quorum, 3), 0) / 2
        for _ in 0..<(1 + Int(generator.next() % 6)) {
            let isEnd = generator.next() % 2 == 0
            let kinds = isEnd ? ends : others
            let kind = kinds[Int(generator.next() % UInt64(kinds.count))]
            let staysAway = kind == .crash && spare > 0 && generator.next() % 4 == 0
            if staysAway { spare -= 1 }
            // A lost disk of the first exchange cannot be told from a first start.
            let begin = kind == .lostDisk ? time(2 * span, 3 * span) : time(0, span)
            faults.append(
                Fault(
                    at: .time(begin), participant: Int(generator.next() % UInt64(participantCount)),
                    kind: kind, length: staysAway ? .forGood : .time(time(0.2, 25)),
                    directivesLeft: Int(generator.next() % 40)))
        }
        return faults
    }
}
