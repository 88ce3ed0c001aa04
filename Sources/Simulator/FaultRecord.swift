import Consensus
import Learning

/// What must hold at every step of a network in which things go wrong (docs/reliability.md).
package enum Violation: Error, Sendable, Equatable {
    /// Two members went on from an exchange with different states.
    case statesDiffer(exchange: UInt64)
    /// A member is in an earlier exchange than before, or than its disk.
    case wentBack(participant: Int, from: UInt64, to: UInt64)
    /// What opens a sum left before a quorum had voted for one.
    case openedEarly(participant: Int, exchange: UInt64)
    /// Two sums of one exchange have a quorum of votes, and the first was not lost.
    case decidedTwice(exchange: UInt64)
    /// A member voted twice in one attempt, or in one below its READY.
    case votedAgain(participant: Int, exchange: UInt64, attempt: UInt32)
    /// An opened sum is not that of the members that are in it.
    case wrongSum(exchange: UInt64, error: Double)
    /// A number that is not finite has entered a state.
    case notFinite(participant: Int)
}

/// The history of a faulty network, and its invariants.
struct FaultRecord: Sendable {
    /// What a member has promised and voted for in an exchange.
    private struct Promise: Sendable {
        var exchange: UInt64 = 0
        var attempt: UInt32 = 0
        var votes: [(attempt: UInt32, digest: [UInt8])] = []
    }

    private let settings: LearningSettings
    private let count: Int
    /// Allowed error of a sum, over participants · range.
    private let tolerance: Double
    private var exchanges: [UInt64]
    private var stored: [UInt64]
    private var promises: [Promise]
    private var hashes: [UInt64: [UInt8]] = [:]
    /// Votes of an exchange by what they are for.
    private var votes: [UInt64: [(attempt: UInt32, digest: [UInt8], voters: MemberSet)]] = [:]
    private var decided: [UInt64: [UInt8]] = [:]
    private var lost: Set<UInt64> = []
    /// Every member's own vector of an exchange.
    private var inputs: [UInt64: [Int: [Double]]] = [:]
    private var checkedSums: Set<UInt64> = []
    private(set) var relativeError = 0.0

    init(_ scenario: Scenario) {
        count = scenario.participants.count
        settings = scenario.learning
        let sums = settings.aggregation
        tolerance = sums.method == .exact ? 1e-12 : sums.tolerance * 2
        exchanges = Array(repeating: 0, count: count)
        stored = exchanges
        promises = Array(repeating: Promise(), count: count)
    }

    /// A member whose disk is lost has promised nothing any more.
    mutating func forget(_ member: Int) {
        exchanges[member] = 0
        stored[member] = 0
        promises[member] = Promise()
    }

    /// A member has started again from its disk.
    mutating func restarted(_ member: Int, at exchange: UInt64) throws(SimulationError) {
        guard exchange >= stored[member] else {
            throw .violated(.wentBack(participant: member, from: stored[member], to: exchange))
        }
        exchanges[member] = exchange
    }

    mutating func stored(_ instance: LearningInstance) {
        stored[instance.member] = instance.exchange
        guard let own = instance.ownInputs, !own.isEmpty else { return }
        // A round's inputs are made once. Who has lost its disk makes others, which are in no sum of that exchange.
        guard inputs[instance.exchange]?[instance.member] == nil else { return }
        inputs[instance.exchange, default: [:]][instance.member] = own
    }

    /// After every event of a member.
    mutating func isAt(_ exchange: UInt64, _ member: Int) throws(SimulationError) {
        guard exchange >= exchanges[member] else {
            throw .violated(.wentBack(participant: member, from: exchanges[member], to: exchange))
        }
        exchanges[member] = exchange
    }

    /// Members whose disks hold a later exchange than this one.
    func memberCount(after exchange: UInt64) -> Int { stored.count { $0 > exchange } }

    /// Whether the sum of an exchange has been compared already.
    func hasChecked(_ exchange: UInt64) -> Bool { checkedSums.contains(exchange) }

    /// Looks at the sum that a member has opened.
    mutating func check(_ instance: LearningInstance) throws(SimulationError) {
        guard let sum = instance.openedSum else { return }
        try check(sum, of: instance)
    }

    /// Compares the first opened sum of an exchange with the exact one over its members.
    private mutating func check(
        _ sum: [Double], of instance: LearningInstance
    ) throws(SimulationError) {
        guard sum.allSatisfy(\.isFinite) else { throw .violated(.notFinite(participant: instance.member)) }
        checkedSums.insert(instance.exchange)
        guard !instance.trainer.stage.isMaximum, let members = instance.decidedRoster?.members
        else { return }
        let vectors = members.compactMap { inputs[instance.exchange]?[$0] }
        guard vectors.count == members.count else { return }
        var worst = 0.0
        for entry in sum.indices {
            let exact = compensatedSum(vectors, entry)
            worst = max(worst, abs(sum[entry] - exact) / Double(members.count))
        }
        relativeError = max(relativeError, worst)
        guard worst <= tolerance else {
            throw .violated(.wrongSum(exchange: instance.exchange, error: worst))
        }
    }

    mutating func completed(_ summary: RoundSummary) throws(SimulationError) {
        if let known = hashes[summary.exchange], known != summary.stateHash {
            throw .violated(.statesDiffer(exchange: summary.exchange))
        }
        hashes[summary.exchange] = summary.stateHash
        inputs[summary.exchange &- 2] = nil
    }

    /// What a member says, whoever is to hear it.
    mutating func sent(_ message: PeerMessage, by member: Int) throws(SimulationError) {
        switch message {
        case .ready(let ready) where Int(ready.sender) == member:
            if ready.vote?.isLost == true { lost.insert(ready.round) }
            promise(ready, of: member)
        case .finished(let vote) where Int(vote.sender) == member: try voted(vote, member)
        case .reveal(let reveal): try opens(reveal.round, member)
        case .share(let share): try opens(share.round, member)
        case .sumShare(let share): try opens(share.round, member)
        default: break
        }
    }

    private mutating func promise(_ ready: ReadyMessage, of member: Int) {
        if ready.round > promises[member].exchange { promises[member] = Promise(exchange: ready.round) }
        guard ready.round == promises[member].exchange else { return }
        promises[member].attempt = max(promises[member].attempt, ready.attempt)
    }

    private mutating func voted(_ vote: FinishedMessage, _ member: Int) throws(SimulationError) {
        if vote.round > promises[member].exchange { promises[member] = Promise(exchange: vote.round) }
        let own = promises[member]
        guard vote.round == own.exchange else { return }
        if let known = own.votes.first(where: { $0.attempt == vote.attempt }) {
            guard known.digest == vote.digest else {
                throw .violated(
                    .votedAgain(participant: member, exchange: vote.round, attempt: vote.attempt))
            }
            return
        }
        guard vote.attempt >= own.attempt else {
            throw .violated(.votedAgain(participant: member, exchange: vote.round, attempt: vote.attempt))
        }
        promises[member].votes.append((vote.attempt, vote.digest))
        var list = votes[vote.round] ?? []
        let place =
            list.firstIndex { $0.attempt == vote.attempt && $0.digest == vote.digest } ?? list.count
        if place == list.count {
            list.append((vote.attempt, vote.digest, MemberSet(participantCount: count)))
        }
        list[place].voters.insert(member)
        votes[vote.round] = list
        guard list[place].voters.count >= settings.quorum else { return }
        if let known = decided[vote.round], known != vote.digest, !lost.contains(vote.round) {
            throw .violated(.decidedTwice(exchange: vote.round))
        }
        decided[vote.round] = vote.digest
    }

    private func opens(_ exchange: UInt64, _ member: Int) throws(SimulationError) {
        guard decided[exchange] == nil else { return }
        throw .violated(.openedEarly(participant: member, exchange: exchange))
    }
}

/// Neumaier's sum of one entry: exact to the last bit for what is compared here.
func compensatedSum(_ vectors: [[Double]], _ entry: Int) -> Double {
    var sum = 0.0
    var correction = 0.0
    for vector in vectors {
        let value = vector[entry]
        let next = sum + value
        correction += abs(sum) >= abs(value) ? (sum - next) + value : (value - next) + sum
        sum = next
    }
    return sum + correction
}

/// What a member that lies in format sends besides its own messages.
enum Lies {
    /// A message of the same kind that no honest member sends; nil where there is none.
    static func about(_ message: PeerMessage, by member: Int) -> PeerMessage? {
        switch message {
        case .data(let data):
            let values = [Double](repeating: .nan, count: 3)
            return .data(
                DataMessage(
                    round: data.round, attempt: data.attempt, chunk: data.chunk, step: data.step,
                    values: values))
        case .ready(let ready) where Int(ready.sender) == member:
            return .ready(
                ReadyMessage(
                    round: ready.round, attempt: ready.attempt &+ 1, sender: ready.sender,
                    roster: MemberSet(participantCount: ready.roster.participantCount + 1),
                    stateHash: ready.stateHash, steps: .max, vote: nil))
        case .abort(let abort) where Int(abort.sender) == member:
            return .abort(
                AbortMessage(
                    round: abort.round, attempt: abort.attempt &+ 1, sender: abort.sender,
                    accused: MemberSet(participantCount: abort.accused.participantCount + 1)))
        case .part(let part):
            return .part(
                PartMessage(hash: part.hash, total: .max, offset: part.offset, bytes: part.bytes))
        default: return nil
        }
    }
}
