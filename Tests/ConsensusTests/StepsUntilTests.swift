import LinearAlgebra
import Testing
import Topology

@testable import Consensus

/// How many steps it really takes, from random starts, as opposed to the worst case that a plan allows for.
@Suite struct StepsUntilTests {
    /// Steps until every member and entry is within `tolerance` · range of the mean: relative to S·range of the sum.
    ///
    /// - Parameter plan: with as many steps as it likes.
    private func steps(
        until tolerance: Double, graph: Graph, plan: MixingPlan, seed: UInt64
    ) -> Int? {
        let count = 8
        var generator = SeededGenerator(seed: seed, label: "steps until")
        var current = (0..<graph.vertexCount).map { _ in
            // Uniform in [−1, 1], the range of an entry.
            (0..<count).map { _ in Double(generator.next() >> 11) * 0x1p-52 - 1 }
        }
        let mean = (0..<count).map { entry in
            current.reduce(0.0) { $0 + $1[entry] } / Double(graph.vertexCount)
        }
        var before = current
        for index in 0...plan.steps {
            let isClose = current.allSatisfy { vector in
                zip(vector, mean).allSatisfy { ($0 - $1).magnitude <= tolerance }
            }
            if isClose { return index }
            guard index < plan.steps else { break }
            let next = current.indices.map { member in
                AveragingKernel.averaged(
                    current: current[member], before: before[member],
                    neighbours: graph.neighbours(of: member).map { current[$0] }, step: plan.step(at: index))
            }
            before = current
            current = next
        }
        return nil
    }

    /// The figures that the network promises, masks off, to 1e-9.
    private static let promised: [(members: Int, GraphFamily, MixingWeights, atMost: Int)] = [
        (1_009, .randomRegular, .chebyshev, 40), (31, .cycleInverseChords, .chebyshev, 53),
        (31, .randomRegular, .chebyshev, 30), (31, .cycleInverseChords, .finite, 30),
    ]

    @Test(arguments: 0..<promised.count, [1, 2, 3] as [UInt64])
    func `an error of 1e-9 is reached in the promised steps from random starts`(
        index: Int, seed: UInt64
    ) throws {
        let (members, family, weights, atMost) = Self.promised[index]
        let graph = try GraphRecipe(family: family).build(vertexCount: members).graph
        // What a session without masks plans for: the worst start and the worst of all entries, hence a few steps more.
        let plan = MixingPlan(
            weights: weights, graph: graph, spectrum: try Spectrum(of: graph), tolerance: 1e-9 / 8)
        let taken = steps(until: 1e-9, graph: graph, plan: plan, seed: seed) ?? plan.steps + 1
        #expect(taken <= atMost, "\(taken) steps")
        // One step fewer than the diameter cannot be enough for anybody.
        #expect(taken >= 4)
    }

    @Test(arguments: [31, 64, 1_009])
    func `an exact sum takes two steps more than the logarithm at most`(members: Int) {
        let logarithm = Int.bitWidth - 1 - members.leadingZeroBitCount
        #expect(FoldSchedule(size: members).stepCount <= logarithm + 2)
    }
}
