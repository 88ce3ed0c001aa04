import Testing

@testable import Topology

@Suite struct LanczosEndsTests {
    /// The error of an eigenvalue is of the order of the square of its residual, 1e-6, beside the gap to the next.
    private static let relative = 1e-7

    @Test(arguments: [200, 503, 1_009, 3_000], [3, 4, 6])
    func `the ends of random-regular graphs are LAPACK's`(vertexCount: Int, degree: Int) throws {
        let graph = try Graph.randomRegular(vertexCount: vertexCount, degree: degree, seed: 1)
        let ends = try #require(LanczosEnds(of: graph))
        let spectrum = try Spectrum(of: graph)
        #expect((ends.lambda2 - spectrum.lambda2).magnitude <= Self.relative * spectrum.lambda2)
        #expect((ends.lambdaMax - spectrum.lambdaMax).magnitude <= Self.relative * spectrum.lambdaMax)
    }

    @Test(arguments: [211, 503, 1_009, 2_003])
    func `the ends of cycles with inverse chords are LAPACK's`(vertexCount: Int) throws {
        let graph = Graph.cycleInverseChords(vertexCount: vertexCount)
        let ends = try #require(LanczosEnds(of: graph))
        let spectrum = try Spectrum(of: graph)
        #expect((ends.lambda2 - spectrum.lambda2).magnitude <= Self.relative * spectrum.lambda2)
        #expect((ends.lambdaMax - spectrum.lambdaMax).magnitude <= Self.relative * spectrum.lambdaMax)
    }

    @Test func `a cycle with inverse chords of 5003 has the ends of the published table`() throws {
        let ends = try #require(LanczosEnds(of: .cycleInverseChords(vertexCount: 5_003)))
        // The table (mathematics.md §2.2) gives λ2 = .0777 and λN = 5.928, cut or rounded.
        #expect((ends.lambda2 - 0.0777).magnitude < 1e-4)
        #expect((ends.lambdaMax - 5.928).magnitude < 1e-3)
    }

    @Test(arguments: [5, 8, 64, 200, 10_007])
    func `a ring ends where its closed form does`(vertexCount: Int) throws {
        let graph = Graph.ring(vertexCount: vertexCount)
        let ends = try #require(LanczosEnds(of: graph))
        // 2 − 2 cos 2π/S = 4 sin² π/S; the library's sine is right to a last place.
        let half = Double.pi / Double(vertexCount)
        let sine = half - half * half * half / 6 + half * half * half * half * half / 120
        let expected = vertexCount < 64 ? [5: 1.381966011250105, 8: 0.585786437626905][vertexCount] : nil
        let lambda2 = expected ?? 4 * sine * sine
        // The six-digit ends are widened by 1 %; what matters is that the residual bounds the rest.
        #expect((ends.lambda2 - lambda2).magnitude <= 1e-6 * lambda2, "\(ends.lambda2)")
        #expect(ends.lambdaMax <= 4 * (1 + 1e-12))
        #expect(ends.lambdaMax >= 4 * (1 - 1e-6) - (vertexCount % 2 == 1 ? lambda2 : 0))
    }

    @Test(arguments: [3, 8, 12])
    func `a hypercube ends at 2 and at twice its dimensions`(dimensions: Int) throws {
        let ends = try #require(LanczosEnds(of: .hypercube(vertexCount: 1 << dimensions)))
        #expect((ends.lambda2 - 2).magnitude <= 2e-7)
        #expect((ends.lambdaMax - Double(2 * dimensions)).magnitude <= 1e-6)
    }

    @Test func `two halves joined by one edge do not hide their small eigenvalue`() throws {
        let half = try Graph.randomRegular(vertexCount: 400, degree: 4, seed: 1)
        let other = half.edges.map { Edge($0.low + 400, $0.high + 400) }
        let graph = Graph(vertexCount: 800, edges: half.edges + other + [Edge(7, 407)])
        let ends = try #require(LanczosEnds(of: graph))
        let spectrum = try Spectrum(of: graph)
        #expect(spectrum.lambda2 < 0.01)
        #expect((ends.lambda2 - spectrum.lambda2).magnitude <= Self.relative * spectrum.lambda2)
    }

    @Test func `10007 vertices plan with an interval widened by one percent`() throws {
        let graph = try Graph.randomRegular(vertexCount: 10_007, degree: 4, seed: 1)
        let spectrum = try Spectrum(of: graph)
        let again = try Spectrum(of: graph)
        #expect(spectrum == again)
        #expect(!spectrum.isComplete && spectrum.distinctNonzero.isEmpty)
        #expect(spectrum.lambda2Lower <= 0.99 * spectrum.lambda2)
        #expect(spectrum.lambda2Lower >= 0.98999 * spectrum.lambda2)
        #expect(spectrum.lambdaMaxUpper >= 1.01 * spectrum.lambdaMax)
        #expect(spectrum.lambdaMaxUpper <= 1.01001 * spectrum.lambdaMax)
        // The edge of a random 4-regular graph's spectrum is 4 ± 2√3 (Friedman 2008).
        #expect((spectrum.lambda2 - 0.5359).magnitude < 0.02)
        #expect((spectrum.lambdaMax - 7.4641).magnitude < 0.02)
        #expect(stepsTo(tolerance: 1e-9, weights: .finite, graph: graph, spectrum: spectrum) == nil)
        let steps = MixingPlan(weights: .chebyshev, graph: graph, spectrum: spectrum, tolerance: 1e-9).steps
        #expect((39...41).contains(steps), "\(steps)")
    }

    @Test func `a wider interval costs a step or two and no accuracy`() throws {
        let graph = try Graph.randomRegular(vertexCount: 1_009, degree: 4, seed: 1)
        let exact = MixingPlan(
            weights: .chebyshev, graph: graph, spectrum: try Spectrum(of: graph), tolerance: 1e-9)
        let widened = MixingPlan(
            weights: .chebyshev, graph: graph, spectrum: try Spectrum(endsOf: graph), tolerance: 1e-9)
        #expect(widened.steps >= exact.steps)
        #expect(widened.steps <= exact.steps + 2)
    }
}
