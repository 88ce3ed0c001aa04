import LinearAlgebra
import Sodium
import Wire

/// Sums that Shamir's shares open.
extension AggregationPlan {
    /// A member's share of the sum, under the digest of what all members have committed themselves to: the same at all
    /// of them.
    func outcome(of share: SumShare, commitments: [[UInt8]]) -> AggregationOutcome {
        AggregationOutcome(
            maskedSum: .share(share), digest: digest(of: commitments), commitments: commitments, steps: steps,
            agreementSteps: agreementSteps)
    }

    /// The digest of a sum that members have committed themselves to shares of: ``AggregationOutcome/digest``.
    package func digest(of commitments: [[UInt8]]) -> [UInt8] {
        agreedHash("shared-sum") { writer in
            writer.write(attempt)
            writer.write(UInt16(roster.count))
            for member in roster { writer.write(bytes: member.bytes) }
            for commitment in commitments { writer.write(bytes: commitment) }
        }
    }

    /// Opens a decided sum and checks it: the same bits at every member, whichever shares it has.
    ///
    /// - Parameter shares: at least ``shamirThreshold`` + 1, as committed to, from different members; those beyond that
    ///   are checked against the others.
    /// - Throws: ``AggregationFailure``. Everybody who has the same shares throws alike.
    package func opened(
        _ shares: [(member: Int, residues: [UInt64])]
    ) throws(AggregationFailure) -> OpenedSum {
        guard let threshold = shamirThreshold else { preconditionFailure("shares of a sum that has none") }
        precondition(shares.count > threshold, "\(shares.count) shares for a threshold of \(threshold)")
        precondition(
            shares.allSatisfy { $0.residues.count == messageCount }, "shares not of \(messageCount) entries")
        guard areConsistent(shares, threshold: threshold) else {
            throw .sharesDisagree(
                count: shares.count, wrong: wrongMember(among: shares, threshold: threshold))
        }
        let encoding = FixedPoint(summands: roster.count, in: .residues)
        let sum = value(of: Array(shares.prefix(threshold + 1)), at: 0)
        return try checked(sum.map { encoding.value(residue: $0) }, slack: 0)
    }

    /// Whether all shares lie on one polynomial of degree `threshold`, entry by entry.
    private func areConsistent(
        _ shares: [(member: Int, residues: [UInt64])], threshold: Int
    ) -> Bool {
        let basis = Array(shares.prefix(threshold + 1))
        return shares.dropFirst(threshold + 1).allSatisfy { extra in
            value(of: basis, at: UInt64(extra.member + 1)) == extra.residues
        }
    }

    /// The only member without whose share all the others agree, where at least two are left beyond the threshold's; with
    /// fewer, any one could be left out.
    private func wrongMember(
        among shares: [(member: Int, residues: [UInt64])], threshold: Int
    ) -> Int? {
        guard shares.count >= threshold + 3 else { return nil }
        let suspects = shares.indices.filter { place in
            var rest = shares
            rest.remove(at: place)
            return areConsistent(rest, threshold: threshold)
        }
        return suspects.count == 1 ? shares[suspects[0]].member : nil
    }

    /// The polynomial through these shares at a point.
    private func value(of shares: [(member: Int, residues: [UInt64])], at point: UInt64) -> [UInt64] {
        let weights = PrimeField.interpolationWeights(
            at: point, points: shares.map { UInt64($0.member + 1) })
        return PrimeField.combination(of: shares.map(\.residues), weights: weights)
    }
}
