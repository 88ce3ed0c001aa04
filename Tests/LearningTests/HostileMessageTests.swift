import Consensus
import GraphicalMixture
import LinearAlgebra
import Models
import Testing
import Topology

@testable import Learning

/// What a member can send that no honest member sends: the receiver's state stays as it was, to the bit.
@Suite struct HostileMessageTests {
    static let memberCount = 4

    /// Members that stop as soon as number 0 is in a phase, with everything that was on its way to it.
    private struct HaltedNetwork {
        var members: [LearningInstance]
        /// What member 0 was sent, delivered or not.
        var sent: [(message: PeerMessage, from: Int)] = []
        private var queue: [(LearningEvent, to: Int)] = []
        private var generators: [SeededGenerator]

        init(
            until phase: LearningPhase, method: AggregationMethod = .dynamical, shamirThreshold: Int? = nil
        ) throws {
            let count = HostileMessageTests.memberCount
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
        /// - Returns: its faults, and whether it did anything but name a fault or answer the sender alone.
        mutating func hand(_ message: PeerMessage, from sender: Int) -> (faults: [MemberFault], acted: Bool) {
            var faults: [MemberFault] = []
            var acted = false
            let directives = members[0].handle(
                .received(message, from: sender), now: .zero, using: &generators[0])
            for directive in directives {
                switch directive {
                case .misbehaved(_, let fault): faults.append(fault)
                case .send(_, let receiver) where receiver == sender: break
                default: acted = true
                }
            }
            return (faults, acted)
        }
    }

    private static let limits = MessageLimits(vectorCountMax: 1_000)

    /// Doubles that no sum may ever see.
    private static let badValues: [UInt64] = [
        Double.nan.bitPattern, Double.signalingNaN.bitPattern, 0x7ff0_0000_0000_0001, 0xffff_ffff_ffff_ffff,
        Double.infinity.bitPattern, (-Double.infinity).bitPattern, 1e308.bitPattern, (-1e308).bitPattern,
        Double.greatestFiniteMagnitude.bitPattern,
    ]

    /// The vectors on their way to member 0 that it would take if they were in order.
    private func vectors(in network: HaltedNetwork) -> [(DataMessage, from: Int)] {
        network.sent.suffix(40).compactMap { message, sender in
            guard case .data(let data) = message, data.round == network.members[0].exchange else {
                return nil
            }
            return (data, sender)
        }
    }

    @Test func `a bad value in any entry of a vector is named, and no bit of the state changes`() throws {
        var network = try HaltedNetwork(until: .exchanging)
        let before = network.state()
        let found = vectors(in: network)
        var named = 0
        var tried = 0
        for (data, sender) in found.suffix(4) {
            guard case .values(let values) = data.payload else { continue }
            for index in values.indices {
                for pattern in Self.badValues {
                    var wrong = values
                    wrong[index] = Double(bitPattern: pattern)
                    let message = PeerMessage.data(
                        DataMessage(
                            round: data.round, attempt: data.attempt, chunk: data.chunk, step: data.step,
                            values: wrong))
                    let decoded = try PeerMessage.decode(message.encoded(), limits: Self.limits)
                    let (faults, acted) = network.hand(decoded, from: sender)
                    tried += 1
                    named += faults.isEmpty ? 0 : 1
                    #expect(!acted)
                }
            }
        }
        #expect(tried > 300 && named == tried)
        #expect(network.state() == before)
        // The comparison sees what an honest message changes: a vector in bounds, one step ahead.
        let (last, sender) = try #require(found.last)
        let step = UInt32(network.members[0].status.progress?.step ?? 0) + 1
        guard case .values(let values) = last.payload else { return }
        let honest = DataMessage(
            round: last.round, attempt: last.attempt, chunk: last.chunk, step: step,
            values: values.map { _ in 0.5 })
        #expect(network.hand(.data(honest), from: sender).faults.isEmpty)
        #expect(network.state() != before)
    }

    @Test(arguments: [0, 1, 2, -1, 1_000]) func `a wrong count of values is named, and changes nothing`(
        count: Int
    ) throws {
        var network = try HaltedNetwork(until: .exchanging)
        let before = network.state()
        let found = vectors(in: network).suffix(4)
        try #require(!found.isEmpty)
        for (data, sender) in found {
            guard case .values(let values) = data.payload else { continue }
            let length = count < 0 ? values.count - 1 : count == 1_000 ? values.count + 1 : count
            let message = PeerMessage.data(
                DataMessage(
                    round: data.round, attempt: data.attempt, chunk: data.chunk, step: data.step,
                    values: [Double](repeating: 0.5, count: length)))
            let (faults, acted) = network.hand(message, from: sender)
            #expect(!faults.isEmpty && !acted)
        }
        #expect(network.state() == before)
    }

    /// Round, attempt, chunk and step at their ends, in vectors and seeds.
    @Test func `numbers of rounds, attempts, chunks and steps at their ends change nothing`() throws {
        var network = try HaltedNetwork(until: .exchanging)
        let before = network.state()
        let (data, sender) = try #require(vectors(in: network).last)
        let rounds = [0, data.round &- 1, data.round + 1, data.round + 2, UInt64.max, 1 << 63]
        for round in rounds {
            for attempt in [0, data.attempt + 1, UInt32.max] {
                let vector = DataMessage(
                    round: round, attempt: attempt, chunk: data.chunk, step: data.step, payload: data.payload)
                #expect(!network.hand(.data(vector), from: sender).acted)
                let seed = SeedMessage(
                    round: round, attempt: attempt, half: [UInt8](repeating: 1, count: 32))
                #expect(!network.hand(.seed(seed), from: sender).acted)
            }
        }
        for (chunk, step) in [(UInt16.max, data.step), (data.chunk, UInt32.max), (data.chunk, 1 << 31)] {
            let vector = DataMessage(
                round: data.round, attempt: data.attempt, chunk: chunk, step: step, payload: data.payload)
            let (faults, acted) = network.hand(.data(vector), from: sender)
            #expect(!faults.isEmpty && !acted)
        }
        for payload in [
            DataPayload.words([1, 2]), .relayed([1], origin: .max), .shares([0]),
            .commitment([UInt8](repeating: 0, count: 32)),
        ] {
            let vector = DataMessage(
                round: data.round, attempt: data.attempt, chunk: data.chunk, step: data.step, payload: payload
            )
            let (faults, acted) = network.hand(.data(vector), from: sender)
            #expect(!faults.isEmpty && !acted)
        }
        #expect(network.state() == before)
    }

    @Test func `PING and PONG with any numbers change nothing`() throws {
        var network = try HaltedNetwork(until: .exchanging)
        let before = network.state()
        for round in [0, 3, UInt64.max] {
            for phase in [0, 5, UInt8.max] {
                for step in [0, UInt32.max] {
                    let ping = PingMessage(
                        round: round, attempt: .max, phase: phase, step: step, isWaiting: true)
                    #expect(!network.hand(.ping(ping), from: 1).acted)
                    let pong = PongMessage(
                        round: round, attempt: .max, phase: phase, step: step, isWaiting: false)
                    #expect(!network.hand(.pong(pong), from: 1).acted)
                }
            }
        }
        #expect(network.state() == before)
    }

    /// READY, FINISHED, REVEAL, SUMSHARE: all are signed, so no byte of them can differ.
    @Test(arguments: [(LearningPhase.exchanging, nil), (.voting, nil), (.revealing, nil), (.voting, 1)])
    func `a changed byte in any flooded message is refused, and changes nothing`(
        phase: LearningPhase, shamirThreshold: Int?
    ) throws {
        var network = try HaltedNetwork(
            until: phase, method: shamirThreshold == nil ? .dynamical : .exact,
            shamirThreshold: shamirThreshold)
        let before = network.state()
        var kinds: [UInt8: (bytes: [UInt8], from: Int)] = [:]
        for (message, sender) in network.sent {
            switch message {
            case .data, .seed, .ping, .pong: break
            default:
                let bytes = message.encoded()
                kinds[bytes[0]] = (bytes, sender)
            }
        }
        #expect(kinds.count >= 2)
        for type in kinds.keys.sorted() {
            guard let (bytes, sender) = kinds[type] else { continue }
            for position in bytes.indices {
                var wrong = bytes
                wrong[position] ^= 1 << UInt8(position % 8)
                guard let message = try? PeerMessage.decode(wrong, limits: Self.limits) else { continue }
                let (_, acted) = network.hand(message, from: sender)
                #expect(!acted, "type \(type), byte \(position)")
            }
        }
        #expect(network.state() == before)
    }
}
