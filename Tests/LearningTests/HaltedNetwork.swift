import Consensus
import GraphicalMixture
import LinearAlgebra
import Models
import Testing
import Topology

@testable import Learning

/// Members that stop as soon as number 0 is in a phase, with everything that was on its way to it.
struct HaltedNetwork {
    static let memberCount = 4

    var members: [LearningInstance]
    /// What member 0 was sent, delivered or not.
    var sent: [(message: PeerMessage, from: Int)] = []
    private var queue: [(LearningEvent, to: Int)] = []
    private var generators: [SeededGenerator]

    init(
        until phase: LearningPhase, method: AggregationMethod = .dynamical, shamirThreshold: Int? = nil
    ) throws {
        let count = Self.memberCount
        let training = SmallNetwork.training(participants: count, columns: 3, rounds: 2)
        let learning = try SmallNetwork.learning(
            participants: count,
            topology: GraphRecipe(family: shamirThreshold == nil ? .ring : .complete, degree: 2, seed: 1),
            method: method, shamirThreshold: shamirThreshold)
        members = try (0..<count).map { member in
            try LearningInstance(
                settings: learning, member: member,
                trainer: Trainer(rows: SmallNetwork.rows(member, columns: 3), settings: training),
                authenticator: KeyedAuthenticator(member: member))
        }
        generators = (0..<count).map { SeededGenerator(seed: 3, label: "halted \($0)") }
        for member in members.indices { queue.append((.started, to: member)) }
        for member in members.indices {
            for other in members.indices where other != member {
                queue.append((.linkUp(other), to: member))
            }
        }
        while !queue.isEmpty, !isThere(phase) {
            let (event, member) = queue.removeFirst()
            deliver(event, to: member)
        }
        try #require(members[0].phase == phase)
    }

    /// Past the maxima that come first; within a session after its first two steps.
    private func isThere(_ phase: LearningPhase) -> Bool {
        guard members[0].phase == phase, members[0].exchange >= 5 else { return false }
        return phase != .exchanging || (members[0].status.progress?.step ?? 0) >= 2
    }

    private mutating func deliver(_ event: LearningEvent, to member: Int) {
        let neighbours = members[member].controlNeighbours
        for directive in members[member].handle(event, now: .zero, using: &generators[member]) {
            switch directive {
            case .send(let message, let receiver): post(message, from: member, to: receiver)
            case .flood(let message, let source):
                for neighbour in neighbours where neighbour != source {
                    post(message, from: member, to: neighbour)
                }
            case .compute(let work):
                queue.append((.computed(work.run(using: &generators[member])), to: member))
            case .store(_, let token): queue.append((.stored(token: token), to: member))
            default: break
            }
        }
    }

    private mutating func post(_ message: PeerMessage, from sender: Int, to receiver: Int) {
        queue.append((.received(message, from: sender), to: receiver))
        if receiver == 0 { sent.append((message, sender)) }
    }

    /// Everything that member 0 holds, doubles in full.
    func state() -> String {
        // Links note when they were heard, and what the other says of itself.
        var member = members[0]
        member.links = LinkTable()
        var text = ""
        dump(member, to: &text)
        return text
    }

    /// Hands member 0 a message.
    ///
    /// - Returns: whom it named for what, and whether it did anything but that or answer the sender alone.
    mutating func hand(
        _ message: PeerMessage, from sender: Int
    ) -> (faults: [(of: Int, MemberFault)], acted: Bool) {
        var faults: [(of: Int, MemberFault)] = []
        var acted = false
        let directives = members[0].handle(
            .received(message, from: sender), now: .zero, using: &generators[0])
        for directive in directives {
            switch directive {
            case .misbehaved(let other, let fault): faults.append((other, fault))
            case .send(_, let receiver) where receiver == sender: break
            default: acted = true
            }
        }
        return (faults, acted)
    }
}
