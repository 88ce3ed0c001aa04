import Consensus
import Datasets
package import Learning
import LinearAlgebra
import Models
import Topology

/// Why a simulated network came to no end.
package enum SimulationError: Error {
    case rows(participant: String, TrainingError)
    case member(participant: String, LearningFailure)
    /// A member holds back its vector, and no other rows will come.
    case gateClosed(participant: String, GateReport)
    /// A member saw another send what no honest member sends: a fault of ours.
    case misbehaviour(participant: String, of: String, MemberFault)
    /// No event was left, or the virtual time ran out, before everybody finished.
    case stalled(exchange: UInt64, waiting: [WaitingMember])
    /// Something that must hold at every step does not.
    case violated(Violation)
}

/// What a simulated run showed, apart from the scores of its models.
package struct SimulationOutcome: Sendable {
    /// Every member's trained state, in the order of the roster.
    package let trainers: [Trainer]
    package let summaries: [RoundSummary]
    /// BLAKE2b-256 of every member's final state.
    package let stateHashes: [[UInt8]]
    package let messageCount: Int
    package let byteCount: Int
    /// Worst member and entry against the exact sum, over participants · range.
    package let relativeError: Double
    /// Averaging steps of one session, as run.
    package let stepsPerSession: Int
    package let agreementSteps: Int
    /// Chunk sessions of all decided sums.
    package let sessionCount: Int
    package let virtualTime: Duration
    /// Every member's own figures of its last vector, where the model has patterns.
    package let diversities: [DiversityFigures]
    /// Every member's view of how well sums hide rows.
    package let privacies: [PrivacyStatus]
    /// The faults that have begun, in order.
    package var faults: [Fault] = []
    /// Members that started again and came back into a sum.
    package var returns: [Return] = []
    /// Of every event of a network with faults, its time and its place: equal for equal runs.
    package var historyDigest: UInt64 = 0
}

/// A whole network on a virtual clock in which nothing goes wrong: the same `LearningInstance` as in the daemon, other surroundings.
///
/// The same scenario gives the same bytes: events are ordered by time and then by the order of their making, all
/// randomness comes from labelled streams of the scenario's seed. What members compute alike is computed once,
/// ``SharedResults``, which no run can tell.
package struct Simulation: Sendable {
    let scenario: Scenario
    /// Of all members. Whether a member is there, the network says: asking `instances` would copy the member.
    private let geometry: RosterGeometry
    var instances: [LearningInstance?]
    var generators: [SeededGenerator]
    var network: VirtualNetwork
    /// The members that each member has a link with whenever both are there, ascending.
    private var acquaintances: [[UInt16]]
    private var finished: [Bool]
    private var unfinishedCount: Int
    var summaries: [RoundSummary] = []
    var checkedExchange: UInt64?
    var relativeError = 0.0
    var sessionCount = 0
    /// When a message was delivered last.
    private var lastActivity: Duration = .zero

    /// - Parameter takesShortCuts: whether members take from each other what they would compute alike, and are spared
    ///   copies of flooded messages that they have; it saves time and memory and changes nothing else.
    /// - Throws: ``SimulationError`` when a participant's rows cannot be learnt from.
    package init(_ scenario: Scenario, takesShortCuts: Bool = true) throws(SimulationError) {
        self.scenario = scenario
        let count = scenario.participants.count
        do throws(ConsensusError) {
            geometry = try RosterGeometry(
                settings: scenario.learning.aggregation, roster: scenario.learning.roster,
                memo: takesShortCuts ? SharedResults() : Unshared())
        } catch {
            throw .member(participant: scenario.participants[0].name, LearningFailure.consensus(error))
        }
        instances = Array(repeating: nil, count: count)
        generators = (0..<count).map { SeededGenerator(seed: scenario.seed, label: "member/\($0)") }
        acquaintances = Array(repeating: [], count: count)
        finished = Array(repeating: false, count: count)
        unfinishedCount = count
        network = VirtualNetwork(
            neighbours: (0..<count).map { [geometry] in geometry.controlGraph.neighbours(of: $0) },
            latency: scenario.latency, jitter: scenario.jitter, seed: scenario.seed,
            skipsRepeats: takesShortCuts)
        for member in 0..<count { instances[member] = try makeInstance(member) }
    }

    private func makeInstance(_ member: Int) throws(SimulationError) -> LearningInstance {
        let participant = scenario.participants[member]
        let trainer: Trainer
        do throws(TrainingError) {
            trainer = try Trainer(rows: participant.train, settings: scenario.training)
        } catch {
            throw .rows(participant: participant.name, error)
        }
        do throws(LearningFailure) {
            return try LearningInstance(
                settings: scenario.learning, member: member, trainer: trainer,
                authenticator: HonestWorld(), geometry: geometry)
        } catch {
            throw .member(participant: participant.name, error)
        }
    }

    /// Runs until every member has finished.
    ///
    /// - Parameter onRound: called once for every decided exchange.
    /// - Throws: ``SimulationError``.
    package mutating func run(
        onRound: (RoundSummary) -> Void = { _ in }
    ) throws(SimulationError) -> SimulationOutcome {
        for member in instances.indices { try feed(.started, to: member, onRound) }
        while unfinishedCount > 0 {
            guard let moment = network.next() else { throw stalled() }
            switch moment {
            case .arrivals(let batch): try deliver(batch, onRound)
            case .event(.deliver(let message, let sender, let receiver)):
                lastActivity = network.now
                try feed(.received(message, from: sender), to: receiver, onRound)
            case .event(.timer(let member)):
                guard network.now - lastActivity < patience else { throw stalled() }
                // Heartbeats are not carried here.
                instances[member]?.hearAll(now: network.now)
                try feed(.timer, to: member, onRound)
            }
        }
        return outcome()
    }

    /// All that arrives at one moment, member by member.
    private mutating func deliver(
        _ batch: ArrivalBatch, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        lastActivity = network.now
        let sorted = batch.sorted(memberCount: instances.count)
        let neighbours = network.neighbours
        let now = network.now
        var directives: [LearningDirective] = []
        for member in instances.indices {
            try sorted.forEach(to: member, neighbours: neighbours[member]) {
                piece, sender throws(SimulationError) in
                let message: PeerMessage
                var number: UInt32?
                switch piece {
                case .letter(let letter): message = letter
                case .flood(let flood):
                    guard let flooded = network.flooded(flood, to: member) else { return }
                    (message, number) = (flooded, flood)
                }
                instances[member]?.receive(
                    message, over: sender, now: now, using: &generators[member], &directives)
                guard !directives.isEmpty else { return }
                try carryOut(&directives, of: member, passingOn: number, onRound)
            }
        }
    }

    /// Two members that are both there hear that their link is up.
    private mutating func linkUp(
        _ member: Int, _ other: Int, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        try feed(.linkUp(other), to: member, onRound)
        try feed(.linkUp(member), to: other, onRound)
    }

    /// Makes two members acquainted, once.
    private mutating func acquaint(
        _ member: Int, _ other: Int, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        guard insert(other, into: &acquaintances[member]) else { return }
        _ = insert(member, into: &acquaintances[other])
        try linkUp(member, other, onRound)
    }

    /// Inserts into a sorted list.
    ///
    /// - Returns: whether it was not there yet.
    private func insert(_ member: Int, into list: inout [UInt16]) -> Bool {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if Int(list[middle]) < member { low = middle + 1 } else { high = middle }
        }
        guard low == list.count || Int(list[low]) != member else { return false }
        list.insert(UInt16(member), at: low)
        return true
    }

    /// One event for one member, and all that follows from it at the same moment.
    mutating func feed(
        _ event: LearningEvent, to member: Int, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        var directives =
            instances[member]?.handle(event, now: network.now, using: &generators[member]) ?? []
        try carryOut(&directives, of: member, onRound)
    }

    /// Carries out a list of directives and empties it; answers that come at once add to it.
    ///
    /// - Parameter number: of the flooded message that they follow from: a flood with a source passes that one on.
    private mutating func carryOut(
        _ directives: inout [LearningDirective], of member: Int, passingOn number: UInt32? = nil,
        _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        var next = 0
        while next < directives.count {
            let directive = directives[next]
            next += 1
            switch directive {
            case .send(let message, let receiver): network.send(message, from: member, to: receiver)
            case .flood(let message, let source):
                network.flood(
                    message, from: member, except: source, number: source == nil ? nil : number)
            case .compute(let work):
                checkSum(after: member)
                let result = work.run(on: scenario.runner, using: &generators[member])
                answer(.computed(result), to: member, &directives)
            case .store(_, let token):
                answer(.stored(token: token), to: member, &directives)
            case .wake(let after):
                network.schedule(
                    .timer(member), at: network.now + after)
            case .connect(let others):
                for other in others { try acquaint(member, other, onRound) }
            case .completed(let summary): complete(summary, member: member, onRound)
            case .held(let report):
                throw .gateClosed(participant: scenario.participants[member].name, report)
            case .finished: finish(member)
            case .misbehaved(let other, let fault):
                let names = scenario.participants.map(\.name)
                throw .misbehaviour(participant: names[member], of: names[other], fault)
            case .failed(let failure):
                throw .member(participant: scenario.participants[member].name, failure)
            case .cut: break
            }
        }
        directives.removeAll(keepingCapacity: true)
    }

    private mutating func answer(
        _ event: LearningEvent, to member: Int, _ directives: inout [LearningDirective]
    ) {
        instances[member]?.handle(event, now: network.now, using: &generators[member], &directives)
    }

    private mutating func finish(_ member: Int) {
        if !finished[member] { unfinishedCount -= 1 }
        finished[member] = true
    }

    private mutating func complete(
        _ summary: RoundSummary, member: Int, _ onRound: (RoundSummary) -> Void
    ) {
        guard summaries.last.map({ summary.exchange > $0.exchange }) ?? true else { return }
        summaries.append(summary)
        if !summary.stage.isMaximum {
            sessionCount += scenario.learning.aggregation.protection.chunks * Int(summary.attempts)
        }
        onRound(summary)
    }

    /// Nothing but heartbeats for so long: nobody will say anything any more.
    private var patience: Duration {
        .seconds(60) + scenario.learning.sessionDeadline * 2 + (scenario.latency + scenario.jitter) * 4
    }

    private func stalled() -> SimulationError {
        let waiting = scenario.participants.indices.filter { !finished[$0] }.map {
            WaitingMember(name: scenario.participants[$0].name, status: instances[$0]?.status)
        }
        return .stalled(exchange: summaries.last?.exchange ?? 0, waiting: waiting)
    }
}
