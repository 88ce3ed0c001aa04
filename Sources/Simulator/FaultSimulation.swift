import Consensus
import Datasets
import Learning
import LinearAlgebra
import Models

/// A whole network on a virtual clock in which things go wrong: the same `LearningInstance` as in the daemon.
///
/// Every message is an event of its own, heartbeats too. The invariants of ``FaultRecord`` are checked at every step.
/// The same scenario gives the same bytes.
struct FaultSimulation: Sendable {
    let scenario: Scenario
    let geometry: RosterGeometry
    var instances: [LearningInstance?]
    /// Which of them run: asking the members themselves would copy them.
    var isAlive: [Bool]
    var generators: [SeededGenerator]
    /// What each disk holds.
    var disks: [LearningRecord?]
    var network: FaultyNetwork
    /// The members that each member wants a connection with.
    var wanted: [[Bool]]
    var lives: [Int]
    /// The latest wish of each member to be woken.
    var wishes: [Int]
    var clocks: [Duration]
    /// What has come for members that stand still.
    var asleep: [[LearningEvent]?]
    var finished: [Bool]
    /// Directives that members still carry out before they stop.
    var dying: [(directives: Int, fault: Int)?]
    /// Members that stop at their next write.
    var dyingAtWrite: [Int?]
    var isLiar: [Bool]
    /// Members whose lies may still be on their way.
    var hasLied: [Bool]
    /// Members that may say READY otherwise than before, as they have forgotten it; their votes may not differ.
    var hasLostDisk: [Bool]
    var pending: [Int]
    var record: FaultRecord
    var summaries: [RoundSummary] = []
    var roundStarted: Duration = .zero
    var roundTime: Duration = .seconds(1)
    /// Faults that have begun, in order.
    var begun: [Fault] = []
    /// The exchange that was under way when a member started again, until it is in a sum.
    var restartedIn: [UInt64?]
    var returns: [Return] = []
    var history = HistoryDigest()
    /// When the last fault began or ended, or something new was decided.
    var lastChange: Duration = .zero
    var goneForGood: [Bool]

    init(_ scenario: Scenario) throws(SimulationError) {
        self.scenario = scenario
        let count = scenario.participants.count
        do throws(ConsensusError) {
            geometry = try RosterGeometry(
                settings: scenario.learning.aggregation, roster: scenario.learning.roster,
                memo: SharedResults())
        } catch {
            throw .member(participant: scenario.participants[0].name, LearningFailure.consensus(error))
        }
        instances = Array(repeating: nil, count: count)
        isAlive = Array(repeating: true, count: count)
        generators = (0..<count).map { SeededGenerator(seed: scenario.seed, label: "member/\($0)") }
        disks = Array(repeating: nil, count: count)
        network = FaultyNetwork(
            memberCount: count, latency: scenario.latency, jitter: scenario.jitter, loss: scenario.loss,
            seed: scenario.seed)
        wanted = Array(repeating: Array(repeating: false, count: count), count: count)
        lives = Array(repeating: 0, count: count)
        wishes = lives
        clocks = Array(repeating: .zero, count: count)
        asleep = Array(repeating: nil, count: count)
        finished = Array(repeating: false, count: count)
        dying = Array(repeating: nil, count: count)
        dyingAtWrite = Array(repeating: nil, count: count)
        isLiar = finished
        hasLied = finished
        hasLostDisk = finished
        goneForGood = finished
        restartedIn = Array(repeating: nil, count: count)
        pending = Array(scenario.faults.indices)
        record = FaultRecord(scenario)
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
                authenticator: HonestWorld(), recovered: disks[member], geometry: geometry)
        } catch {
            throw .member(participant: participant.name, error)
        }
    }

    private var isOver: Bool {
        pending.isEmpty
            && instances.indices.allSatisfy { finished[$0] && isAlive[$0] || goneForGood[$0] }
    }

    /// Runs until all members that are not gone for good have finished.
    ///
    /// - Throws: ``SimulationError``; ``SimulationError/violated(_:)`` names an invariant.
    mutating func run(
        onRound: (RoundSummary) -> Void = { _ in }
    ) throws(SimulationError) -> SimulationOutcome {
        for fault in scenario.faults.indices {
            if case .time(let moment) = scenario.faults[fault].at {
                network.schedule(.begin(fault: fault), at: moment)
            }
        }
        for member in instances.indices { try feed(.started, to: member, onRound) }
        // Long enough for every pause that a member makes by itself.
        let patience =
            .seconds(120) + scenario.learning.sessionDeadline * 80
            + (scenario.latency + scenario.jitter) * 1000
        while !isOver {
            // Rounds that never come bring no faults.
            if finished.allSatisfy({ $0 }) { pending = pending.filter { !isDueByRound($0) } }
            guard let event = network.next(), network.now - lastChange < patience else { throw stalled() }
            history.add(UInt64(bitPattern: network.nanoseconds))
            try take(event, onRound)
        }
        return try outcome()
    }

    private func isDueByRound(_ fault: Int) -> Bool {
        if case .round = scenario.faults[fault].at { true } else { false }
    }

    private mutating func take(
        _ event: FaultyEvent, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        switch event {
        case .deliver(let message, let sender, let receiver, let connection):
            guard network.connection(sender, receiver) == connection else { return }
            history.add(message, from: sender, to: receiver)
            try feed(.received(message, from: sender), to: receiver, onRound)
        case .timer(let member, let life, let wish):
            guard lives[member] == life, wishes[member] == wish else { return }
            try feed(.timer, to: member, onRound)
        case .restart(let member):
            lastChange = network.now
            instances[member] = try makeInstance(member)
            isAlive[member] = true
            try record.restarted(member, at: instances[member]?.exchange ?? 0)
            if !isOverForOthers { restartedIn[member] = underWay }
            try feed(.started, to: member, onRound)
            for other in instances.indices where wanted[member][other] { redial(member, other) }
        case .connect(let one, let other):
            guard isAlive[one], isAlive[other], !network.isConnected(one, other) else { return }
            guard network.mayConnect(one, other) else { return redial(one, other) }
            network.connect(one, other)
            try feed(.linkUp(other), to: one, onRound)
            try feed(.linkUp(one), to: other, onRound)
        case .stop(let one, let other, let change):
            network.stop(from: one, to: other, by: change)
            network.stop(from: other, to: one, by: change)
        case .begin(let fault): try begin(fault, onRound)
        case .end(let fault): try end(fault, onRound)
        }
    }

    /// A new connection after a pause.
    mutating func redial(_ one: Int, _ other: Int) {
        let pause = Duration.milliseconds(100) + .milliseconds(900) * network.draw()
        network.schedule(.connect(one, other), at: network.now + pause)
    }

    private mutating func disconnect(
        _ one: Int, _ other: Int, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        guard network.isConnected(one, other) else { return }
        network.disconnect(one, other)
        try feed(.linkDown(other), to: one, onRound)
        try feed(.linkDown(one), to: other, onRound)
        if isAlive[one], isAlive[other] { redial(one, other) }
    }

    /// One event for one member, and all that follows from it at once; one that stands still gets it later.
    mutating func feed(
        _ event: LearningEvent, to member: Int, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        guard isAlive[member] else { return }
        if asleep[member] != nil {
            asleep[member]?.append(event)
            return
        }
        var directives: [LearningDirective] = []
        instances[member]?.handle(
            event, now: network.now + clocks[member], using: &generators[member], &directives)
        var next = 0
        while next < directives.count, isAlive[member] {
            let directive = directives[next]
            next += 1
            if let left = dying[member] {
                guard left.directives > 0 else {
                    dying[member] = nil
                    return try kill(member, by: left.fault, onRound)
                }
                dying[member] = (left.directives - 1, left.fault)
            }
            try carryOut(directive, of: member, &directives, onRound)
        }
        guard isAlive[member], let standing = instances[member]?.standing else { return }
        try record.isAt(standing.exchange, member)
        if let round = standing.round, !pending.isEmpty { try beginDueFaults(of: member, in: round, onRound) }
    }

    /// The sum that a member has opened and is about to learn from.
    private mutating func checkSum(of member: Int) throws(SimulationError) {
        guard let standing = instances[member]?.standing, standing.phase == .optimising,
            !record.hasChecked(standing.exchange), let instance = instances[member]
        else { return }
        try record.check(instance)
        noteReturns(to: instance)
    }

    /// The first exchange that nobody has decided yet.
    private var underWay: UInt64 { summaries.last.map { $0.exchange + 1 } ?? 0 }

    /// Whether the last sum has been made: who comes now is in none.
    private var isOverForOthers: Bool { finished.contains(true) }

    /// Members that had started again and are in the first opened sum of an exchange.
    private mutating func noteReturns(to instance: LearningInstance) {
        guard record.hasChecked(instance.exchange), let roster = instance.decidedRoster else { return }
        for member in restartedIn.indices where roster.contains(member) {
            guard let began = restartedIn[member], began <= instance.exchange else { continue }
            restartedIn[member] = nil
            returns.append(Return(participant: member, restarted: began, summed: instance.exchange))
        }
    }

    private mutating func carryOut(
        _ directive: LearningDirective, of member: Int, _ directives: inout [LearningDirective],
        _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        switch directive {
        case .send(let message, let receiver): try send(message, from: member, to: receiver, onRound)
        case .flood(let message, let source):
            for receiver in instances[member]?.floodNeighbours ?? [] where receiver != source {
                try send(message, from: member, to: receiver, onRound)
            }
        case .compute(let work):
            try checkSum(of: member)
            let result = work.run(on: scenario.runner, using: &generators[member])
            answer(.computed(result), to: member, &directives)
        case .store(let stored, let token):
            if let fault = dyingAtWrite[member] {
                dyingAtWrite[member] = nil
                return try kill(member, by: fault, onRound)
            }
            disks[member] = stored.over(disks[member])
            if let instance = instances[member] { record.stored(instance) }
            answer(.stored(token: token), to: member, &directives)
        case .wake(let after):
            wishes[member] += 1
            network.schedule(
                .timer(member, life: lives[member], wish: wishes[member]), at: network.now + after)
        case .connect(let others):
            for other in others where !wanted[member][other] {
                wanted[member][other] = true
                wanted[other][member] = true
                network.schedule(.connect(member, other), at: network.now)
            }
        case .completed(let summary): try complete(summary, onRound)
        case .held(let report):
            throw .gateClosed(participant: scenario.participants[member].name, report)
        case .finished: finished[member] = true
        case .misbehaved(let other, let fault):
            guard hasLied[other] || hasLostDisk[other] && fault == .conflictingMessage(.ready) else {
                let names = scenario.participants.map(\.name)
                throw .misbehaviour(participant: names[member], of: names[other], fault)
            }
            try disconnect(member, other, onRound)
        case .failed(let failure):
            throw .member(participant: scenario.participants[member].name, failure)
        case .cut(let other): try disconnect(member, other, onRound)
        }
    }

    private mutating func answer(
        _ event: LearningEvent, to member: Int, _ directives: inout [LearningDirective]
    ) {
        instances[member]?.handle(
            event, now: network.now + clocks[member], using: &generators[member], &directives)
    }

    private mutating func send(
        _ message: PeerMessage, from member: Int, to receiver: Int, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        try record.sent(message, by: member)
        try transmit(message, from: member, to: receiver, onRound)
        if isLiar[member], let lie = Lies.about(message, by: member) {
            try transmit(lie, from: member, to: receiver, onRound)
        }
    }

    private mutating func transmit(
        _ message: PeerMessage, from member: Int, to receiver: Int, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        if network.send(message, from: member, to: receiver) { try disconnect(member, receiver, onRound) }
    }

    private mutating func complete(
        _ summary: RoundSummary, _ onRound: (RoundSummary) -> Void
    ) throws(SimulationError) {
        try record.completed(summary)
        guard summaries.last.map({ summary.exchange > $0.exchange }) ?? true else { return }
        summaries.append(summary)
        roundTime = network.now - roundStarted
        roundStarted = network.now
        lastChange = network.now
        onRound(summary)
    }

    private func stalled() -> SimulationError {
        let waiting = scenario.participants.indices.filter { !finished[$0] && !goneForGood[$0] }.map {
            WaitingMember(name: scenario.participants[$0].name, status: instances[$0]?.status)
        }
        return .stalled(exchange: summaries.last?.exchange ?? 0, waiting: waiting)
    }

    private func outcome() throws(SimulationError) -> SimulationOutcome {
        let present = instances.compactMap { $0 }
        let hashes = present.map(\.status.stateHash)
        guard Set(hashes).count <= 1 else { throw .violated(.statesDiffer(exchange: present[0].exchange)) }
        var outcome = SimulationOutcome(
            trainers: present.map(\.trainer), summaries: summaries, stateHashes: hashes,
            messageCount: network.messageCount, byteCount: network.byteCount,
            relativeError: record.relativeError,
            stepsPerSession: summaries.map(\.averagingSteps).max() ?? 0,
            agreementSteps: summaries.map(\.agreementSteps).max() ?? 0,
            sessionCount: summaries.filter { !$0.stage.isMaximum }.reduce(0) {
                $0 + scenario.learning.aggregation.protection.chunks * Int($1.attempts)
            },
            virtualTime: network.now,
            diversities: present.compactMap(\.status.diversity), privacies: present.map(\.status.privacy))
        outcome.faults = begun
        outcome.returns = returns
        outcome.historyDigest = history.value
        return outcome
    }
}
