import Consensus
import GraphicalMixture
import LinearAlgebra
import Models
import Testing
import Topology

@testable import Learning

/// What a member can send that no honest member sends: the receiver's state stays as it was, to the bit.
@Suite struct HostileMessageTests {
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
        var named = 0
        for type in kinds.keys.sorted() {
            guard let (bytes, sender) = kinds[type] else { continue }
            for position in bytes.indices {
                var wrong = bytes
                wrong[position] ^= 1 << UInt8(position % 8)
                guard let message = try? PeerMessage.decode(wrong, limits: Self.limits) else { continue }
                // Over the other link than the genuine one came by: whoever passes it on is to blame, and nobody else.
                let link = 4 - sender
                let (faults, acted) = network.hand(message, from: link)
                #expect(!acted && faults.allSatisfy { $0.of == link }, "type \(type), byte \(position)")
                named += faults.count
            }
        }
        #expect(named > 0)
        #expect(network.state() == before)
    }

    @Test func `a member that signs two READYs of one attempt is named, whoever passes the second on`() throws
    {
        var network = try HaltedNetwork(until: .exchanging)
        let before = network.state()
        let ready = try #require(
            network.sent.compactMap { message, _ -> ReadyMessage? in
                guard case .ready(let ready) = message, ready.sender == 1 else { return nil }
                return ready.round == network.members[0].exchange ? ready : nil
            }.last)
        var second = ReadyMessage(
            round: ready.round, attempt: ready.attempt, sender: ready.sender, roster: ready.roster,
            stateHash: ready.stateHash.map { ~$0 }, steps: ready.steps, joiners: ready.joiners,
            vote: ready.vote)
        second.signature = KeyedAuthenticator(member: 1).sign(
            second.signedBytes(networkID: network.members[0].networkID))
        let (faults, acted) = network.hand(.ready(second), from: 3)
        #expect(faults.map(\.of) == [1] && faults.map(\.1) == [.conflictingMessage(.ready)] && !acted)
        #expect(network.state() == before)
    }

    @Test func `what is fetched comes from one member, so that nobody can spoil what another gives`() throws {
        var network = try HaltedNetwork(until: .exchanging)
        let hash = [UInt8](repeating: 7, count: 32)
        var directives: [LearningDirective] = []
        network.members[0].fetch(.sum(hash), now: .zero, &directives)
        func source(in directives: [LearningDirective]) -> Int? {
            directives.compactMap { directive in
                if case .send(.get(_), let receiver) = directive { receiver } else { nil }
            }.last
        }
        let first = try #require(source(in: directives))
        let part = PartMessage(hash: hash, total: 100, offset: 0, bytes: [1, 2, 3])
        for other in 1..<HaltedNetwork.memberCount where other != first {
            #expect(network.hand(.part(part), from: other).faults.isEmpty)
            #expect(network.members[0].transfer?.received == [])
        }
        _ = network.hand(.part(part), from: first)
        #expect(network.members[0].transfer?.received == [1, 2, 3])
        // Another is asked from the beginning.
        directives = []
        network.members[0].ask(now: .seconds(9), &directives)
        let second = try #require(source(in: directives))
        #expect(second != first && network.members[0].transfer?.received == [])
    }
}
