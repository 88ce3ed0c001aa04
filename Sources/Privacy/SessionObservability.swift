import LinearAlgebra
package import Topology

/// What a coalition can compute of one session's starting vectors, exactly (mathematics.md §4).
///
/// In step t a member sends p_t(L)·u to its neighbours, p_t a polynomial of degree t that everybody knows. A coalition
/// sees every vector of its members and of their neighbours, hence the span of e_jᵀLᵗ over these j and the steps
/// watched, whatever the weights. What it can compute of u is that span, no more and no less: arithmetic is exact, over
/// GF(2⁶¹ − 1). Flooding of the maximum adds the agreed average.
package struct SessionObservability: Sendable, Equatable {
    /// The dimension of what is known, of `graph.vertexCount`.
    package let rank: Int
    /// The first step after whose messages everything is known; nil if that never comes.
    package let fullRankStep: Int?
    /// A basis, over GF(2⁶¹ − 1), of the starting vectors that leave no trace in what the coalition sees.
    package let unseen: [[UInt64]]

    /// - Parameters:
    ///   - graph: of the session, labels as in the roster.
    ///   - coalition: places in the roster, each once, at least one.
    ///   - steps: messages of steps `0…steps` are seen; later ones than S − 1 tell nothing new.
    /// - Complexity: O(S³).
    package init(graph: Graph, coalition: [Int], steps: Int) {
        let count = graph.vertexCount
        precondition(!coalition.isEmpty && steps >= 0, "\(coalition.count) colluders watch \(steps) steps")
        var space = PrimeFieldEchelon(columnCount: count)
        // A chain e_jᵀLᵗ that meets the space stays in it at all later steps, so it need not be followed.
        var chains: [[UInt64]] = watched(by: coalition, in: graph).map { vertex in
            var row = [UInt64](repeating: 0, count: count)
            row[vertex] = 1
            return row
        }
        var full: Int?
        var step = 0
        while true {
            chains = chains.filter { space.insert($0) }
            if space.isFull { full = step }
            if full != nil || chains.isEmpty || step == steps { break }
            step += 1
            chains = chains.map { laplacianTimes($0, graph) }
        }
        // All members end with the average.
        space.insert([UInt64](repeating: 1, count: count))
        rank = space.rank
        fullRankStep = full
        unseen = space.nullSpace
    }

    /// The places s whose starting value is known, ascending: those in which no unseen vector has an entry.
    package var determined: [Int] {
        let count = unseen.first.map(\.count) ?? rank
        return (0..<count).filter { place in unseen.allSatisfy { $0[place] == 0 } }
    }
}

/// The coalition and its neighbours, ascending: whose messages it sees.
func watched(by coalition: [Int], in graph: Graph) -> [Int] {
    var isWatched = [Bool](repeating: false, count: graph.vertexCount)
    for member in coalition {
        precondition(member >= 0 && member < graph.vertexCount, "colluder \(member) of \(graph.vertexCount)")
        isWatched[member] = true
        for neighbour in graph.neighbours(of: member) { isWatched[neighbour] = true }
    }
    return isWatched.indices.filter { isWatched[$0] }
}

/// `L·v` over GF(2⁶¹ − 1).
func laplacianTimes(_ vector: [UInt64], _ graph: Graph) -> [UInt64] {
    var result = vector.indices.map { vertex in
        PrimeField.product(vector[vertex], UInt64(graph.degree(of: vertex)))
    }
    for edge in graph.edges {
        result[edge.low] = PrimeField.difference(result[edge.low], vector[edge.high])
        result[edge.high] = PrimeField.difference(result[edge.high], vector[edge.low])
    }
    return result
}
