import Testing
import Topology

@testable import Consensus

/// What a member that errs, or a network that loses and repeats, does to an exact sum: nothing.
@Suite struct ExactFaultTests {
    enum Route: CaseIterable { case fold, flood }

    private func network(_ route: Route, masks: Bool = true, delivered: Int = 0) throws -> TestNetwork {
        let ring = try GraphRecipe(edges: (0..<7).map { ($0, ($0 + 1) % 7) })
        let plan = try samplePlan(
            members: 7, count: 2, topology: route == .flood ? ring : GraphRecipe(family: .randomRegular),
            protection: ProtectionSettings(chunks: 2, relabel: false, masks: masks), method: .exact)
        var network = TestNetwork(plan: plan, vectors: sampleVectors(members: 7, count: 2), seed: 6)
        network.start()
        network.deliver(limit: delivered)
        return network
    }

    private func data(_ payload: DataPayload, step: UInt32, chunk: UInt16 = 0) -> DataMessage {
        DataMessage(round: 5, attempt: 0, chunk: chunk, step: step, payload: payload)
    }

    /// Hands a bad message to member 0 and expects it named, and the run to end as if it had never come.
    private func expect(
        _ reason: Misbehaviour, _ route: Route, of message: DataMessage, from peer: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var network = try network(route)
        var undisturbed = network
        let directives = network.instances[0].handle(message, from: peer)
        #expect(directives == [.misbehaved(peer: peer, reason)], sourceLocation: sourceLocation)
        network.deliver()
        undisturbed.deliver()
        #expect(network.outcomes[0] != nil, sourceLocation: sourceLocation)
        #expect(network.outcomes == undisturbed.outcomes, sourceLocation: sourceLocation)
    }

    @Test func `doubling refuses wrong counts, kinds, steps, chunks and senders`() throws {
        // Ranks are members here: rank 0 takes over from 4, swaps with 1 and 2, and hands back to 4.
        let good = DataPayload.words([1, 2, 3])
        try expect(.wrongCount(count: 2, expected: 3), .fold, of: data(.words([1, 2]), step: 1), from: 1)
        try expect(.wrongPayload, .fold, of: data(.values([0, 0, 1]), step: 1), from: 1)
        try expect(.wrongPayload, .fold, of: data(.relayed([1, 2, 3], origin: 1), step: 1), from: 1)
        try expect(.notPartner(step: 2), .fold, of: data(good, step: 2), from: 1)
        try expect(.notPartner(step: 3), .fold, of: data(good, step: 3), from: 4)
        try expect(.unknownStep(step: 4, stepCount: 4), .fold, of: data(good, step: 4), from: 1)
        try expect(.notNeighbour, .fold, of: data(good, step: 1), from: 3)
        try expect(.notNeighbour, .fold, of: data(good, step: 1), from: 0)
        try expect(
            .unknownChunk(chunk: 2, chunkCount: 2), .fold, of: data(good, step: 1, chunk: 2), from: 1)
    }

    @Test func `flooding refuses wrong counts, kinds, origins, steps and senders`() throws {
        func relayed(_ origin: UInt16) -> DataPayload { .relayed([1, 2, 3], origin: origin) }
        try expect(
            .wrongCount(count: 1, expected: 3), .flood, of: data(.relayed([1], origin: 1), step: 0), from: 1)
        try expect(.wrongPayload, .flood, of: data(.words([1, 2, 3]), step: 0), from: 1)
        try expect(.wrongPayload, .flood, of: data(.values([0, 0, 1]), step: 0), from: 1)
        // Member 5's words come from 6, one step from it; 0's own and those of nobody never do.
        try expect(.notPartner(step: 1), .flood, of: data(relayed(5), step: 1), from: 1)
        try expect(.notPartner(step: 0), .flood, of: data(relayed(5), step: 0), from: 6)
        try expect(.notPartner(step: 0), .flood, of: data(relayed(0), step: 0), from: 1)
        try expect(.notPartner(step: 0), .flood, of: data(relayed(7), step: 0), from: 1)
        try expect(.unknownStep(step: 3, stepCount: 3), .flood, of: data(relayed(1), step: 3), from: 1)
        try expect(.notNeighbour, .flood, of: data(relayed(3), step: 0), from: 3)
    }

    @Test func `dynamical consensus refuses words`() throws {
        let plan = try samplePlan(
            members: 4, count: 2, topology: GraphRecipe(family: .ring),
            protection: ProtectionSettings(chunks: 1, relabel: false, masks: false))
        var network = TestNetwork(plan: plan, vectors: sampleVectors(members: 4, count: 2), seed: 6)
        network.start()
        let message = data(.words([1, 2, 3]), step: 0)
        #expect(
            network.instances[0].handle(message, from: 1) == [.misbehaved(peer: 1, .wrongPayload)])
    }

    @Test func `a second body for the same message is a contradiction, the same body is nothing`() throws {
        var fold = try network(.fold)
        let message = data(.words([1, 2, 3]), step: 2)
        #expect(fold.instances[0].handle(message, from: 2).isEmpty)
        #expect(fold.instances[0].handle(message, from: 2).isEmpty)
        #expect(
            fold.instances[0].handle(data(.words([1, 2, 4]), step: 2), from: 2)
                == [.misbehaved(peer: 2, .contradiction)])
        var flood = try network(.flood)
        let relayed = data(.relayed([1, 2, 3], origin: 1), step: 0)
        #expect(flood.instances[0].handle(relayed, from: 1).isEmpty)
        #expect(flood.instances[0].handle(relayed, from: 1).isEmpty)
        #expect(
            flood.instances[0].handle(data(.relayed([1, 2, 4], origin: 1), step: 0), from: 1)
                == [.misbehaved(peer: 1, .contradiction)])
    }

    @Test(arguments: Route.allCases, Array(stride(from: 0, to: 140, by: 7)))
    func `links that lose what was under way are mended by sending again`(
        route: Route, delivered: Int
    ) throws {
        var undisturbed = try network(route)
        undisturbed.deliver()
        for pair in [(0, 1), (0, 4), (2, 3)] {
            var network = try network(route, delivered: delivered)
            network.lose(between: pair.0, and: pair.1)
            network.deliver()
            network.carryOut(network.instances[pair.0].resend(to: pair.1), of: pair.0)
            network.carryOut(network.instances[pair.1].resend(to: pair.0), of: pair.1)
            network.deliver()
            #expect(network.misbehaviours.isEmpty)
            #expect(network.outcomes == undisturbed.outcomes)
        }
    }

    @Test(arguments: Route.allCases, [0, 20, 50, 80, 200])
    func `sending everything again is harmless`(route: Route, delivered: Int) throws {
        var undisturbed = try network(route)
        undisturbed.deliver()
        var network = try network(route, delivered: delivered)
        for member in 0..<7 {
            for peer in 0..<7 where peer != member {
                network.carryOut(network.instances[member].resend(to: peer), of: member)
            }
        }
        network.deliver()
        #expect(network.misbehaviours.isEmpty)
        #expect(network.outcomes == undisturbed.outcomes)
    }

    @Test(arguments: Route.allCases)
    func `progress names the step and who is waited for`(route: Route) throws {
        var network = try network(route)
        #expect(network.instances[0].progress.isExchangingSeeds)
        let seeds = network.sent.count
        network.deliver(limit: seeds)
        let begun = network.instances[0].progress
        #expect(!begun.isExchangingSeeds)
        #expect(begun.step == 0)
        #expect(begun.waitingFor == (route == .fold ? [4] : [1, 6]))
        #expect(begun.residual == nil)
        network.deliver()
        let end = network.instances[0].progress
        #expect(end.step == end.steps)
        #expect(end.steps == network.plan.steps)
        #expect(end.waitingFor.isEmpty)
    }
}
