import Consensus
import Datasets
package import Learning
import LinearAlgebra
import Models

/// Why a simulated network came to no end.
package enum SimulationError: Error {
    case rows(participant: String, TrainingError)
    case member(participant: String, LearningFailure)
    /// A member saw another send what no honest member sends: a fault of ours.
    case misbehaviour(participant: String, MemberFault)
    /// No event was left, or the virtual time ran out, before everybody finished.
    case stalled(exchange: UInt64, waiting: [String])
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
    package let crashCount: Int
    /// Every member's own figures of its last vector, where the model has patterns.
    package let diversities: [DiversityFigures]
}

/// A whole network on a virtual clock: the same `LearningInstance` as in the daemon, other surroundings.
///
/// The same scenario gives the same bytes: events are ordered by time and then by the order of their making, all
/// randomness comes from labelled streams of the scenario's seed.
package struct Simulation: Sendable {
    let scenario: Scenario
    /// Of all members.
    private let geometry: RosterGeometry
    var instances: [LearningInstance?]
    var generators: [SeededGenerator]
    /// Starts of each member so far: what was sent to an earlier life is lost.
    var lives: [Int]
    var records: [LearningRecord?]
    var network: VirtualNetwork
    var finished: [Bool]
    var summaries: [RoundSummary] = []
    var checkedExchange: UInt64?
    var relativeError = 0.0
    var sessionCount = 0
    var pendingCrashes: [Scenario.Crash]
    var crashCount = 0
    var restartsPending = 0
    /// When anything but a heartbeat was delivered last.
    private var lastActivity: Duration = .zero
    var roundStarted: Duration = .zero
    var roundTime: Duration = .seconds(1)

    /// - Throws: ``SimulationError`` when a participant's rows cannot be learnt from.
    package init(_ scenario: Scenario) throws(SimulationError) {
        self.scenario = scenario
        let count = scenario.participants.count
        do throws(ConsensusError) {
            geometry = try RosterGeometry(
                settings: scenario.learning.aggregation, roster: scenario.learning.roster)
        } catch {
            throw .member(participant: scenario.participants[0].name, LearningFailure.consensus(error))
        }
        instances = Array(repeating: nil, count: count)
        generators = (0..<count).map { SeededGenerator(seed: scenario.seed, label: "member/\($0)") }
        lives = Array(repeating: 0, count: count)
        records = Array(repeating: nil, count: count)
        finished = Array(repeating: false, count: count)
        network = VirtualNetwork(
            memberCount: count, latency: scenario.latency, jitter: scenario.jitter, seed: scenario.seed)
        pendingCrashes = scenario.crashes
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
                authenticator: HonestWorld(), recovered: records[member], geometry: geometry)
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
        for member in instances.indices { try connect(member, onRound) }
        while finished.contains(false) {
            guard let event = network.next() else { throw stalled() }
            switch event {
            case .deliver(let message, let sender, let receiver, let life):
                guard lives[receiver] == life, instances[receiver] != nil else { continue }
                if !message.isHeartbeat { lastActivity = network.now }
                try feed(.received(message, from: sender), to: receiver, onRound)
            case .timer(let member, let life):
                guard lives[member] == life, instances[member] != nil else { continue }
                guard restartsPending > 0 || network.now - lastActivity < patience else { throw stalled() }
                try feed(.timer, to: member, onRound)
            case .restart(let member):
                restartsPending -= 1
                lastActivity = network.now
                instances[member] = try makeInstance(member)
                try feed(.started, to: member, onRound)
                try connect(member, onRound)
            }
        }
        return outcome()
    }

    /// Both ends of every link of a member learn that it is up.
    private mutating func connect(
        _ member: Int, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        for other in instances.indices where other != member && instances[other] != nil {
            try feed(.linkUp(other), to: member, onRound)
            try feed(.linkUp(member), to: other, onRound)
        }
    }

    /// One event for one member, and all that follows from it at the same moment.
    mutating func feed(
        _ event: LearningEvent, to member: Int, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        var waiting: [LearningEvent] = [event]
        var next = 0
        while next < waiting.count, instances[member] != nil {
            let current = waiting[next]
            next += 1
            let directives =
                instances[member]?.handle(current, now: network.now, using: &generators[member]) ?? []
            checkSum(after: member)
            for directive in directives {
                switch directive {
                case .send(let message, let receiver):
                    guard instances[receiver] != nil else { continue }
                    network.send(message, from: member, to: receiver, life: lives[receiver])
                case .compute(let work): waiting.append(.computed(work.run(on: scenario.runner)))
                case .store(let record, let token):
                    records[member] = LearningRecord(
                        round: record.round, checkpoint: record.checkpoint ?? records[member]?.checkpoint,
                        journal: record.journal)
                    waiting.append(.stored(token: token))
                case .wake(let after):
                    network.schedule(.timer(member, life: lives[member]), at: network.now + after)
                case .completed(let summary): complete(summary, member: member, onRound)
                case .finished: finished[member] = true
                case .misbehaved(_, let fault):
                    throw .misbehaviour(participant: scenario.participants[member].name, fault)
                case .failed(let failure):
                    throw .member(participant: scenario.participants[member].name, failure)
                case .connect, .cut: break
                }
            }
            try crashIfDue(member, onRound)
        }
    }

    private mutating func complete(
        _ summary: RoundSummary, member: Int, _ onRound: (RoundSummary) -> Void
    ) {
        guard summaries.last.map({ summary.exchange > $0.exchange }) ?? true else { return }
        summaries.append(summary)
        roundTime = network.now - roundStarted
        roundStarted = network.now
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
        let names = scenario.participants.indices.filter { !finished[$0] }.map {
            scenario.participants[$0].name
        }
        return .stalled(exchange: summaries.last?.exchange ?? 0, waiting: names)
    }
}
