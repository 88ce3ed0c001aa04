import Topology

/// A chunk of an exact sum by recursive doubling with fold, where every pair may connect.
///
/// What may come is known: one message per exchange of the schedule. Partners are not in step (theirs of step 3
/// may come before this member has begun), so each exchange keeps its own message until it is its turn.
struct FoldSession: ExactSession {
    /// An exchange with the partner's place in the roster.
    private struct Turn: Sendable {
        let step: Int
        let peer: Int
        let kind: FoldSchedule.Exchange.Kind
        let sends: Bool
        let receives: Bool
        /// What came; empty before, and again once it was added.
        var arrived: [UInt64] = []
        /// What was sent, for a link that comes back; the same array that the message carries.
        var sent: [UInt64] = []
    }

    let neighbours: [Int]
    private let stepCount: Int
    private let count: Int
    private var turns: [Turn]
    /// The exchange that is due; `turns.count` at the end.
    private var position = 0
    private var isStarted = false
    private(set) var total: [UInt64] = []

    /// - Parameters:
    ///   - rank: this member's, in this chunk.
    ///   - memberAt: the member of each rank.
    ///   - count: words of a vector.
    init(schedule: FoldSchedule, rank: Int, memberAt: [Int], count: Int) {
        turns = schedule.exchanges(of: rank).map { exchange in
            Turn(
                step: exchange.step, peer: memberAt[exchange.partner], kind: exchange.kind,
                sends: exchange.sends, receives: exchange.receives)
        }
        neighbours = FoldSession.partners(schedule: schedule, rank: rank).map { memberAt[$0] }.sorted()
        stepCount = schedule.stepCount
        self.count = count
    }

    /// The ranks that `rank` exchanges with, each once.
    static func partners(schedule: FoldSchedule, rank: Int) -> [Int] {
        var partners: [Int] = []
        for exchange in schedule.exchanges(of: rank) where !partners.contains(exchange.partner) {
            partners.append(exchange.partner)
        }
        return partners
    }

    var isFinished: Bool { isStarted && position == turns.count }

    var step: Int { position < turns.count ? turns[position].step : stepCount }

    var waitingFor: [Int] {
        guard position < turns.count, turns[position].receives else { return [] }
        return turns[position].arrived.isEmpty ? [turns[position].peer] : []
    }

    mutating func start(with words: [UInt64]) -> [ExactMessage] {
        precondition(!isStarted && words.count == count, "\(words.count) words, not \(count)")
        isStarted = true
        total = words
        var messages: [ExactMessage] = []
        sendIfDue(&messages)
        return messages + advance()
    }

    mutating func receive(_ payload: DataPayload, step: Int, from peer: Int) -> ChunkSession.Reception {
        guard neighbours.contains(peer) else { return .refused(.notNeighbour) }
        guard step < stepCount else { return .refused(.unknownStep(step: step, stepCount: stepCount)) }
        guard let turn = turns.firstIndex(where: { $0.peer == peer && $0.step == step && $0.receives })
        else { return .refused(.notPartner(step: step)) }
        guard case .words(let words) = payload else { return .refused(.wrongPayload) }
        guard words.count == count else {
            return .refused(.wrongCount(count: words.count, expected: count))
        }
        guard turn >= position else { return .repeated }
        let known = turns[turn].arrived
        guard known.isEmpty else { return known == words ? .repeated : .refused(.contradiction) }
        turns[turn].arrived = words
        return .taken
    }

    mutating func advance() -> [ExactMessage] {
        var messages: [ExactMessage] = []
        guard isStarted else { return messages }
        while position < turns.count {
            if turns[position].receives {
                guard !turns[position].arrived.isEmpty else { break }
                if turns[position].kind == .takeBack {
                    total = turns[position].arrived
                } else {
                    WordArithmetic.add(turns[position].arrived, to: &total)
                }
                turns[position].arrived = []
            }
            position += 1
            sendIfDue(&messages)
        }
        return messages
    }

    /// Sends for the exchange that has just become due.
    private mutating func sendIfDue(_ messages: inout [ExactMessage]) {
        guard position < turns.count, turns[position].sends else { return }
        turns[position].sent = total
        messages.append(
            ExactMessage(peer: turns[position].peer, step: turns[position].step, payload: .words(total)))
    }

    func sent(to peer: Int) -> [ExactMessage] {
        turns.filter { $0.peer == peer && !$0.sent.isEmpty }.map {
            ExactMessage(peer: peer, step: $0.step, payload: .words($0.sent))
        }
    }
}
