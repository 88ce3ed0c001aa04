import LinearAlgebra
import Testing

@testable import Topology

@Suite struct MixingPlanTests {
    /// Applies the plan to one number per vertex, and returns every intermediate state.
    private func run(_ plan: MixingPlan, on graph: Graph, from start: [Double]) -> [[Double]] {
        var states = [start]
        var before = start
        for index in 0..<plan.steps {
            let step = plan.step(at: index)
            let now = states[states.count - 1]
            var next = now
            for vertex in 0..<graph.vertexCount {
                var difference = 0.0
                for neighbour in graph.neighbours(of: vertex) { difference += now[neighbour] - now[vertex] }
                next[vertex] =
                    now[vertex] + step.momentum * (now[vertex] - before[vertex]) + step.gain * difference
            }
            before = now
            states.append(next)
        }
        return states
    }

    @Test(arguments: MixingWeights.allCases, [3, 7, 31])
    func `the planned steps reach the tolerance and keep the average`(
        weights: MixingWeights, vertexCount: Int
    ) throws {
        let tolerance = 1e-9
        for graph in [
            Graph.cycleInverseChords(vertexCount: vertexCount), .ring(vertexCount: vertexCount),
            .complete(vertexCount: vertexCount),
            try .randomRegular(vertexCount: vertexCount, degree: 4, seed: 3),
        ] {
            let plan = MixingPlan(
                weights: weights, graph: graph, spectrum: try Spectrum(of: graph), tolerance: tolerance)
            guard plan.steps < 20_000 else { continue }
            var generator = SeededGenerator(seed: 5)
            let start = NormalSampler.sample(count: vertexCount, using: &generator)
            let mean = start.reduce(0, +) / Double(vertexCount)
            let spread = norm(start.map { $0 - mean })
            let states = run(plan, on: graph, from: start)
            for state in states {
                let average = state.reduce(0, +) / Double(vertexCount)
                // Rounding of sums of values that `growth` may enlarge.
                #expect((average - mean).magnitude < 1e-13 * plan.growth * spread)
                #expect(norm(state.map { $0 - mean }) <= spread * plan.growth * 1.001)
            }
            let error = norm(states[plan.steps].map { $0 - mean })
            // Rounding on top of the planned tolerance.
            #expect(error <= (tolerance + 1e-14 * plan.growth) * spread, "\(weights) at \(vertexCount)")
        }
    }

    @Test func `a tighter tolerance makes finite weights run twice through the spectrum`() throws {
        let graph = Graph.cycleInverseChords(vertexCount: 31)
        let spectrum = try Spectrum(of: graph)
        let once = MixingPlan(weights: .finite, graph: graph, spectrum: spectrum, tolerance: 1e-9)
        let twice = MixingPlan(weights: .finite, graph: graph, spectrum: spectrum, tolerance: 3e-16)
        #expect(once.steps == 30)
        #expect(twice.steps == 60)
        #expect(twice.step(at: 30) == twice.step(at: 0))
    }

    @Test func `Leja order begins at the far end and alternates`() {
        #expect(MixingPlan.lejaOrder([1, 2, 3, 4, 5]).prefix(3) == [5, 1, 3])
    }

    @Test func `sessions of 31 take the steps the protocol states`() throws {
        let graph = Graph.cycleInverseChords(vertexCount: 31)
        let spectrum = try Spectrum(of: graph)
        let masked = 1e-9 / (8 * 65_536 * 31.0.squareRoot())
        let bare = 1e-9 / 8
        func steps(_ weights: MixingWeights, _ tolerance: Double) -> Int {
            MixingPlan(weights: weights, graph: graph, spectrum: spectrum, tolerance: tolerance).steps
        }
        #expect((80...90).contains(steps(.chebyshev, masked)), "\(steps(.chebyshev, masked))")
        #expect((53...60).contains(steps(.chebyshev, bare)), "\(steps(.chebyshev, bare))")
        #expect((2_835...3_200).contains(steps(.paper, bare)), "\(steps(.paper, bare))")
    }

    @Test func `one participant alone takes no step`() throws {
        let graph = Graph.ring(vertexCount: 1)
        let spectrum = try Spectrum(of: graph)
        for weights in MixingWeights.allCases {
            let plan = MixingPlan(weights: weights, graph: graph, spectrum: spectrum, tolerance: 1e-9)
            #expect(plan.steps == 0)
        }
    }

    private func norm(_ values: [Double]) -> Double {
        values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
}
