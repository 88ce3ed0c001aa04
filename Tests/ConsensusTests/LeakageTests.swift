import LinearAlgebra
import Privacy
import Testing
import Topology

@testable import Consensus

@Suite struct LeakageTests {
    /// A guess this close on every entry is no accident.
    private static let tolerance = 0.02

    private func network(_ plan: AggregationPlan, seed: UInt64) -> (TestNetwork, [[Double]]) {
        let vectors = sampleVectors(members: plan.roster.count, count: plan.vectorCount, seed: seed)
        return (TestNetwork.run(plan: plan, vectors: vectors, seed: seed), vectors)
    }

    /// mathematics.md §4.3, the network of Fig. 1 of the paper.
    @Test(arguments: [1, 3, 8])
    func `one curious peer recovers 30 of 30 from chunks alone and nobody with masks`(chunks: Int) throws {
        let topology = GraphRecipe(family: .cycleInverseChords)
        let open = try samplePlan(
            members: 31, count: 2, topology: topology,
            protection: ProtectionSettings(chunks: chunks, masks: false))
        let (seen, vectors) = network(open, seed: 3)
        var attack = LeastSquaresAttack(network: seen, coalition: [4])
        attack.relativeThreshold = 3e-15
        #expect(attack.recovered(of: vectors, tolerance: Self.tolerance).count == 30)
        let masked = try samplePlan(
            members: 31, count: 2, topology: topology,
            protection: ProtectionSettings(chunks: chunks, selfMasks: false))
        let (hidden, others) = network(masked, seed: 3)
        #expect(
            LeastSquaresAttack(network: hidden, coalition: [4])
                .recovered(of: others, tolerance: Self.tolerance) == [])
    }

    @Test func `audit and attack agree on random networks, coalitions and chunks`() throws {
        #if DEBUG
            let cases = 60
        #else
            let cases = 1_000
        #endif
        var generator = SeededGenerator(seed: 17, label: "audit-and-attack")
        var exposedSomebody = 0
        var exposedNobody = 0
        for trial in 0..<cases {
            let plan = try randomPlan(trial, using: &generator)
            let size = plan.roster.count
            let colluders = 1 + Int(uniform(below: 2, using: &generator))
            let coalition = Array(permutation(of: size, using: &generator).prefix(colluders)).sorted()
            let (seen, vectors) = network(plan, seed: UInt64(trial))
            let found = LeastSquaresAttack(network: seen, coalition: coalition)
                .recovered(of: vectors, tolerance: Self.tolerance)
            let attempt = ObservedAttempt(
                roster: Array(0..<size), sessions: plan.chunkGraphs.map(WatchedSession.averaging),
                maskGraph: plan.geometry.maskGraph,
                messageSteps: plan.steps + 1, isComplete: true)
            let audited = DifferencingAudit.exposed(by: coalition, attempts: [attempt], memberCount: size)
            #expect(
                found == audited, "case \(trial): \(size) members, \(coalition), \(plan.chunkCount) chunks")
            if let masks = plan.geometry.maskGraph {
                // The components bound what is learnt even by a coalition that sees every message.
                let bound = CoalitionVerdict.masked(maskGraph: masks, coalition: coalition).exposed
                #expect(audited.allSatisfy { bound.contains($0) })
            } else {
                let verdict = CoalitionVerdict.unmasked(
                    sessions: plan.chunkGraphs.map(WatchedSession.averaging), coalition: coalition,
                    steps: plan.steps)
                #expect(verdict.exposed == audited)
            }
            if found.isEmpty { exposedNobody += 1 } else { exposedSomebody += 1 }
        }
        // Both answers must occur, or nothing was compared.
        #expect(exposedSomebody > cases / 10 && exposedNobody > cases / 10)
    }

    /// Four to eight members on a family or on random edges, one to three chunks, masks in half of the cases.
    private func randomPlan(_ trial: Int, using generator: inout SeededGenerator) throws -> AggregationPlan {
        let size = 4 + Int(uniform(below: 5, using: &generator))
        let topology: GraphRecipe
        switch trial % 4 {
        case 0: topology = GraphRecipe(family: .ring)
        case 1: topology = GraphRecipe(family: .randomRegular, degree: 3, seed: generator.next() >> 1)
        default:
            var edges = (1..<size).map { ($0, Int(uniform(below: UInt64($0), using: &generator))) }
            for _ in 0..<Int(uniform(below: 4, using: &generator)) {
                let order = permutation(of: size, using: &generator)
                edges.append((order[0], order[1]))
            }
            topology = try GraphRecipe(edges: edges)
        }
        let hasMasks = uniform(below: 2, using: &generator) == 1
        let degree = 2 + Int(uniform(below: 2, using: &generator))
        let chunks = 1 + Int(uniform(below: 3, using: &generator))
        return try samplePlan(
            members: size, count: 4, topology: topology, tolerance: 1e-10,
            protection: ProtectionSettings(
                chunks: chunks, masks: hasMasks, selfMasks: false, maskDegree: degree),
            attempt: UInt32(trial))
    }
}
