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
    /// Shares of others' seeds by owner; empty where there is none.
    let heldShares: [[UInt64]]
    /// Seeds by member, each as committed to; empty where it is not known yet.
    private(set) var seeds: [[UInt8]]
    private var missingCount: Int
    private(set) var reveals: [RevealMessage?]
    /// By owner, in order of arrival.
    private(set) var shares: [[ShareMessage]]
    /// Whether the own shares of missing seeds have been told.
    var hasShared = false
    /// Shares of the sum, where Shamir's take the place of self masks; there are no seeds then.
    var sharing: ShareOpening?

    init(
        attempt: UInt32, commitments: [[UInt8]], ownSeed: [UInt8]? = nil, heldShares: [[UInt64]] = [],
        sharing: ShareOpening? = nil
    ) {
        self.sharing = sharing
        self.attempt = attempt
        self.commitments = commitments
        self.ownSeed = ownSeed
        self.heldShares = heldShares.isEmpty ? commitments.map { _ in [] } : heldShares
        seeds = commitments.map { _ in [] }
        missingCount = commitments.count
        reveals = commitments.map { _ in nil }
        shares = commitments.map { _ in [] }
    }

    /// Whether all seeds are known, or enough shares of the sum.
    var isComplete: Bool { sharing?.isComplete ?? (missingCount == 0) }

    /// Members whose seed, or share of the sum, is waited for, ascending.
    var missing: [Int] { sharing?.missing ?? seeds.indices.filter { seeds[$0].isEmpty } }

    /// What opens the sum for a member that has its votes: every REVEAL, and SHAREs of the seeds without one; or
    /// SUMSHAREs.
    var messages: [PeerMessage] {
        if let sharing { return sharing.messages }
        return seeds.indices.flatMap { owner in
            reveals[owner].map { [.reveal($0)] } ?? shares[owner].map(PeerMessage.share)
        }
    }

    /// Takes a REVEAL of a member.
    ///
    /// - Returns: whether its seed is the one committed to.
    mutating func take(_ message: RevealMessage) -> Bool {
        let owner = Int(message.sender)
        guard SelfMask.commitment(to: message.seed) == commitments[owner] else { return false }
        reveals[owner] = message
        learn(message.seed, of: owner)
        return true
    }

    /// Takes a SHARE of a member, and opens the seed with the latest `threshold` of them.
    mutating func take(_ message: ShareMessage, threshold: Int) {
        let owner = Int(message.owner)
        shares[owner].append(message)
        guard seeds[owner].isEmpty, shares[owner].count >= threshold else { return }
        let seed = ShamirShares.open(
            shares[owner].suffix(threshold).map { (place: Int($0.sender), values: $0.share) })
        if let seed, SelfMask.commitment(to: seed) == commitments[owner] { learn(seed, of: owner) }
    }

    private mutating func learn(_ seed: [UInt8], of owner: Int) {
        if seeds[owner].isEmpty { missingCount -= 1 }
        seeds[owner] = seed
    }
}
