/// How the agreement says the graph is made, whatever the size of the roster.
package struct GraphRecipe: Sendable, Equatable {
    /// Where the edges come from.
    package enum Source: Sendable, Equatable {
        /// A family; degree and seed matter to `random-regular` and to substitutes.
        case family(GraphFamily, degree: Int, seed: UInt64)
        /// The agreement's own list, by position in the order of participants.
        case edges([Edge])
    }

    /// A graph, and the family it belongs to after substitution.
    package struct Built: Sendable, Equatable {
        /// The graph.
        package let graph: Graph
        /// The family in force; `nil` for explicit edges.
        package let family: GraphFamily?
        /// Whether the family asked for does not exist at this size.
        package let isSubstitute: Bool
    }

    /// The degree of a substitute, and the default one.
    package static let defaultDegree = 4

    /// Where the edges come from.
    package let source: Source

    /// A member of a family.
    ///
    /// - Parameters:
    ///   - degree: used by `random-regular` only.
    ///   - seed: used by `random-regular` and by substitutes.
    package init(family: GraphFamily, degree: Int = GraphRecipe.defaultDegree, seed: UInt64 = 1) {
        source = .family(family, degree: degree, seed: seed)
    }

    /// Explicit edges, as pairs of positions in the order of participants.
    ///
    /// - Throws: ``TopologyError/loop(vertex:)``; ``TopologyError/vertexOutOfRange(vertex:vertexCount:)`` for
    ///   a negative position.
    package init(edges: [(Int, Int)]) throws(TopologyError) {
        var list: [Edge] = []
        for (first, second) in edges {
            guard first != second else { throw .loop(vertex: first) }
            let lowest = min(first, second)
            guard lowest >= 0 else { throw .vertexOutOfRange(vertex: lowest, vertexCount: edges.count) }
            list.append(Edge(first, second))
        }
        source = .edges(list)
    }

    /// Whether the edges are the agreement's own: such graphs are never relabelled.
    package var hasExplicitEdges: Bool {
        if case .edges = source { true } else { false }
    }

    /// The recipe for some of the participants: explicit edges among them, numbered anew; families stay as they are.
    ///
    /// - Parameter members: positions in the order of participants, ascending.
    package func induced(on members: [Int]) -> GraphRecipe {
        guard case .edges(let edges) = source else { return self }
        var places: [Int: Int] = [:]
        for (place, member) in members.enumerated() { places[member] = place }
        let kept = edges.compactMap { edge -> Edge? in
            guard let low = places[edge.low], let high = places[edge.high] else { return nil }
            return Edge(low, high)
        }
        return GraphRecipe(source: .edges(kept))
    }

    private init(source: Source) {
        self.source = source
    }

    /// The graph on `vertexCount` vertices, connected.
    ///
    /// A family that does not exist at this size gives way to random-regular of degree 4 with the same seed,
    /// which is complete up to five vertices (docs/interface.md, Defaults).
    ///
    /// - Throws: ``TopologyError``: the degree or seed yields no graph, an edge lies outside, not connected.
    package func build(vertexCount: Int) throws(TopologyError) -> Built {
        switch source {
        case .edges(let edges):
            for edge in edges where edge.high >= vertexCount {
                throw .vertexOutOfRange(vertex: edge.high, vertexCount: vertexCount)
            }
            let graph = Graph(vertexCount: vertexCount, edges: edges)
            guard graph.isConnected else {
                throw .disconnected(vertexCount: vertexCount, edgeCount: graph.edges.count)
            }
            return Built(graph: graph, family: nil, isSubstitute: false)
        case .family(let family, let degree, let seed):
            if family.exists(vertexCount: vertexCount) {
                return try Self.member(of: family, vertexCount: vertexCount, degree: degree, seed: seed)
            }
            let member = try Self.member(
                of: .randomRegular, vertexCount: vertexCount, degree: Self.defaultDegree, seed: seed)
            return Built(graph: member.graph, family: member.family, isSubstitute: true)
        }
    }

    private static func member(
        of family: GraphFamily, vertexCount: Int, degree: Int, seed: UInt64
    ) throws(TopologyError) -> Built {
        switch family {
        case .cycleInverseChords:
            return Built(
                graph: .cycleInverseChords(vertexCount: vertexCount), family: family, isSubstitute: false)
        case .ring:
            return Built(graph: .ring(vertexCount: vertexCount), family: family, isSubstitute: false)
        case .complete:
            return Built(graph: .complete(vertexCount: vertexCount), family: family, isSubstitute: false)
        case .hypercube:
            return Built(graph: .hypercube(vertexCount: vertexCount), family: family, isSubstitute: false)
        case .randomRegular:
            let graph = try Graph.randomRegular(vertexCount: vertexCount, degree: degree, seed: seed)
            let isComplete = vertexCount <= degree + 1
            return Built(graph: graph, family: isComplete ? .complete : family, isSubstitute: false)
        }
    }
}
