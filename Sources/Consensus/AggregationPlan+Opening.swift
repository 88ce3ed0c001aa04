import Sodium
import Wire

extension AggregationPlan {
    /// Slack of the checks beyond the tolerance, relative to the roster: masks of 2^16 ranges cost
    /// doubles up to 3e-10.
    private static let slackMinimum = 1e-8

    /// What the agreed chunks add up to, in order, still masked, under its digest.
    ///
    /// - Parameter chunks: what each session agreed on; shape `(chunkCount, messageCount)`.
    func outcome(of chunks: [[Double]]) -> AggregationOutcome {
        var total = chunks[0]
        for chunk in chunks.dropFirst() {
            for index in total.indices { total[index] += chunk[index] }
        }
        if operation == .sum {
            for index in total.indices { total[index] *= Double(roster.count) }
        }
        return outcome(of: .values(total))
    }

    /// What the digest of a sum depends on, besides the roster.
    private struct Ended: Equatable, Sendable {
        let attempt: UInt32
        let maskedSum: MaskedSum
    }

    /// What an opened sum depends on, besides the geometry.
    private struct Decided: Equatable, Sendable {
        let operation: AggregationOperation
        let vectorCount: Int
        let maskedSum: MaskedSum
        let selfSeeds: [[UInt8]]
    }

    /// The same for a sum that is whole already.
    func outcome(of maskedSum: MaskedSum) -> AggregationOutcome {
        AggregationOutcome(
            maskedSum: maskedSum, digest: digest(of: maskedSum), commitments: [], steps: steps,
            agreementSteps: agreementSteps)
    }

    /// The digest of a whole sum that this attempt has ended with, or would have: ``AggregationOutcome/digest``.
    package func digest(of maskedSum: MaskedSum) -> [UInt8] {
        let ended = Ended(attempt: attempt, maskedSum: maskedSum)
        return geometry.memo.value(.outcome, of: ended) { ended in
            agreedHash("sum") { writer in
                writer.write(ended.attempt)
                writer.write(UInt16(roster.count))
                for member in roster { writer.write(bytes: member.bytes) }
                ended.maskedSum.write(to: &writer)
            }
        }
    }

    /// Takes the self masks off a decided sum and checks what is left: the same bits at every member.
    ///
    /// - Parameters:
    ///   - maskedSum: ``AggregationOutcome/maskedSum`` of this plan.
    ///   - selfSeeds: of all members, in the order of the roster; empty without self masks.
    /// - Throws: ``AggregationFailure`` where it cannot be the sum of this roster. Everybody throws alike.
    package func opened(
        _ maskedSum: MaskedSum, selfSeeds: [[UInt8]]
    ) throws(AggregationFailure) -> OpenedSum {
        let expected = hasSelfMasks ? roster.count : 0
        precondition(selfSeeds.count == expected, "\(selfSeeds.count) seeds where \(expected) open the sum")
        precondition(
            maskedSum.count == messageCount, "\(maskedSum.count) entries in a sum of \(messageCount)")
        let decided = Decided(
            operation: operation, vectorCount: vectorCount, maskedSum: maskedSum, selfSeeds: selfSeeds)
        return try geometry.memo.value(.opening, of: decided) { decided in
            Result { () throws(AggregationFailure) in
                try computed(decided.maskedSum, decided.selfSeeds)
            }
        }.get()
    }

    private func computed(
        _ maskedSum: MaskedSum, _ selfSeeds: [[UInt8]]
    ) throws(AggregationFailure) -> OpenedSum {
        switch maskedSum {
        case .values(let values):
            guard operation == .sum else { return OpenedSum(sum: values, memberCount: roster.count) }
            let tolerance = 8 * geometry.settings.tolerance
            let slack = tolerance > Self.slackMinimum ? tolerance : Self.slackMinimum
            return try checked(unmasked(values, selfSeeds), slack: Double(roster.count) * slack)
        case .words(let words):
            let encoding = FixedPoint(summands: roster.count)
            return try checked(unmasked(words, selfSeeds).map { encoding.value($0) }, slack: 0)
        case .share: preconditionFailure("one share opens nothing")
        }
    }

    private func unmasked(_ values: [Double], _ selfSeeds: [[UInt8]]) -> [Double] {
        var total = values
        // In the order of keys, so that every member rounds alike.
        for member in selfSeeds.indices.sorted(by: { roster[$0] < roster[$1] }) {
            for chunk in 0..<chunkCount {
                SelfMask.add(
                    to: &total, seed: selfSeeds[member], chunk: chunk, factor: -RosterGeometry.maskDeviation)
            }
        }
        return total
    }

    private func unmasked(_ words: [UInt64], _ selfSeeds: [[UInt8]]) -> [UInt64] {
        var total = words
        for seed in selfSeeds {
            for chunk in 0..<chunkCount {
                SelfMask.apply(to: &total, seed: seed, chunk: chunk, isAdded: false)
            }
        }
        return total
    }

    /// The sum without its constant-1 channel, where that counts the roster and no entry is beyond it.
    ///
    /// - Parameter slack: 0 for an exact sum.
    func checked(_ total: [Double], slack: Double) throws(AggregationFailure) -> OpenedSum {
        let size = Double(roster.count)
        let counted = total[total.count - 1]
        guard (counted - size).magnitude <= slack else {
            throw .memberCount(opened: counted, roster: roster.count)
        }
        let entries = Array(total.dropLast())
        if let index = AveragingKernel.firstOutside(entries, bound: size + slack) {
            throw .entryOutOfRange(index: index, value: entries[index], bound: size + slack)
        }
        return OpenedSum(sum: entries, memberCount: Int(counted.rounded()))
    }
}
