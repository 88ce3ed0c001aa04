import Agreement
import LinearAlgebra

/// Faults drawn at random, for many seeds in turn.
package enum FaultPlan {
    /// Kinds that end the process of a participant for a while, or for good.
    private static let ends: [FaultKind] = [.crash, .crash, .lostDisk, .tornWrite, .fullDisk]
    private static let others: [FaultKind] = [
        .pause, .partition, .cut, .slow, .loss, .reorder, .duplicate, .swizzleClog, .clockJump, .lies,
    ]
    /// How long faults last, from and to, in seconds: shorter than anybody waits, about as long, and longer.
    private static let lengths: [(least: Double, most: Double)] = [(0.05, 1), (1, 5), (5, 25)]

    /// Between one and six faults of any kinds, each over at last so that everybody can finish; of participants that stay
    /// away for good fewer than would cost the quorum.
    ///
    /// - Parameter span: virtual time in which faults begin: that of the network without faults, or longer.
    package static func draw(
        participantCount: Int, quorum: Int, span: Duration, seed: UInt64
    ) -> [Fault] {
        var generator = SeededGenerator(seed: seed, label: "faults")
        func uniform() -> Double { Double(generator.next() >> 11) * 0x1p-53 }
        var faults: [Fault] = []
        var spare = max(participantCount - max(quorum, 3), 0) / 2
        for _ in 0..<(1 + Int(generator.next() % 6)) {
            let isEnd = generator.next() % 2 == 0
            let kinds = isEnd ? ends : others
            let kind = kinds[Int(generator.next() % UInt64(kinds.count))]
            let staysAway = kind == .crash && spare > 0 && generator.next() % 4 == 0
            if staysAway { spare -= 1 }
            let begin = span * uniform()
            let (least, most) = lengths[Int(generator.next() % UInt64(lengths.count))]
            let length = Duration.seconds(least + (most - least) * uniform())
            faults.append(
                Fault(
                    at: .time(begin), participant: Int(generator.next() % UInt64(participantCount)),
                    kind: kind, length: staysAway ? .forGood : .time(length),
                    directivesLeft: Int(generator.next() % 40)))
        }
        return faults
    }
}
