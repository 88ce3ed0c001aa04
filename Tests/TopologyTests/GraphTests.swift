import LinearAlgebra
import Testing

@testable import Topology

@Suite struct GraphTests {
    @Test func `edges are sorted, unique and seen from both ends`() {
        let graph = Graph(vertexCount: 4, edges: [Edge(3, 1), Edge(0, 1), Edge(1, 3)])
        #expect(graph.edges == [Edge(0, 1), Edge(1, 3)])
        #expect(graph.neighbours(of: 1) == [0, 3])
        #expect(graph.neighbours(of: 2).isEmpty)
        #expect(graph.degrees == [1, 2, 0, 1])
        #expect(!graph.isConnected)
        #expect(graph.diameter == nil)
    }

    @Test func `a relabelled graph keeps degrees, diameter and spectrum`() throws {
        let graph = Graph.cycleInverseChords(vertexCount: 31)
        var generator = SeededGenerator(seed: 9)
        let relabelled = graph.relabelled(by: permutation(of: 31, using: &generator))
        #expect(relabelled != graph)
        #expect(relabelled.degrees.sorted() == graph.degrees.sorted())
        #expect(relabelled.diameter == graph.diameter)
        let one = try Spectrum(of: graph)
        let other = try Spectrum(of: relabelled)
        #expect(one.lambda2Lower == other.lambda2Lower)
        #expect(one.lambdaMaxUpper == other.lambdaMaxUpper)
        #expect(one.distinctNonzero.count == other.distinctNonzero.count)
    }

    @Test func `the complement of the complement is the graph`() {
        let graph = Graph.cycleInverseChords(vertexCount: 13)
        #expect(graph.complement.complement == graph)
    }

    @Test func `the Laplacian has zero rows and the degrees on its diagonal`() {
        let matrix = Graph.ring(vertexCount: 5).laplacian
        for row in 0..<5 {
            #expect((0..<5).reduce(0.0) { $0 + matrix[row, $1] } == 0)
            #expect(matrix[row, row] == 2)
        }
    }

    @Test func `the chords at 31 are those of the paper's figure`() {
        let graph = Graph.cycleInverseChords(vertexCount: 31)
        #expect(graph.edges.count == 43)
        #expect(graph.degrees.filter { $0 == 2 }.count == 7)
        // 2 · 16 = 32 = 1 modulo 31.
        #expect(graph.neighbours(of: 2) == [1, 3, 16])
    }

    @Test(arguments: [1, 2, 3, 4, 5, 8])
    func `small rings, complete graphs and hypercubes are what they should be`(vertexCount: Int) {
        let ring = Graph.ring(vertexCount: vertexCount)
        #expect(ring.edges.count == (vertexCount == 1 ? 0 : vertexCount == 2 ? 1 : vertexCount))
        #expect(Graph.complete(vertexCount: vertexCount).edges.count == vertexCount * (vertexCount - 1) / 2)
        if GraphFamily.hypercube.exists(vertexCount: vertexCount) {
            let cube = Graph.hypercube(vertexCount: vertexCount)
            #expect(cube.degrees.allSatisfy { 1 << $0 == vertexCount })
            #expect(cube.isConnected)
        }
    }
}

@Suite struct RandomRegularTests {
    @Test(arguments: [6, 7, 9, 31, 64, 101], [2, 3, 4, 5, 21])
    func `a draw is simple, connected and regular but for one vertex of an odd product`(
        vertexCount: Int, degree: Int
    ) throws {
        let graph = try Graph.randomRegular(vertexCount: vertexCount, degree: degree, seed: 1)
        #expect(graph.isConnected)
        let reach = min(degree, vertexCount - 1)
        let isOdd = reach == degree && vertexCount * degree % 2 == 1
        #expect(graph.degrees.dropLast().allSatisfy { $0 == reach })
        #expect(graph.degrees[vertexCount - 1] == (isOdd && vertexCount > degree + 1 ? reach - 1 : reach))
    }

    @Test func `the same seed draws the same graph and another seed another`() throws {
        let graph = try Graph.randomRegular(vertexCount: 31, degree: 4, seed: 1)
        #expect(try Graph.randomRegular(vertexCount: 31, degree: 4, seed: 1) == graph)
        #expect(try Graph.randomRegular(vertexCount: 31, degree: 4, seed: 2) != graph)
    }

    @Test func `a degree below two is refused`() {
        #expect(throws: TopologyError.degreeTooSmall(degree: 1, minimum: 2)) {
            try Graph.randomRegular(vertexCount: 8, degree: 1, seed: 1)
        }
    }
}

@Suite struct GraphRecipeTests {
    @Test func `chords at a size that is not prime become random-regular of degree 4`() throws {
        let built = try GraphRecipe(family: .cycleInverseChords, degree: 7, seed: 3).build(vertexCount: 30)
        #expect(built.isSubstitute)
        #expect(built.family == .randomRegular)
        #expect(built.graph == (try Graph.randomRegular(vertexCount: 30, degree: 4, seed: 3)))
    }

    @Test func `a hypercube of six becomes random-regular and one of four stays`() throws {
        let recipe = GraphRecipe(family: .hypercube)
        #expect(try recipe.build(vertexCount: 6).family == .randomRegular)
        let four = try recipe.build(vertexCount: 4)
        #expect(four.family == .hypercube)
        #expect(!four.isSubstitute)
    }

    @Test(arguments: 1...5)
    func `the default is complete up to five participants`(vertexCount: Int) throws {
        let built = try GraphRecipe(family: .randomRegular).build(vertexCount: vertexCount)
        #expect(built.graph == Graph.complete(vertexCount: vertexCount))
        #expect(built.family == .complete)
        #expect(!built.isSubstitute)
    }

    @Test func `explicit edges are taken as they are`() throws {
        let recipe = try GraphRecipe(edges: [(0, 1), (2, 1)])
        let built = try recipe.build(vertexCount: 3)
        #expect(built.family == nil)
        #expect(built.graph.edges == [Edge(0, 1), Edge(1, 2)])
    }

    @Test func `explicit edges that loop, lead outside or leave somebody alone are refused`() throws {
        #expect(throws: TopologyError.loop(vertex: 2)) { try GraphRecipe(edges: [(2, 2)]) }
        let recipe = try GraphRecipe(edges: [(0, 1), (1, 3)])
        #expect(throws: TopologyError.vertexOutOfRange(vertex: 3, vertexCount: 3)) {
            try recipe.build(vertexCount: 3)
        }
        #expect(throws: TopologyError.disconnected(vertexCount: 5, edgeCount: 2)) {
            try recipe.build(vertexCount: 5)
        }
    }
}

@Suite struct SpectrumTests {
    @Test func `ends are rounded outward to six digits, and exact values stay`() throws {
        #expect(rounded(0.225_812_345, digits: 6, .down) == 0.225_812)
        #expect(rounded(5.509_876_54, digits: 6, .up) == 5.509_88)
        #expect(rounded(1.999_999_999_999_9, digits: 6, .down) == 2)
        #expect(rounded(31.000_000_000_000_1, digits: 6, .up) == 31)
        let spectrum = try Spectrum(of: .cycleInverseChords(vertexCount: 101))
        #expect(spectrum.lambda2Lower <= spectrum.lambda2)
        #expect(spectrum.lambdaMaxUpper >= spectrum.lambdaMax)
        #expect(spectrum.lambda2 - spectrum.lambda2Lower < 1e-5 * spectrum.lambda2)
    }

    @Test func `a graph in two parts has no spectrum to plan with`() {
        let graph = Graph(vertexCount: 4, edges: [Edge(0, 1), Edge(2, 3)])
        #expect(throws: TopologyError.disconnected(vertexCount: 4, edgeCount: 2)) { try Spectrum(of: graph) }
    }
}
