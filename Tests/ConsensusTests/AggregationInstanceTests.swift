import LinearAlgebra
import Testing
import Topology

@testable import Consensus

@Suite struct AggregationInstanceTests {
    static let tolerance = 1e-9

    /// Runs one aggregation and checks everything that must hold of every one.
    private func check(_ plan: AggregationPlan, order: TestNetwork.Order = .firstInFirstOut) throws {
        let size = plan.roster.count
        let vectors = sampleVectors(members: size, count: plan.vectorCount)
        let network = TestNetwork.run(plan: plan, vectors: vectors, order: order)
        #expect(network.misbehaviours.isEmpty)
        let first = try #require(network.outcomes[0])
        for outcome in network.outcomes { #expect(outcome == first) }
        #expect(first.memberCount == size)
        #expect(first.steps == plan.steps)
        #expect(first.agreementSteps == plan.agreementSteps)
        let error = largestDifference(first.sum, exactSum(vectors)) / Double(size)
        #expect(error <= Self.tolerance, "relative error \(error)")
    }

    @Test(arguments: [2, 3, 5, 7, 31], [true, false])
    func `every family reaches the sum with the same bits everywhere`(size: Int, masks: Bool) throws {
        for family in GraphFamily.allCases {
            let plan = try samplePlan(
                members: size, count: 6, topology: GraphRecipe(family: family),
                protection: ProtectionSettings(chunks: 2, masks: masks))
            try check(plan)
        }
    }

    @Test(arguments: 1...4, [true, false])
    func `any number of chunks reaches the sum`(chunks: Int, masks: Bool) throws {
        for size in [3, 7] {
            try check(
                samplePlan(
                    members: size, count: 17, topology: GraphRecipe(family: .cycleInverseChords),
                    protection: ProtectionSettings(chunks: chunks, masks: masks)))
        }
    }

    @Test(arguments: MixingWeights.allCases, [true, false])
    func `every weight reaches the sum`(weights: MixingWeights, masks: Bool) throws {
        for topology in [GraphRecipe(family: .cycleInverseChords), GraphRecipe(family: .complete)] {
            try check(
                samplePlan(
                    members: 7, count: 4, topology: topology, weights: weights,
                    protection: ProtectionSettings(chunks: 2, masks: masks)))
        }
    }

    @Test func `finite weights reach the sum of 31 through masks`() throws {
        try check(
            samplePlan(
                members: 31, count: 4, topology: GraphRecipe(family: .cycleInverseChords), weights: .finite))
    }

    @Test func `a sparse mask graph on explicit edges reaches the sum`() throws {
        let topology = try GraphRecipe(edges: [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)])
        let plan = try samplePlan(members: 4, count: 5, topology: topology)
        #expect(plan.chunkGraphs.allSatisfy { $0 == plan.controlGraph })
        #expect(plan.maskNeighbours(of: 0) == [1, 2, 3])
        try check(plan)
    }

    @Test func `one member alone is done at once`() throws {
        try check(samplePlan(members: 1, count: 3))
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `the order of arrival changes no bit`(seed: UInt64) throws {
        let plan = try samplePlan(members: 11, count: 9)
        let vectors = sampleVectors(members: 11, count: 9)
        let straight = TestNetwork.run(plan: plan, vectors: vectors)
        let shuffled = TestNetwork.run(plan: plan, vectors: vectors, order: .shuffled(seed: seed))
        #expect(shuffled.misbehaviours.isEmpty)
        #expect(shuffled.outcomes == straight.outcomes)
        #expect(shuffled.sent.count == straight.sent.count)
    }

    @Test(arguments: MixingWeights.allCases)
    func `the average is conserved at every step of every chunk`(weights: MixingWeights) throws {
        let plan = try samplePlan(
            members: 7, count: 3, topology: GraphRecipe(family: .cycleInverseChords), weights: weights)
        let network = TestNetwork.run(plan: plan, vectors: sampleVectors(members: 7, count: 3))
        // A few roundings of a value of several σ per step.
        let rounding = 1e-15 * RosterGeometry.maskDeviation * plan.mixing.growth * Double(plan.steps + 10)
        for chunk in 0..<plan.chunkCount {
            let start = network.vectors(chunk: chunk, step: 0).compactMap { $0 }
            #expect(start.count == 7)
            for step in stride(from: 0, to: plan.steps, by: 1 + plan.steps / 200) {
                let now = network.vectors(chunk: chunk, step: step).compactMap { $0 }
                #expect(largestDifference(exactSum(now), exactSum(start)) < rounding, "step \(step)")
            }
        }
    }

    @Test func `every member sends one message per step to each session neighbour`() throws {
        let plan = try samplePlan(members: 8, count: 3)
        let network = TestNetwork.run(plan: plan, vectors: sampleVectors(members: 8, count: 3))
        var expected = 0
        for graph in plan.chunkGraphs { expected += 2 * graph.edges.count * plan.stepCount }
        let data = network.sent.filter { if case .data = $0.message { true } else { false } }
        #expect(data.count == expected)
        for envelope in data {
            #expect(plan.sessionNeighbours(of: envelope.from).contains(envelope.to))
        }
    }

    @Test func `a maximum is flooded over the control graph without averaging or masks`() throws {
        let plan = try samplePlan(
            members: 9, count: 3, topology: GraphRecipe(family: .ring), operation: .maximum)
        var vectors = sampleVectors(members: 9, count: 3).map { $0.map { $0 * 1e12 } }
        vectors[4][1] = -0.0
        for member in vectors.indices where member != 4 { vectors[member][1] = -1 }
        let network = TestNetwork.run(plan: plan, vectors: vectors)
        let expected = (0..<3).map { entry in vectors.map { $0[entry] }.reduce(-.infinity, max) }
        for outcome in network.outcomes {
            #expect(outcome?.sum == expected)
            #expect(outcome?.sum[1].sign == .plus)
            #expect(outcome?.memberCount == 9)
            #expect(outcome?.steps == 0)
            #expect(outcome?.agreementSteps == 4)
        }
        #expect(network.sent.allSatisfy { if case .data = $0.message { true } else { false } })
    }

    @Test func `progress names the step and who is waited for`() throws {
        let plan = try samplePlan(
            members: 5, count: 2, topology: GraphRecipe(family: .ring),
            protection: ProtectionSettings(chunks: 1, relabel: false, masks: true))
        var network = TestNetwork(plan: plan, vectors: sampleVectors(members: 5, count: 2), seed: 4)
        network.start()
        let seeds = network.instances[0].progress
        #expect(seeds.isExchangingSeeds)
        #expect(seeds.waitingFor == [1, 2, 3, 4])
        #expect(seeds.residual == nil)
        network.deliver(limit: 20)
        let averaging = network.instances[0].progress
        #expect(!averaging.isExchangingSeeds)
        #expect(averaging.step == 0)
        #expect(averaging.waitingFor == [1, 4])
        #expect(averaging.steps == plan.stepCount)
        network.deliver()
        let end = network.instances[0].progress
        #expect(end.step == plan.stepCount)
        #expect(end.waitingFor.isEmpty)
        #expect((end.residual ?? 1) < 1e-8)
    }

    @Test func `the digest depends on the attempt and on the sum`() throws {
        let vectors = sampleVectors(members: 4, count: 2)
        let one = TestNetwork.run(plan: try samplePlan(members: 4, count: 2), vectors: vectors)
        let again = TestNetwork.run(plan: try samplePlan(members: 4, count: 2), vectors: vectors)
        let later = TestNetwork.run(plan: try samplePlan(members: 4, count: 2, attempt: 1), vectors: vectors)
        #expect(one.outcomes[0]?.digest == again.outcomes[0]?.digest)
        #expect(one.outcomes[0]?.digest != later.outcomes[0]?.digest)
    }
}
