import Testing
import Topology

@testable import Consensus

/// What a member that errs, or a network that repeats, does to an instance: nothing.
@Suite struct MisbehaviourTests {
    /// Four members on a ring, one chunk, with the network about to start or half-way.
    private func network(masks: Bool = false, delivered: Int = 0) throws -> TestNetwork {
        let plan = try samplePlan(
            members: 4, count: 2, topology: GraphRecipe(family: .ring),
            protection: ProtectionSettings(chunks: 1, relabel: false, masks: masks))
        var network = TestNetwork(plan: plan, vectors: sampleVectors(members: 4, count: 2), seed: 6)
        network.start()
        network.deliver(limit: delivered)
        return network
    }

    private func data(_ values: [Double], step: UInt32 = 0, chunk: UInt16 = 0) -> DataMessage {
        DataMessage(round: 5, attempt: 0, chunk: chunk, step: step, values: values)
    }

    /// Hands a bad message to member 0 and expects it named, and the run to end as if it had never come.
    private func expect(
        _ reason: Misbehaviour, of message: DataMessage, from peer: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var network = try network()
        let clean = try self.network()
        let directives = network.instances[0].handle(message, from: peer)
        #expect(directives == [.misbehaved(peer: peer, reason)], sourceLocation: sourceLocation)
        #expect(
            network.instances[0].progress == clean.instances[0].progress, sourceLocation: sourceLocation)
        network.deliver()
        var undisturbed = clean
        undisturbed.deliver()
        #expect(network.outcomes[0] != nil, sourceLocation: sourceLocation)
        #expect(network.outcomes == undisturbed.outcomes, sourceLocation: sourceLocation)
    }

    @Test func `NaN, infinities and values out of bounds are reported and ignored`() throws {
        let bound = try network().plan.valueBound
        #expect(bound == 64 * 2)
        for value in [Double.nan, .infinity, -.infinity, bound.nextUp, -bound.nextUp, 1e300] {
            try expect(
                .valueOutOfBounds(index: 1, bitPattern: value.bitPattern, bound: bound),
                of: data([0, value, 1]), from: 1)
        }
    }

    @Test func `a wrong count, chunk, step or sender is reported and ignored`() throws {
        try expect(.wrongCount(count: 2, expected: 3), of: data([0, 0]), from: 1)
        try expect(.wrongCount(count: 4, expected: 3), of: data([0, 0, 1, 1]), from: 1)
        try expect(.unknownChunk(chunk: 1, chunkCount: 1), of: data([0, 0, 1], chunk: 1), from: 1)
        try expect(.notNeighbour, of: data([0, 0, 1]), from: 2)
        try expect(.notNeighbour, of: data([0, 0, 1]), from: 0)
        try expect(.stepAhead(step: 2, current: 0), of: data([0, 0, 1], step: 2), from: 1)
        let stepCount = try network().plan.stepCount
        try expect(
            .unknownStep(step: stepCount, stepCount: stepCount),
            of: data([0, 0, 1], step: UInt32(stepCount)), from: 1)
        try expect(
            .unknownStep(step: Int(UInt32.max), stepCount: stepCount),
            of: data([0, 0, 1], step: .max), from: 1)
    }

    @Test func `messages of other rounds and attempts are ignored in silence`() throws {
        var network = try network()
        let before = network.instances[0].progress
        let values = [0.0, 0, 1]
        for (round, attempt) in [(4, 0), (6, 0), (5, 1)] as [(UInt64, UInt32)] {
            let message = DataMessage(round: round, attempt: attempt, chunk: 0, step: 0, values: values)
            #expect(network.instances[0].handle(message, from: 1).isEmpty)
            let seed = SeedMessage(round: round, attempt: attempt, half: [UInt8](repeating: 0, count: 32))
            #expect(network.instances[0].handle(seed, from: 1).isEmpty)
        }
        #expect(network.instances[0].progress == before)
    }

    @Test func `a second body for the same message is a contradiction, the same body is nothing`() throws {
        var network = try network()
        let message = data([0.5, 0, 1])
        #expect(network.instances[0].handle(message, from: 1).isEmpty)
        #expect(network.instances[0].handle(message, from: 1).isEmpty)
        #expect(
            network.instances[0].handle(data([0.25, 0, 1]), from: 1)
                == [.misbehaved(peer: 1, .contradiction)])
        // One step ahead is kept, once.
        #expect(network.instances[0].handle(data([1, 0, 1], step: 1), from: 1).isEmpty)
        #expect(
            network.instances[0].handle(data([2, 0, 1], step: 1), from: 1)
                == [.misbehaved(peer: 1, .contradiction)])
    }

    @Test func `seeds from strangers and changed seeds are reported`() throws {
        var bare = try network()
        let half = SeedMessage(round: 5, attempt: 0, half: [UInt8](repeating: 1, count: 32))
        #expect(bare.instances[0].handle(half, from: 1) == [.misbehaved(peer: 1, .notNeighbour)])
        var masked = try network(masks: true)
        let other = SeedMessage(round: 5, attempt: 0, half: [UInt8](repeating: 2, count: 32))
        #expect(masked.instances[0].handle(half, from: 1).isEmpty)
        #expect(masked.instances[0].handle(half, from: 1).isEmpty)
        #expect(masked.instances[0].handle(other, from: 1) == [.misbehaved(peer: 1, .contradiction)])
    }

    @Test(arguments: [0, 3, 12, 15, 40, 100, 200, 250])
    func `sending everything again after a reconnect is harmless`(delivered: Int) throws {
        var undisturbed = try network(masks: true)
        undisturbed.deliver()
        var network = try network(masks: true, delivered: delivered)
        for member in 0..<4 {
            for peer in 0..<4 where peer != member {
                let again = network.instances[member].resend(to: peer)
                #expect(again.count <= 3)
                network.carryOut(again, of: member)
            }
        }
        network.deliver()
        #expect(network.misbehaviours.isEmpty)
        #expect(network.outcomes == undisturbed.outcomes)
    }

    @Test(arguments: 0..<40)
    func `a link that loses what was under way is mended by sending again`(cut: Int) throws {
        var undisturbed = try network(masks: true)
        undisturbed.deliver()
        var network = try network(masks: true, delivered: 6 * cut)
        network.lose(between: 0, and: 1)
        network.deliver()
        network.carryOut(network.instances[0].resend(to: 1), of: 0)
        network.carryOut(network.instances[1].resend(to: 0), of: 1)
        network.deliver()
        #expect(network.misbehaviours.isEmpty)
        #expect(network.outcomes == undisturbed.outcomes)
    }

    @Test func `a member that is done still answers a link that comes back`() throws {
        var network = try network(masks: true)
        network.deliver()
        let last = UInt32(network.plan.stepCount - 1)
        let steps = network.instances[0].resend(to: 1).compactMap { directive -> UInt32? in
            guard case .send(.data(let message), to: 1) = directive else { return nil }
            return message.step
        }
        #expect(steps == [last])
        #expect(network.instances[0].handle(data([0, 0, 1], step: last), from: 1).isEmpty)
    }
}

@Suite struct OpeningTests {
    private func opened(_ chunks: [[Double]]) throws -> OpenedSum {
        let plan = try samplePlan(
            members: 4, count: 2, protection: ProtectionSettings(chunks: chunks.count, selfMasks: false))
        return try plan.opened(plan.outcome(of: chunks).maskedSum, selfSeeds: [])
    }

    @Test func `chunks are added in order and multiplied by the roster`() throws {
        let opened = try opened([[0.5, 3, 2], [-0.25, -2.5, -1]])
        #expect(opened == OpenedSum(sum: [1, 2], memberCount: 4))
    }

    @Test func `a sum that does not count the roster is refused`() throws {
        #expect(throws: AggregationFailure.memberCount(opened: 6, roster: 4)) { try opened([[0, 0, 1.5]]) }
        #expect(throws: AggregationFailure.self) { try opened([[0, 0, 1 + 1e-6]]) }
    }

    @Test func `a sum beyond what the roster can have is refused`() throws {
        let bound = 4 + 4e-8
        #expect(throws: AggregationFailure.entryOutOfRange(index: 1, value: 5, bound: bound)) {
            try opened([[0, 1.25, 1]])
        }
        #expect(try opened([[1, -1, 1]]).sum == [4, -4])
    }
}
