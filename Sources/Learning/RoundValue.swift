import Consensus
import Sodium
import Wire

/// What members vote for: an attempt that was run, its roster, whom the next round takes in, and the sum that the attempt
/// ended with, still closed.
struct RoundValue: Sendable, Equatable {
    /// The attempt that was run; votes for it may be cast in later ones.
    let attempt: UInt32
    let roster: MemberSet
    /// Participants whose JOIN the READYs of the attempt name.
    let joiners: MemberSet
    /// What the READYs of the attempt say of each member's seed, or the members of their shares of the sum, in the order of
    /// the roster; empty where nobody has self masks or shares.
    let commitments: [[UInt8]]
    /// As the attempt left it: self masks included, or the own share of the sum; nil where that share is lost.
    let maskedSum: MaskedSum?
    /// BLAKE2b-256 of all of the above: what a vote names.
    let digest: [UInt8]

    /// The digest of a value, from the sum's own.
    private struct Named: Equatable, Sendable {
        let sumDigest: [UInt8]
        let joiners: MemberSet
        let commitments: [[UInt8]]
    }

    /// - Parameter plan: of the attempt and the roster.
    init(
        plan: AggregationPlan, roster: MemberSet, joiners: MemberSet, commitments: [[UInt8]],
        maskedSum: MaskedSum?
    ) {
        attempt = plan.attempt
        self.roster = roster
        self.joiners = joiners
        self.commitments = commitments
        self.maskedSum = maskedSum
        let sumDigest: [UInt8]
        if let maskedSum, plan.shamirThreshold == nil {
            sumDigest = plan.digest(of: maskedSum)
        } else {
            sumDigest = plan.digest(of: commitments)
        }
        let named = Named(sumDigest: sumDigest, joiners: joiners, commitments: commitments)
        digest = plan.geometry.memo.value(.vote, of: named) { named in
            var writer = ByteWriter(reservingCapacity: 64 + 32 * named.commitments.count)
            writer.write(bytes: Array("collabdict/vote/v1".utf8))
            writer.write(bytes: named.sumDigest)
            named.joiners.write(to: &writer)
            for commitment in named.commitments { writer.write(bytes: commitment) }
            return BLAKE2b.hash256(writer.bytes)
        }
    }

    /// As stored or sent.
    ///
    /// - Parameter hidesShare: whether the own share of the sum stays here.
    func write(to writer: inout ByteWriter, hidesShare: Bool) {
        writer.write(attempt)
        roster.write(to: &writer)
        joiners.write(to: &writer)
        writer.write(UInt16(commitments.count))
        for commitment in commitments { writer.write(bytes: commitment) }
        var told = maskedSum
        if hidesShare, case .share? = told { told = nil }
        writer.write(UInt8(told == nil ? 0 : 1))
        told?.write(to: &writer)
    }

    /// The parts of a value that ``write(to:hidesShare:)`` wrote, before anything is known of them.
    struct Parts {
        let attempt: UInt32
        let roster: MemberSet
        let joiners: MemberSet
        let commitments: [[UInt8]]
        let maskedSum: MaskedSum?

        init(from reader: inout ByteReader) throws(WireError) {
            attempt = try reader.readUInt32()
            roster = try MemberSet(from: &reader)
            joiners = try MemberSet(from: &reader)
            var commitments: [[UInt8]] = []
            for _ in 0..<(try reader.readUInt16()) { commitments.append(try reader.readBytes(count: 32)) }
            self.commitments = commitments
            let hasSum = try reader.readUInt8()
            guard hasSum <= 1 else { throw .unknownType(hasSum) }
            maskedSum = hasSum == 1 ? try MaskedSum(from: &reader) : nil
        }

        /// Whether these are parts of a value of this attempt: the right sets, counts and kind of sum.
        func fit(_ plan: AggregationPlan) -> Bool {
            let isShared = plan.shamirThreshold != nil
            let hasCommitments = isShared || plan.hasSelfMasks
            guard plan.attempt == attempt, commitments.count == (hasCommitments ? roster.count : 0) else {
                return false
            }
            switch maskedSum {
            case .values(let values)?: return !plan.isExact && values.count == plan.messageCount
            case .words(let words)?: return plan.isExact && !isShared && words.count == plan.messageCount
            case .share(let share)?: return isShared && share.residues.count == plan.messageCount
            case nil: return isShared
            }
        }

        /// - Precondition: they fit the plan.
        func value(_ plan: AggregationPlan) -> RoundValue {
            RoundValue(
                plan: plan, roster: roster, joiners: joiners, commitments: commitments, maskedSum: maskedSum)
        }
    }
}

/// The state that a round begins with, the same bytes at every member.
struct RoundState {
    let round: UInt64
    let roster: MemberSet
    /// ``Trainer/agreedBytes()``.
    let agreed: [UInt8]

    /// What STATE carries.
    func encoded() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 16 + roster.byteCount + agreed.count)
        writer.write(round)
        roster.write(to: &writer)
        writer.write(UInt32(agreed.count))
        writer.write(bytes: agreed)
        return writer.bytes
    }

    /// The state hash: BLAKE2b-256 of the encoded state.
    static func hash(_ encoded: [UInt8]) -> [UInt8] { BLAKE2b.hash256(encoded) }

    init(round: UInt64, roster: MemberSet, agreed: [UInt8]) {
        self.round = round
        self.roster = roster
        self.agreed = agreed
    }

    init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes)
        round = try reader.readUInt64()
        roster = try MemberSet(from: &reader)
        let count = Int(try reader.readUInt32())
        guard count <= reader.remaining else {
            throw .truncated(needed: count, available: reader.remaining)
        }
        agreed = try reader.readBytes(count: count)
        try reader.finish()
    }
}
