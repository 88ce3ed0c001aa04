import Consensus
import GraphicalMixture
import Learning
import LinearAlgebra
import Models
import Sodium
import Topology

/// Members in one process, joined by queues; a member can be killed after any directive and started again.
struct MemberNetwork {
    private(set) var members: [LearningInstance?]
    private(set) var records: [LearningRecord?]
    private(set) var summaries: [[RoundSummary]]
    private(set) var faults: [(by: Int, of: Int, MemberFault)] = []
    private(set) var failures: [LearningFailure?]
    private(set) var finished: [Bool]
    /// What kept a member's vector back.
    private(set) var held: [GateReport?]
    /// Vectors, and READYs of its own, that each member sent.
    private(set) var ownMessageCounts: [Int]
    private var queue: [(LearningEvent, to: Int, life: Int)] = []
    private var head = 0
    private var lives: [Int]
    private var generators: [SeededGenerator]
    private let makeMember: (Int, LearningRecord?) throws -> LearningInstance
    /// Directives carried out so far, by member.
    private(set) var carriedOut: [Int]
    /// The members' clock: it moves only when all else stands still, to when somebody wants to be woken.
    private(set) var now: Duration = .zero
    /// When members were killed last, and when the last member that goes on left each exchange.
    private(set) var killedAt: Duration?
    private(set) var completedAt: [UInt64: Duration] = [:]
    private var wakeAt: [Duration]
    private var seconds: Int { Int(now.components.seconds) }
    private static let secondsMaximum = 600
    /// Seconds at which killed members start again; `Int.max` for never. Others do as soon as all else stands still.
    var backAt: [Int: Int] = [:]
    /// Members of one side, and the seconds from and to which they and the others do not hear of each other.
    var partition: (side: Set<Int>, from: Int, to: Int)?
    private var isCut = false
    /// What becomes of every member when the partition ends.
    var whenHealed: (inout LearningInstance?) -> Void = { _ in }
    /// The phases that each member was seen in at a timer.
    private(set) var phasesSeen: [Set<LearningPhase>]
    /// Members whose state folder is lost when they are killed.
    var losesDisk: Set<Int> = []
    /// The next round's members, by round, as the first member to get there has them.
    private(set) var rosters: [UInt64: [Int]] = [:]
    /// Every member's own vector, by round.
    private(set) var inputs: [UInt64: [Int: [Double]]] = [:]
    /// Kill this member when it is about to carry out its n-th directive; it starts again when all else stands still.
    var killAt: (member: Int, directive: Int)?
    /// The same, one after the other, each once the one before has happened.
    var laterKills: [(member: Int, directive: Int)] = []
    private(set) var kills = 0
    /// Kill these members when any member is about to carry out a directive of this kind.
    var killWhen: (members: [Int], isDue: (LearningDirective, LearningInstance) -> Bool)?
    /// The same once that has happened.
    var nextKillWhen: (members: [Int], isDue: (LearningDirective, LearningInstance) -> Bool)?
    /// Kill these members when any member is about to send its first REVEAL or SUMSHARE.
    var killAtFirstReveal: [Int] = []
    /// Messages that get lost on the way.
    var isLost: (PeerMessage) -> Bool = { _ in false }
    /// What arrives in place of a message.
    var rewrite: (PeerMessage) -> PeerMessage = { $0 }
    /// The same, for one receiver.
    var rewriteTo: (PeerMessage, Int) -> PeerMessage = { message, _ in message }
    /// How many messages of each kind were sent.
    private(set) var revealCount = 0
    private(set) var shareCount = 0
    private(set) var sumShareCount = 0

    init(
        memberCount: Int, seed: UInt64,
        makeMember: @escaping (Int, LearningRecord?) throws -> LearningInstance
    ) throws {
        self.makeMember = makeMember
        members = try (0..<memberCount).map { try makeMember($0, nil) }
        records = Array(repeating: nil, count: memberCount)
        summaries = Array(repeating: [], count: memberCount)
        failures = Array(repeating: nil, count: memberCount)
        finished = Array(repeating: false, count: memberCount)
        held = Array(repeating: nil, count: memberCount)
        ownMessageCounts = Array(repeating: 0, count: memberCount)
        lives = Array(repeating: 0, count: memberCount)
        carriedOut = Array(repeating: 0, count: memberCount)
        phasesSeen = Array(repeating: [], count: memberCount)
        wakeAt = Array(repeating: .zero, count: memberCount)
        generators = (0..<memberCount).map { SeededGenerator(seed: seed, label: "member \($0)") }
    }

    mutating func inject(_ event: LearningEvent, to member: Int) {
        queue.append((event, to: member, life: lives[member]))
    }

    mutating func run() throws {
        for member in members.indices { inject(.started, to: member) }
        for member in members.indices { linkUp(member) }
        try proceed()
    }

    /// Goes on until all have ended or nothing has helped for long.
    mutating func proceed() throws {
        let end = seconds + Self.secondsMaximum
        try drain()
        while true {
            let dead = members.indices.first { members[$0] == nil && backAt[$0] ?? 0 <= seconds }
            if let dead {
                members[dead] = try makeMember(dead, records[dead])
                inject(.started, to: dead)
                linkUp(dead)
            } else if !isOver, seconds < end {
                changePartition()
                let alive = members.indices.filter { members[$0] != nil }
                let next = alive.map { wakeAt[$0] }.min() ?? now + .seconds(1)
                now = max(next, now + .milliseconds(1))
                for member in alive where wakeAt[member] <= now {
                    if let phase = members[member]?.phase { phasesSeen[member].insert(phase) }
                    wakeAt[member] = now + .seconds(1)
                    inject(.timer, to: member)
                }
            } else {
                return
            }
            try drain()
        }
    }

    private var isOver: Bool {
        members.indices.allSatisfy {
            finished[$0] || failures[$0] != nil || members[$0] == nil && backAt[$0] == Int.max
        }
    }

    private mutating func changePartition() {
        guard let partition else { return }
        if seconds >= partition.from, seconds < partition.to, !isCut {
            isCut = true
            forEachPairAcross(partition.side) { network, one, other in
                network.inject(.linkDown(other), to: one)
                network.inject(.linkDown(one), to: other)
            }
        } else if seconds >= partition.to, isCut {
            isCut = false
            for member in members.indices { whenHealed(&members[member]) }
            forEachPairAcross(partition.side) { network, one, other in
                network.inject(.linkUp(other), to: one)
                network.inject(.linkUp(one), to: other)
            }
        }
    }

    private mutating func forEachPairAcross(
        _ side: Set<Int>, _ body: (inout MemberNetwork, Int, Int) -> Void
    ) {
        for one in members.indices where side.contains(one) {
            for other in members.indices where !side.contains(other) {
                if members[one] != nil, members[other] != nil { body(&self, one, other) }
            }
        }
    }

    private mutating func linkUp(_ member: Int) {
        for other in members.indices where other != member && members[other] != nil {
            if isCut, partition?.side.contains(member) != partition?.side.contains(other) { continue }
            inject(.linkUp(other), to: member)
            inject(.linkUp(member), to: other)
        }
    }

    mutating func drain() throws {
        while head < queue.count {
            let (event, member, life) = queue[head]
            head += 1
            if head == 10_000 {
                queue.removeFirst(head)
                head = 0
            }
            guard life == lives[member], members[member] != nil else { continue }
            let made =
                members[member]?.handle(event, now: now, using: &generators[member]) ?? []
            let neighbours = members[member]?.floodNeighbours ?? []
            // One message at a time, so that a member can be killed in the middle of a flood.
            let directives = made.flatMap { directive -> [LearningDirective] in
                guard case .flood(let message, let source) = directive else { return [directive] }
                return neighbours.filter { $0 != source }.map { .send(message, to: $0) }
            }
            for directive in directives {
                if let killAt, killAt.member == member, carriedOut[member] >= killAt.directive {
                    self.killAt = laterKills.isEmpty ? nil : laterKills.removeFirst()
                    kill(member)
                    break
                }
                if let due = killWhen, let instance = members[member], due.isDue(directive, instance) {
                    killWhen = nextKillWhen
                    nextKillWhen = nil
                    for victim in due.members { kill(victim) }
                    if due.members.contains(member) { break }
                }
                if Self.opens(directive), !killAtFirstReveal.isEmpty {
                    let victims = killAtFirstReveal
                    killAtFirstReveal = []
                    for victim in victims { kill(victim) }
                    if victims.contains(member) { break }
                }
                carriedOut[member] += 1
                carryOut(directive, of: member)
            }
        }
    }

    /// Whether a directive sends what opens a sum.
    private static func opens(_ directive: LearningDirective) -> Bool {
        switch directive {
        case .send(.reveal, _), .send(.sumShare, _): true
        default: false
        }
    }

    private mutating func kill(_ member: Int) {
        kills += 1
        killedAt = now
        members[member] = nil
        finished[member] = false
        if losesDisk.contains(member) { records[member] = nil }
        lives[member] += 1
        for other in members.indices where members[other] != nil { inject(.linkDown(member), to: other) }
    }

    private mutating func carryOut(_ directive: LearningDirective, of member: Int) {
        switch directive {
        case .send(let message, let receiver):
            switch message {
            case .data, .seed: ownMessageCounts[member] += 1
            case .ready(let ready) where Int(ready.sender) == member: ownMessageCounts[member] += 1
            default: break
            }
            if case .reveal = message { revealCount += 1 }
            if case .share = message { shareCount += 1 }
            if case .sumShare = message { sumShareCount += 1 }
            if isLost(message) { return }
            if isCut, partition?.side.contains(member) != partition?.side.contains(receiver) { return }
            if members[receiver] != nil {
                inject(.received(rewriteTo(rewrite(message), receiver), from: member), to: receiver)
            }
        case .compute(let work):
            inject(.computed(work.run(using: &generators[member])), to: member)
        case .store(let record, let token):
            // As bytes: what a journal forgets must be missed here.
            let stored = record.over(records[member])
            records[member] = LearningRecord(
                round: stored.round, checkpoint: stored.checkpoint, journal: stored.journal,
                releases: stored.releases)
            if let instance = members[member] {
                inputs[instance.exchange, default: [:]][member] = instance.ownInputs
                if rosters[instance.exchange] == nil {
                    rosters[instance.exchange] = instance.roster.members
                }
            }
            inject(.stored(token: token), to: member)
        case .completed(let summary):
            summaries[member].append(summary)
            completedAt[summary.exchange] = now
        case .misbehaved(let peer, let fault): faults.append((member, peer, fault))
        case .held(let report): held[member] = report
        case .finished: finished[member] = true
        case .failed(let failure): failures[member] = failure
        case .wake(let after): wakeAt[member] = now + after
        case .connect, .cut, .flood: break
        }
    }
}

/// Signs with a keyed hash that only tests could forge.
struct KeyedAuthenticator: FloodAuthenticator {
    let member: Int
    private func tag(_ message: [UInt8], _ member: Int) -> [UInt8] {
        let key = [UInt8](repeating: UInt8(member), count: 32)
        return BLAKE2b.keyed256(key: key, message) + BLAKE2b.keyed256(key: key, message + [1])
    }
    func sign(_ message: @autoclosure () -> [UInt8]) -> [UInt8] { tag(message(), member) }
    func isValid(_ signature: [UInt8], over message: @autoclosure () -> [UInt8], by member: Int) -> Bool {
        signature == tag(message(), member)
    }
}

/// A small network on seeded rows of two clusters.
enum SmallNetwork {
    static func rows(_ member: Int, columns: Int) -> Matrix {
        var generator = SeededGenerator(seed: 11, label: "rows \(member)")
        let count = 12 + member
        var elements = NormalSampler.sample(count: count * columns, using: &generator)
        for row in 0..<count where row % 2 == 0 {
            for column in 0..<columns { elements[row * columns + column] += 4 + Double(column) }
        }
        return Matrix(rowCount: count, columnCount: columns, elements: elements)
    }

    static func training(participants: Int, columns: Int, rounds: Int = 3, starts: Int = 1)
        -> TrainingSettings
    {
        TrainingSettings(
            columnCount: columns, valueLimit: 8, startCount: starts, roundsPerStart: 2, roundsMaximum: rounds,
            objectiveTolerance: 0, sumTolerance: 1e-9, participantCount: participants
        ) { start, rowCount in
            GraphicalMixtureModel(
                columnCount: columns,
                settings: GraphicalMixtureSettings(patternCount: 2, sparsity: 0.1, priorStrength: 1, seed: 1),
                start: start, rowCount: rowCount)
        }
    }

    static func learning(
        participants: Int, chunks: Int = 1, masks: Bool = true, selfMasks: Bool = true,
        topology: GraphRecipe = GraphRecipe(family: .ring, degree: 2, seed: 1),
        method: AggregationMethod = .dynamical, shamirThreshold: Int? = nil, quorum: Int? = nil
    ) throws -> LearningSettings {
        let roster = try (0..<participants).map { member in
            try SecretIdentity(seed: BLAKE2b.hash256([UInt8(member)])).publicIdentity
        }
        return LearningSettings(
            aggregation: AggregationSettings(
                networkID: BLAKE2b.hash256(Array("small network".utf8)), topology: topology, method: method,
                protection: shamirThreshold.map { ProtectionSettings(shamirThreshold: $0) }
                    ?? ProtectionSettings(
                        chunks: chunks, relabel: true, masks: masks, selfMasks: selfMasks)),
            roster: roster, quorum: quorum)
    }

    static func network(
        participants: Int, columns: Int = 3, rounds: Int = 3, starts: Int = 1, seed: UInt64 = 5,
        topology: GraphRecipe = GraphRecipe(family: .ring, degree: 2, seed: 1),
        method: AggregationMethod = .dynamical, selfMasks: Bool = true, shamirThreshold: Int? = nil,
        masks: Bool = true, gate: PrivacyGate? = nil
    ) throws -> MemberNetwork {
        let training = training(participants: participants, columns: columns, rounds: rounds, starts: starts)
        var learning = try learning(
            participants: participants, masks: masks, selfMasks: selfMasks, topology: topology,
            method: method,
            shamirThreshold: shamirThreshold)
        learning.gate = gate
        return try MemberNetwork(memberCount: participants, seed: seed) { member, record in
            try LearningInstance(
                settings: learning, member: member,
                trainer: Trainer(rows: rows(member, columns: columns), settings: training),
                authenticator: KeyedAuthenticator(member: member), recovered: record)
        }
    }
}
