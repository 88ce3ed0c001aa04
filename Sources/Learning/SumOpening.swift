import Consensus

/// What a member has towards opening the sum it has voted for: its own secrets of that attempt, and what others have
/// told since the decision.
///
/// The secrets stay in memory only. A member that lost them in a crash has its own seed opened by the others' shares.
struct SumOpening: Sendable {
    let attempt: UInt32
    /// What each member's READY says of its seed, or what it has said of its share of the sum; empty where nobody has
    /// self masks or shares.
    let commitments: [[UInt8]]
    /// The own seed, `nil` after a crash.
    let ownSeed: [UInt8]?
    /// Shares of others' seeds, by owner.
    let heldShares: [HeldShare]
    /// REVEALs by member; empty before the first.
    private var reveals: [PeerMessage?] = []
    /// SHAREs by owner, in order of arrival; owners without one are missing.
    private(set) var shares: [Int: [ShareMessage]] = [:]
    /// Seeds that shares have opened, as committed to, by owner.
    private var opened: [Int: [UInt8]] = [:]
    private var missingCount: Int
    /// Whether the own shares of missing seeds have been told.
    var hasShared = false
    /// Shares of the sum, where Shamir's take the place of self masks; there are no seeds then.
    var sharing: ShareOpening?

    init(
        attempt: UInt32, commitments: [[UInt8]], ownSeed: [UInt8]? = nil, heldShares: [HeldShare] = [],
        sharing: ShareOpening? = nil
    ) {
        self.sharing = sharing
        self.attempt = attempt
        self.commitments = commitments
        self.ownSeed = ownSeed
        self.heldShares = heldShares
        missingCount = commitments.count
    }

    /// Whether all seeds are known, or enough shares of the sum.
    var isComplete: Bool { sharing?.isComplete ?? (missingCount == 0) }

    /// Members whose seed, or share of the sum, is waited for, ascending.
    var missing: [Int] { sharing?.missing ?? commitments.indices.filter { seed(of: $0) == nil } }

    /// The seeds of all members, in order; without those that are not known.
    var seeds: [[UInt8]] { commitments.indices.compactMap { seed(of: $0) } }

    /// What opens the sum for a member that has its votes: every REVEAL, and SHAREs of the seeds without one; or
    /// SUMSHAREs.
    var messages: [PeerMessage] {
        if let sharing { return sharing.messages }
        return commitments.indices.flatMap { owner in
            let reveal = reveals.isEmpty ? nil : reveals[owner]
            return reveal.map { [$0] } ?? (shares[owner] ?? []).map(PeerMessage.share)
        }
    }

    /// The REVEAL of a member.
    func reveal(of member: Int) -> RevealMessage? {
        guard !reveals.isEmpty, case .reveal(let message)? = reveals[member] else { return nil }
        return message
    }

    private func seed(of member: Int) -> [UInt8]? { reveal(of: member)?.seed ?? opened[member] }

    /// Keeps a REVEAL.
    ///
    /// - Parameter message: of `member`, with the seed that it committed to.
    mutating func keep(_ message: PeerMessage, of member: Int) {
        if seed(of: member) == nil { missingCount -= 1 }
        if reveals.isEmpty { reveals = Array(repeating: nil, count: commitments.count) }
        reveals[member] = message
    }

    /// Takes a SHARE of a member, and opens the seed with the latest `threshold` of them.
    mutating func take(_ message: ShareMessage, threshold: Int) {
        let owner = Int(message.owner)
        shares[owner, default: []].append(message)
        let known = shares[owner] ?? []
        guard seed(of: owner) == nil, known.count >= threshold else { return }
        let secret = ShamirShares.open(
            known.suffix(threshold).map { (place: Int($0.sender), values: $0.share) })
        guard let secret, SelfMask.commitment(to: secret) == commitments[owner] else { return }
        opened[owner] = secret
        missingCount -= 1
    }
}
