import LinearAlgebra
import Testing
import Topology

@testable import Consensus

@Suite struct ProtectionTests {
    @Test func `masked chunks add up to the sum of the roster though no mask was told`() throws {
        let plan = try samplePlan(
            members: 7, count: 5, protection: ProtectionSettings(chunks: 3, selfMasks: false))
        let vectors = sampleVectors(members: 7, count: 5)
        let network = TestNetwork.run(plan: plan, vectors: vectors)
        var total = [Double](repeating: 0, count: 6)
        for chunk in 0..<3 {
            for vector in network.vectors(chunk: chunk, step: 0) {
                total = zip(total, try #require(vector)).map { $0 + $1 }
            }
        }
        // 21 vectors of magnitude up to 20σ, each rounded once or twice.
        let rounding = 1e-15 * 100 * RosterGeometry.maskDeviation
        #expect(largestDifference(Array(total.dropLast()), exactSum(vectors)) < rounding)
        #expect((total[5] - 7).magnitude < rounding)
    }

    @Test func `the two ends of a mask cancel to the bit`() {
        let seed = EdgeMask.pairSeed(
            lowHalf: [UInt8](repeating: 1, count: 32), highHalf: [UInt8](repeating: 2, count: 32))
        var values = [Double](repeating: 0, count: 37)
        EdgeMask.add(to: &values, pairSeed: seed, chunk: 1, factor: RosterGeometry.maskDeviation)
        #expect(values.contains { $0.magnitude > RosterGeometry.maskDeviation })
        EdgeMask.add(to: &values, pairSeed: seed, chunk: 1, factor: -RosterGeometry.maskDeviation)
        #expect(values.allSatisfy { $0 == 0 })
    }

    @Test func `a mask has golden bits`() {
        let seed = EdgeMask.pairSeed(
            lowHalf: [UInt8](repeating: 1, count: 32), highHalf: [UInt8](repeating: 2, count: 32))
        var values = [Double](repeating: 0, count: 3)
        EdgeMask.add(to: &values, pairSeed: seed, chunk: 0, factor: RosterGeometry.maskDeviation)
        // Python with hashlib.blake2b, RFC 8439's block function and libm's Box–Muller.
        let expected = [4_244.429_808_733_422, -133_718.412_369_933_88, 47_994.549_375_465_26]
        #expect(largestDifference(values, expected) < 1e-14 * 133_718 * 8)
        // Our own first run: no processor and no later change may move a bit.
        #expect(
            values.map(\.bitPattern) == [
                4_661_388_814_629_074_302, 13_907_206_579_356_736_416, 4_676_829_134_221_728_529,
            ])
    }

    @Test func `chunks and pairs have masks of their own`() {
        let one = [UInt8](repeating: 1, count: 32)
        let two = [UInt8](repeating: 2, count: 32)
        let seed = EdgeMask.pairSeed(lowHalf: one, highHalf: two)
        #expect(seed != EdgeMask.pairSeed(lowHalf: two, highHalf: one))
        var first = [Double](repeating: 0, count: 8)
        var second = first
        EdgeMask.add(to: &first, pairSeed: seed, chunk: 0, factor: 1)
        EdgeMask.add(to: &second, pairSeed: seed, chunk: 1, factor: 1)
        #expect(first != second)
    }

    @Test func `a message alone is noise of variance k + 1 times σ squared`() throws {
        let size = 9
        let count = 4_000
        let plan = try samplePlan(members: size, count: count, protection: ProtectionSettings(chunks: 2))
        let input = [[Double]](repeating: [Double](repeating: 1, count: count), count: size)
        var network = TestNetwork(plan: plan, vectors: input, seed: 2)
        network.start()
        network.deliver(limit: size * (size - 1))
        // Edge masks and the self mask.
        let expected = Double(size) * RosterGeometry.maskDeviation * RosterGeometry.maskDeviation
        for chunk in 0..<2 {
            for vector in network.vectors(chunk: chunk, step: 0) {
                let values = try #require(vector)
                let mean = values.reduce(0, +) / Double(count)
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
                // Five standard errors of a variance, √(2/n), and of a mean.
                #expect((variance / expected - 1).magnitude < 5 * (2 / Double(count)).squareRoot())
                #expect(mean.magnitude < 5 * (expected / Double(count)).squareRoot())
            }
        }
    }

    @Test func `without masks the chunks are noise and add up to the vector`() throws {
        let plan = try samplePlan(
            members: 3, count: 50, protection: ProtectionSettings(chunks: 4, masks: false))
        let vectors = sampleVectors(members: 3, count: 50)
        let network = TestNetwork.run(plan: plan, vectors: vectors)
        for member in 0..<3 {
            var total = [Double](repeating: 0, count: 51)
            for chunk in 0..<4 {
                let sent = try #require(network.vectors(chunk: chunk, step: 0)[member])
                #expect(largestDifference(sent, vectors[member] + [1]) > 1)
                total = zip(total, sent).map { $0 + $1 }
            }
            #expect(largestDifference(total, vectors[member] + [1]) < 1e-14)
        }
        #expect(network.sent.allSatisfy { if case .seed = $0.message { false } else { true } })
    }

    @Test func `another attempt masks the same input with other noise`() throws {
        let vectors = sampleVectors(members: 3, count: 2)
        let plan = try samplePlan(members: 3, count: 2)
        let one = TestNetwork.run(plan: plan, vectors: vectors, seed: 1)
        let other = TestNetwork.run(plan: plan, vectors: vectors, seed: 2)
        #expect(one.vectors(chunk: 0, step: 0) != other.vectors(chunk: 0, step: 0))
        let first = try #require(one.outcomes[0]).sum
        let second = try #require(other.outcomes[0]).sum
        #expect(largestDifference(first, second) < 3e-9)
    }

    @Test func `nothing leaves before all seeds are in`() throws {
        let plan = try samplePlan(members: 4, count: 2)
        var network = TestNetwork(plan: plan, vectors: sampleVectors(members: 4, count: 2), seed: 1)
        network.start()
        network.deliver(limit: 11)
        let early = network.sent.filter { if case .data = $0.message { true } else { false } }
        // All of 12 seeds but one have arrived: exactly one member still keeps silent.
        #expect(early.allSatisfy { $0.from != 2 })
    }
}

@Suite struct RosterGeometryTests {
    private func geometry(
        _ size: Int, family: GraphFamily, protection: ProtectionSettings,
        weights: MixingWeights = .chebyshev
    ) throws -> RosterGeometry {
        try RosterGeometry(
            settings: AggregationSettings(
                networkID: [UInt8](repeating: 1, count: 32), topology: GraphRecipe(family: family),
                weights: weights, protection: protection), roster: sampleRoster(size))
    }

    @Test func `31 members on the chords take at most 90 masked steps, 53 to 60 bare ones`() throws {
        let bare = ProtectionSettings(masks: false)
        let family = GraphFamily.cycleInverseChords
        let masked = try geometry(31, family: family, protection: ProtectionSettings())
        #expect((80...90).contains(masked.mixing.steps))
        #expect(masked.agreementSteps == 6)
        #expect(masked.valueBound == 64 * 33 * 65_536)
        let unmasked = try geometry(31, family: family, protection: bare)
        #expect((53...60).contains(unmasked.mixing.steps))
        #expect(unmasked.valueBound == 64 * 3)
        let paper = try geometry(31, family: family, protection: bare, weights: .paper)
        #expect((2_835...3_200).contains(paper.mixing.steps))
    }

    @Test func `the mask graph is complete up to 64 members and of degree 3 log2 S beyond`() throws {
        let family = GraphFamily.randomRegular
        let small = try geometry(64, family: family, protection: ProtectionSettings())
        #expect(small.maskGraph == Graph.complete(vertexCount: 64))
        let large = try geometry(101, family: family, protection: ProtectionSettings())
        #expect(large.maskGraph?.largestDegree == 21)
        #expect(large.maskGraph?.isConnected == true)
        let asked = try geometry(31, family: family, protection: ProtectionSettings(maskDegree: 10))
        #expect(asked.maskGraph?.degrees.allSatisfy { $0 == 10 } == true)
        let none = try geometry(31, family: family, protection: ProtectionSettings(masks: false))
        #expect(none.maskGraph == nil)
    }

    @Test func `session graphs differ by chunk, attempt, round and state, and are relabellings`() throws {
        let geometry = try geometry(
            31, family: .cycleInverseChords, protection: ProtectionSettings(chunks: 2))
        func graphs(round: UInt64, attempt: UInt32, state: UInt8) -> [Graph] {
            AggregationPlan(
                geometry: geometry, round: round, attempt: attempt,
                stateHash: [UInt8](repeating: state, count: 32), operation: .sum, vectorCount: 1
            ).chunkGraphs
        }
        let base = graphs(round: 1, attempt: 0, state: 0)
        #expect(base == graphs(round: 1, attempt: 0, state: 0))
        let all =
            base + graphs(round: 2, attempt: 0, state: 0) + graphs(round: 1, attempt: 1, state: 0)
            + graphs(round: 1, attempt: 0, state: 1)
        for (index, graph) in all.enumerated() {
            #expect(!all[..<index].contains(graph))
            #expect(graph.diameter == geometry.agreementSteps)
            #expect(graph.edges.count == geometry.controlGraph.edges.count)
        }
    }

    @Test func `session and mask graphs are the same on every machine`() throws {
        let plan = try samplePlan(
            members: 7, count: 1, topology: GraphRecipe(family: .cycleInverseChords),
            protection: ProtectionSettings(chunks: 1, maskDegree: 3))
        // Our own first run.
        #expect(plan.sessionNeighbours(of: 0) == [1, 3, 6])
        #expect(plan.maskNeighbours(of: 0) == [3, 4, 5])
    }

    @Test func `relabelling can be switched off`() throws {
        let geometry = try geometry(
            13, family: .cycleInverseChords, protection: ProtectionSettings(relabel: false))
        let plan = AggregationPlan(
            geometry: geometry, round: 1, attempt: 0, stateHash: [UInt8](repeating: 0, count: 32),
            operation: .sum, vectorCount: 1)
        #expect(plan.chunkGraphs == [geometry.controlGraph, geometry.controlGraph])
        #expect(plan.sessionNeighbours(of: 0) == geometry.controlGraph.neighbours(of: 0))
    }

    @Test func `a plan takes the largest number of steps of the roster`() throws {
        let geometry = try geometry(7, family: .cycleInverseChords, protection: ProtectionSettings())
        let plan = AggregationPlan(
            geometry: geometry, round: 1, attempt: 0, stateHash: [UInt8](repeating: 0, count: 32),
            operation: .sum, vectorCount: 3, stepsMinimum: geometry.mixing.steps + 5)
        #expect(plan.steps == geometry.mixing.steps + 5)
        let vectors = sampleVectors(members: 7, count: 3)
        let network = TestNetwork.run(plan: plan, vectors: vectors)
        let sum = try #require(network.outcomes[6]).sum
        #expect(largestDifference(sum, exactSum(vectors)) < 7e-9)
    }

    @Test func `an absurd number of steps is not followed`() throws {
        let geometry = try geometry(7, family: .cycleInverseChords, protection: ProtectionSettings())
        let plan = AggregationPlan(
            geometry: geometry, round: 1, attempt: 0, stateHash: [UInt8](repeating: 0, count: 32),
            operation: .sum, vectorCount: 3, stepsMinimum: Int(UInt32.max))
        #expect(plan.steps == geometry.mixing.steps)
    }

    @Test func `what cannot be planned is refused`() throws {
        #expect(throws: ConsensusError.chunkCount(count: 0, limit: 64)) {
            try geometry(3, family: .ring, protection: ProtectionSettings(chunks: 0))
        }
        #expect(throws: ConsensusError.topology(.degreeTooSmall(degree: 1, minimum: 2))) {
            try geometry(5, family: .ring, protection: ProtectionSettings(maskDegree: 1))
        }
        let settings = AggregationSettings(
            networkID: [UInt8](repeating: 1, count: 32), topology: GraphRecipe(family: .ring))
        #expect(throws: ConsensusError.rosterSize(count: 0, limit: 65_535)) {
            try RosterGeometry(settings: settings, roster: [])
        }
        let roster = try sampleRoster(2)
        #expect(throws: ConsensusError.repeatedMember(index: 2)) {
            try RosterGeometry(settings: settings, roster: roster + [roster[0]])
        }
    }
}
