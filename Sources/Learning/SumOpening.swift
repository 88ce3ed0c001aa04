import Consensus

/// A member's secrets of one attempt, in memory until the next round: the attempt may turn out to be the one that is
/// decided, however it ended here.
struct AttemptSecrets: Sendable {
    let attempt: UInt32
    /// The seed of the own self mask; nil without.
    let ownSeed: [UInt8]?
    /// Shares of others' seeds, by owner's place in the attempt's roster.
    let heldShares: [HeldShare]
    /// The own share of the sum, where values are shared by Shamir's scheme.
    let sumShare: SumShare?
}

/// What a member has towards opening the sum of an attempt: its own secrets, and what others have told since the decision.
/// Members are meant by their places in the attempt's roster.
///
/// The secrets stay in memory only. A member that lost them in a crash has its own seed opened by the others' shares.
struct SumOpening: Sendable {
    let attempt: UInt32
    let roster: MemberSet
    /// What each member's READY says of its seed, or what it has said of its share of the sum; empty where nobody has
    /// self masks or shares.
    let commitments: [[UInt8]]
    /// The own seed, `nil` after a crash.
    var ownSeed: [UInt8]?
    /// Shares of others' seeds, by owner.
    var heldShares: [HeldShare]
    /// REVEALs by member; empty before the first.
    private var reveals: [PeerMessage?] = []
    /// SHAREs by owner, in order of arrival; owners without one are missing.
    private(set) var shares: [Int: [ShareMessage]] = [:]
    /// Seeds that shares have opened, as committed to, by owner.
    private var opened: [Int: [UInt8]] = [:]
    private var missingCount: Int
    /// Whether the own shares of missing seeds have been told.
    var hasShared = false
    /// Whether what the member itself has told went over all links once more, as some were lost.
    var hasRepeated = false
    /// Shares of the sum, where Shamir's take the place of self masks; there are no seeds then.
    var sharing: ShareOpening?

    init(
        attempt: UInt32, roster: MemberSet, commitments: [[UInt8]], ownSeed: [UInt8]? = nil,
        heldShares: [HeldShare] = [], sharing: ShareOpening? = nil
    ) {
        self.sharing = sharing
        self.attempt = attempt
        self.roster = roster
        self.commitments = commitments
        self.ownSeed = ownSeed
        self.heldShares = heldShares
        missingCount = commitments.count
    }

    /// Whether all seeds are known, or enough shares of the sum.
    var isComplete: Bool { sharing?.isComplete ?? (missingCount == 0) }

    /// Places whose seed, or share of the sum, is waited for, ascending.
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

    /// Takes a SHARE of a member of the roster, and opens the seed with the latest `threshold` of them.
    mutating func take(_ message: ShareMessage, of owner: Int, threshold: Int) {
        shares[owner, default: []].append(message)
        let known = shares[owner] ?? []
        guard seed(of: owner) == nil, known.count >= threshold else { return }
        let secret = ShamirShares.open(
            known.suffix(threshold).compactMap { share in
                roster.place(of: Int(share.sender)).map { (place: $0, values: share.share) }
            })
        guard let secret, SelfMask.commitment(to: secret) == commitments[owner] else { return }
        opened[owner] = secret
        missingCount -= 1
    }
}
