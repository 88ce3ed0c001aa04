import Consensus

/// The READYs of one exchange: the latest of each member.
///
/// A word a member, and nothing before the first comes: in a process of S members there are S tables.
struct ReadyTable: Sendable {
    private let memberCount: Int
    private var messages: [PeerMessage?] = []
    /// Members before this one are ready for ``knownAttempt``.
    private var knownCount = 0
    private var knownAttempt: UInt32 = 0

    init(memberCount: Int) {
        self.memberCount = memberCount
    }

    var isEmpty: Bool { messages.isEmpty }

    /// The latest READY of a member.
    subscript(sender: Int) -> ReadyMessage? {
        guard !messages.isEmpty, case .ready(let message)? = messages[sender] else { return nil }
        return message
    }

    /// - Parameter message: a READY of `sender`.
    mutating func put(_ message: PeerMessage, of sender: Int) {
        if messages.isEmpty { messages = Array(repeating: nil, count: memberCount) }
        messages[sender] = message
        knownCount = min(knownCount, sender)
    }

    /// Whether every member is ready for this attempt. Over all calls it reads each READY about once.
    mutating func isComplete(attempt: UInt32) -> Bool {
        if knownAttempt != attempt { (knownAttempt, knownCount) = (attempt, 0) }
        while knownCount < messages.count, self[knownCount]?.attempt == attempt { knownCount += 1 }
        return knownCount == memberCount
    }

    /// The READYs that are there, in the order of their members.
    var present: [PeerMessage] { messages.compactMap { $0 } }

    /// The largest attempt that a member is ready for; 0 before the first.
    var latestAttempt: UInt32 {
        var latest: UInt32 = 0
        for sender in messages.indices { latest = max(latest, self[sender]?.attempt ?? 0) }
        return latest
    }
}

/// The votes of one exchange: one a member and attempt, the latest sixteen of each member.
struct VoteTable: Sendable {
    private static let attemptsKept = 16

    private let memberCount: Int
    /// The latest of each member; empty before the first.
    private var latest: [PeerMessage?] = []
    /// Those before, oldest first, by member; empty while nobody has voted twice.
    private var earlier: [[PeerMessage]] = []
    private var knownCount = 0
    private var knownAttempt: UInt32 = 0

    init(memberCount: Int) {
        self.memberCount = memberCount
    }

    /// A member's vote in an attempt.
    func vote(of sender: Int, attempt: UInt32) -> FinishedMessage? {
        guard case .finished(let vote)? = message(of: sender, attempt: attempt) else { return nil }
        return vote
    }

    private func message(of sender: Int, attempt: UInt32) -> PeerMessage? {
        guard !latest.isEmpty, let last = latest[sender] else { return nil }
        if last.isVote(attempt: attempt) { return last }
        return earlier.isEmpty ? nil : earlier[sender].first { $0.isVote(attempt: attempt) }
    }

    /// - Parameter message: a FINISHED of `sender`, who has no other in its attempt.
    mutating func put(_ message: PeerMessage, of sender: Int) {
        if latest.isEmpty { latest = Array(repeating: nil, count: memberCount) }
        if let last = latest[sender] {
            if earlier.isEmpty { earlier = Array(repeating: [], count: memberCount) }
            earlier[sender].append(last)
            // Only the latest attempts can still be decided.
            if earlier[sender].count == Self.attemptsKept { earlier[sender].removeFirst() }
        }
        latest[sender] = message
    }

    /// Whether every member has voted in this attempt. Over all calls it reads each vote about once.
    mutating func isComplete(attempt: UInt32) -> Bool {
        if knownAttempt != attempt { (knownAttempt, knownCount) = (attempt, 0) }
        while knownCount < memberCount, message(of: knownCount, attempt: attempt) != nil { knownCount += 1 }
        return knownCount == memberCount
    }

    /// The votes in this attempt, in the order of their members.
    func votes(attempt: UInt32) -> [PeerMessage] {
        (0..<memberCount).compactMap { message(of: $0, attempt: attempt) }
    }

    /// All votes, each member's earlier ones first.
    var all: [PeerMessage] {
        latest.indices.flatMap { sender in
            (earlier.isEmpty ? [] : earlier[sender]) + [latest[sender]].compactMap { $0 }
        }
    }
}

extension PeerMessage {
    /// Whether this is a FINISHED of an attempt.
    fileprivate func isVote(attempt: UInt32) -> Bool {
        if case .finished(let vote) = self { vote.attempt == attempt } else { false }
    }
}

/// The links that a member keeps, and when each was heard last; a member knows few of a large roster.
struct LinkTable: Sendable {
    /// The other ends, ascending.
    private(set) var peers: [Int] = []
    private(set) var isUp: [Bool] = []
    private(set) var lastHeard: [Duration] = []

    private func place(of peer: Int) -> (index: Int, isKnown: Bool) {
        var low = 0
        var high = peers.count
        while low < high {
            let middle = (low + high) / 2
            if peers[middle] < peer { low = middle + 1 } else { high = middle }
        }
        return (low, low < peers.count && peers[low] == peer)
    }

    /// Keeps a link from now on; it is down until it comes up.
    mutating func want(_ peer: Int, now: Duration) {
        let (index, isKnown) = place(of: peer)
        guard !isKnown else { return }
        peers.insert(peer, at: index)
        isUp.insert(false, at: index)
        lastHeard.insert(now, at: index)
    }

    mutating func comesUp(_ peer: Int, now: Duration) {
        want(peer, now: now)
        let index = place(of: peer).index
        isUp[index] = true
        lastHeard[index] = now
    }

    mutating func goesDown(_ peer: Int) {
        let (index, isKnown) = place(of: peer)
        if isKnown { isUp[index] = false }
    }

    mutating func heard(_ peer: Int, now: Duration) {
        let (index, isKnown) = place(of: peer)
        if isKnown { lastHeard[index] = now }
    }

    var areAllUp: Bool { isUp.allSatisfy { $0 } }
}
