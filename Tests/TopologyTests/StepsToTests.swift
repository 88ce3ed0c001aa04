import LinearAlgebra
import Testing

@testable import Topology

/// One row of mathematics.md §2.2, from numpy's eigenvalues: steps to 1e-6 and to 1e-9.
struct TableRow: Sendable, CustomTestStringConvertible {
    let vertexCount: Int
    let lambda2: Double
    let lambdaMax: Double
    let diameter: Int
    let paper: (Int, Int)
    let maxDegree: (Int, Int)
    let optimal: (Int, Int)
    let chebyshev: (Int, Int)
    let ringChebyshev: (Int, Int)

    var testDescription: String { "S = \(vertexCount)" }
}

let table: [TableRow] = [
    TableRow(
        vertexCount: 7, lambda2: 0.8851, lambdaMax: 4.861, diameter: 3, paper: (103, 154),
        maxDegree: (56, 83), optimal: (38, 57), chebyshev: (16, 24), ringChebyshev: (16, 23)),
    TableRow(
        vertexCount: 11, lambda2: 0.5858, lambdaMax: 4.980, diameter: 4, paper: (253, 379),
        maxDegree: (88, 131), optimal: (59, 88), chebyshev: (21, 30), ringChebyshev: (25, 37)),
    TableRow(
        vertexCount: 13, lambda2: 0.5215, lambdaMax: 5.483, diameter: 4, paper: (338, 507),
        maxDegree: (99, 149), optimal: (73, 109), chebyshev: (23, 34), ringChebyshev: (30, 44)),
    TableRow(
        vertexCount: 31, lambda2: 0.2258, lambdaMax: 5.510, diameter: 6, paper: (1_890, 2_835),
        maxDegree: (238, 357), optimal: (169, 253), chebyshev: (36, 53), ringChebyshev: (72, 106)),
    TableRow(
        vertexCount: 61, lambda2: 0.1875, lambdaMax: 5.760, diameter: 8, paper: (4_488, 6_731),
        maxDegree: (288, 432), optimal: (213, 319), chebyshev: (40, 59), ringChebyshev: (141, 208)),
    TableRow(
        vertexCount: 101, lambda2: 0.1318, lambdaMax: 5.889, diameter: 10, paper: (10_577, 15_866),
        maxDegree: (413, 619), optimal: (309, 463), chebyshev: (49, 72), ringChebyshev: (234, 345)),
    TableRow(
        vertexCount: 211, lambda2: 0.1255, lambdaMax: 5.895, diameter: 11, paper: (23_221, 34_832),
        maxDegree: (434, 651), optimal: (325, 487), chebyshev: (50, 73), ringChebyshev: (488, 720)),
    TableRow(
        vertexCount: 503, lambda2: 0.0732, lambdaMax: 5.917, diameter: 14, paper: (94_936, 142_404),
        maxDegree: (749, 1_123), optimal: (559, 838), chebyshev: (65, 96), ringChebyshev: (1_162, 1_715)),
    TableRow(
        vertexCount: 1_009, lambda2: 0.0761, lambdaMax: 5.910, diameter: 16, paper: (183_193, 274_790),
        maxDegree: (720, 1_079), optimal: (537, 805), chebyshev: (64, 94), ringChebyshev: (2_330, 3_440)),
]

@Suite struct StepsToTests {
    @Test(arguments: table)
    func `cycles with inverse chords have the spectrum, diameter and steps of the table`(row: TableRow) throws
    {
        let graph = Graph.cycleInverseChords(vertexCount: row.vertexCount)
        let spectrum = try Spectrum(of: graph)
        // The table gives four digits, cut or rounded.
        #expect((spectrum.lambda2 - row.lambda2).magnitude < 1e-4)
        #expect((spectrum.lambdaMax - row.lambdaMax).magnitude < 1e-3)
        #expect(graph.diameter == row.diameter)
        let expected: [(MixingWeights, (Int, Int))] = [
            (.paper, row.paper), (.maxDegree, row.maxDegree), (.optimal, row.optimal),
            (.chebyshev, row.chebyshev),
        ]
        for (weights, steps) in expected {
            #expect(
                stepsTo(tolerance: 1e-6, weights: weights, graph: graph, spectrum: spectrum) == steps.0,
                "\(weights) to 1e-6")
            #expect(
                stepsTo(tolerance: 1e-9, weights: weights, graph: graph, spectrum: spectrum) == steps.1,
                "\(weights) to 1e-9")
        }
        #expect(
            stepsTo(tolerance: 1e-9, weights: .finite, graph: graph, spectrum: spectrum)
                == spectrum.distinctNonzero.count)
    }

    @Test(arguments: table.filter { $0.vertexCount <= 503 })
    func `rings take the Chebyshev steps of the table`(row: TableRow) throws {
        let graph = Graph.ring(vertexCount: row.vertexCount)
        let spectrum = try Spectrum(of: graph)
        let steps = [1e-6, 1e-9].map {
            stepsTo(tolerance: $0, weights: .chebyshev, graph: graph, spectrum: spectrum)
        }
        #expect(steps == [row.ringChebyshev.0, row.ringChebyshev.1])
    }

    @Test func `a ring of 101 needs half a million of the paper's steps`() throws {
        let graph = Graph.ring(vertexCount: 101)
        let spectrum = try Spectrum(of: graph)
        #expect(stepsTo(tolerance: 1e-9, weights: .paper, graph: graph, spectrum: spectrum) == 540_997)
    }

    @Test func `a random 4-regular graph of 31 takes about 27 Chebyshev steps`() throws {
        let graph = try Graph.randomRegular(vertexCount: 31, degree: 4, seed: 1)
        let steps = try #require(
            stepsTo(tolerance: 1e-9, weights: .chebyshev, graph: graph, spectrum: try Spectrum(of: graph)))
        #expect((24...34).contains(steps), "\(steps)")
    }

    @Test func `a complete graph takes one step with every good weight`() throws {
        let graph = Graph.complete(vertexCount: 13)
        let spectrum = try Spectrum(of: graph)
        for weights in MixingWeights.allCases {
            #expect(
                stepsTo(tolerance: 1e-9, weights: weights, graph: graph, spectrum: spectrum) == 1,
                "\(weights)")
            let plan = MixingPlan(weights: weights, graph: graph, spectrum: spectrum, tolerance: 1e-9)
            #expect(plan.steps == 1, "\(weights)")
        }
    }

    @Test func `a hypercube is finished by finite weights in as many steps as it has dimensions`() throws {
        let graph = Graph.hypercube(vertexCount: 32)
        let spectrum = try Spectrum(of: graph)
        #expect(stepsTo(tolerance: 1e-9, weights: .finite, graph: graph, spectrum: spectrum) == 5)
        #expect(graph.diameter == 5)
    }
}
