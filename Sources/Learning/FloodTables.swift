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

    /// Whether every member of a roster is ready for this attempt with this roster. Over all calls it reads each READY about
    /// once.
    mutating func isComplete(attempt: UInt32, roster: MemberSet) -> Bool {
        if knownAttempt != attempt { (knownAttempt, knownCount) = (attempt, 0) }
        while knownCount < messages.count {
            if roster.contains(knownCount) {
                guard let ready = self[knownCount], ready.attempt == attempt, ready.roster == roster else {
                    return false
                }
            }
            knownCount += 1
        }
        return knownCount == memberCount
    }

    /// The READYs that are there, in the order of their members.
    var present: [PeerMessage] { messages.compactMap { $0 } }

    /// The READY of the largest attempt that a member is ready for; nil before the first.
    var latest: ReadyMessage? {
        var latest: ReadyMessage?
        for sender in messages.indices {
            if let ready = self[sender], ready.attempt > latest?.attempt ?? 0 || latest == nil {
                latest = ready
            }
        }
        return latest
    }

    /// The state hash that most READYs name, and how many do; nil before the first.
    var commonState: (hash: [UInt8], count: Int)? {
        var found: [(hash: [UInt8], count: Int)] = []
        for sender in messages.indices {
            guard let hash = self[sender]?.stateHash else { continue }
            if let place = found.firstIndex(where: { $0.hash == hash }) {
                found[place].count += 1
            } else {
                found.append((hash, 1))
            }
        }
        return found.max { $0.count < $1.count }
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
    /// Votes of one attempt for one digest, counted as they come.
    private struct Tally: Sendable {
        let attempt: UInt32
        let digest: [UInt8]
        var count: Int
    }
    private var tallies: [Tally] = []

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

    /// Whether an attempt is so old that a vote in it may have been known and forgotten.
    func isForgotten(_ attempt: UInt32, of sender: Int) -> Bool {
        guard !earlier.isEmpty, earlier[sender].count >= Self.attemptsKept - 1 else { return false }
        guard case .finished(let oldest)? = earlier[sender].first else { return false }
        return attempt < oldest.attempt
    }

    /// - Parameter message: a FINISHED of `sender`, who has no other in its attempt.
    mutating func put(_ message: PeerMessage, of sender: Int) {
        count(message)
        if latest.isEmpty { latest = Array(repeating: nil, count: memberCount) }
        if let last = latest[sender] {
            if earlier.isEmpty { earlier = Array(repeating: [], count: memberCount) }
            earlier[sender].append(last)
            // Only the latest attempts can still be decided.
            if earlier[sender].count == Self.attemptsKept { earlier[sender].removeFirst() }
        }
        latest[sender] = message
    }

    private mutating func count(_ message: PeerMessage) {
        guard case .finished(let vote) = message else { return }
        let place = tallies.firstIndex { $0.attempt == vote.attempt && $0.digest == vote.digest }
        if let place {
            tallies[place].count += 1
        } else {
            if tallies.count == Self.attemptsKept { tallies.removeFirst() }
            tallies.append(Tally(attempt: vote.attempt, digest: vote.digest, count: 1))
        }
    }

    /// What so many members have voted for in one attempt, the latest such attempt; nil where there is none.
    func decided(quorum: Int, except blocked: [UInt8]?) -> Vote? {
        var found: Vote?
        for tally in tallies where tally.count >= quorum && tally.digest != blocked {
            if found.map({ tally.attempt > $0.attempt }) ?? true {
                found = Vote(attempt: tally.attempt, digest: tally.digest)
            }
        }
        return found
    }

    /// Whether two members have voted for different sums in one attempt.
    func isSplit(attempt: UInt32) -> Bool { tallies.count { $0.attempt == attempt } > 1 }

    /// Whether anybody has voted.
    var isEmpty: Bool { latest.isEmpty }

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
