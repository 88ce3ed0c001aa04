import LinearAlgebra

extension Graph {
    /// Seeds tried before a random-regular graph is given up.
    private static let seedsTried = 10_000

    /// A connected random graph of the given degree: the same for everybody who has the seed.
    ///
    /// Half-edges are shuffled and paired; loops and repeated pairs are repaired by swaps with random good
    /// edges. With an odd number of half-edges the last vertex gets one less. Up to `degree + 1` vertices the
    /// graph is complete. A draw that is not connected gives way to that of the next seed.
    ///
    /// - Parameter degree: at least 2.
    /// - Throws: ``TopologyError/degreeTooSmall(degree:minimum:)``;
    ///   ``TopologyError/noConnectedDraw(vertexCount:degree:seedsTried:)``.
    package static func randomRegular(
        vertexCount: Int, degree: Int, seed: UInt64
    ) throws(TopologyError) -> Graph {
        guard degree >= 2 else { throw .degreeTooSmall(degree: degree, minimum: 2) }
        guard vertexCount > degree + 1 else { return complete(vertexCount: vertexCount) }
        var degrees = [Int](repeating: degree, count: vertexCount)
        if vertexCount * degree % 2 == 1 { degrees[vertexCount - 1] -= 1 }
        // Pairing works best on sparse graphs; a dense one is the complement of a sparse one.
        let isDense = 2 * degree >= vertexCount
        let drawn = isDense ? degrees.map { vertexCount - 1 - $0 } : degrees
        for attempt in 0..<UInt64(seedsTried) {
            var generator = SeededGenerator(seed: seed &+ attempt, label: "random-regular")
            guard let edges = pairing(degrees: drawn, using: &generator) else { continue }
            let graph = Graph(vertexCount: vertexCount, edges: edges)
            let candidate = isDense ? graph.complement : graph
            if candidate.isConnected { return candidate }
        }
        throw .noConnectedDraw(vertexCount: vertexCount, degree: degree, seedsTried: seedsTried)
    }

    /// One draw of a simple graph with these degrees, or `nil` if the repair got stuck.
    private static func pairing(degrees: [Int], using generator: inout SeededGenerator) -> [Edge]? {
        var stubs: [Int] = []
        for (vertex, degree) in degrees.enumerated() {
            for _ in 0..<degree { stubs.append(vertex) }
        }
        let order = permutation(of: stubs.count, using: &generator)
        var good: [Edge] = []
        var known: Set<Edge> = []
        var bad: [(Int, Int)] = []
        for index in stride(from: 0, to: order.count, by: 2) {
            let first = stubs[order[index]]
            let second = stubs[order[index + 1]]
            if first != second, known.insert(Edge(first, second)).inserted {
                good.append(Edge(first, second))
            } else {
                bad.append((first, second))
            }
        }
        var swapsLeft = 200 * (bad.count + 1)
        while let (first, second) = bad.last {
            guard swapsLeft > 0, !good.isEmpty else { return nil }
            swapsLeft -= 1
            let position = Int(uniform(below: UInt64(good.count), using: &generator))
            let edge = good[position]
            let isTurned = generator.next() >> 63 == 1
            let (third, fourth) = isTurned ? (edge.high, edge.low) : (edge.low, edge.high)
            guard first != third, second != fourth else { continue }
            let one = Edge(first, third)
            let other = Edge(second, fourth)
            guard one != other, !known.contains(one), !known.contains(other) else { continue }
            known.remove(edge)
            known.insert(one)
            known.insert(other)
            good[position] = one
            good.append(other)
            bad.removeLast()
        }
        return good
    }
}
