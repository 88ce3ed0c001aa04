import Consensus

/// What a member has towards opening a sum shared by Shamir's scheme: shares of it, its own among them.
///
/// The openers' shares leave with the decision, those of the others one deadline later where one is missing. Then
/// threshold + 1 are enough. Members are meant by their places in the attempt's roster. All shares are as committed to before the votes, so whoever has the same ones sees the same.
struct ShareOpening: Sendable {
    /// Colluders that learn nothing; one share more opens the sum.
    let threshold: Int
    /// Members whose shares leave with the decision, ascending.
    let openers: [Int]
    /// The member's own, on disk since before its vote; nil where it is lost.
    let ownShare: SumShare?
    /// The agreement's places of the members, to find theirs here.
    let roster: MemberSet
    /// By member; the own one once it has left.
    private(set) var shares: [SumShareMessage?]
    private(set) var shareCount = 0
    /// Whether the openers' shares are no longer waited for.
    var isOverdue = false
    /// Whether the shares so far disagree, so that everybody's are needed to tell whose is wrong.
    var isDisputed = false

    init(threshold: Int, openers: [Int], ownShare: SumShare?, roster: MemberSet) {
        self.threshold = threshold
        self.openers = openers
        self.ownShare = ownShare
        self.roster = roster
        shares = Array(repeating: nil, count: roster.count)
    }

    /// Whether everybody's share is here.
    var hasAll: Bool { shareCount == shares.count }

    /// Whether these shares are to open the sum now.
    var isComplete: Bool {
        if isDisputed { return hasAll }
        return isOverdue ? shareCount > threshold : openers.allSatisfy { shares[$0] != nil }
    }

    /// Members whose share is waited for, ascending.
    var missing: [Int] {
        isOverdue || isDisputed
            ? shares.indices.filter { shares[$0] == nil } : openers.filter { shares[$0] == nil }
    }

    /// What opens the sum for a member that has its votes: as many shares as it takes, the first ones.
    var messages: [PeerMessage] {
        let known = shares.compactMap { $0.map(PeerMessage.sumShare) }
        return isDisputed ? known : Array(known.prefix(threshold + 1))
    }

    /// All shares by member.
    var known: [(member: Int, residues: [UInt64])] {
        shares.enumerated().compactMap { place, message in
            message.map { (member: place, residues: $0.share.residues) }
        }
    }

    /// Keeps a share that is as committed to.
    mutating func keep(_ message: SumShareMessage) {
        guard let place = roster.place(of: Int(message.sender)) else { return }
        if shares[place] == nil { shareCount += 1 }
        shares[place] = message
    }
}
