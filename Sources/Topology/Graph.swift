package import LinearAlgebra

/// An undirected edge between two different vertices.
package struct Edge: Hashable, Comparable, Sendable {
    /// The smaller vertex.
    package let low: Int
    /// The larger vertex.
    package let high: Int

    /// - Precondition: `a ≠ b`, both at least 0.
    package init(_ a: Int, _ b: Int) {
        precondition(a != b && a >= 0 && b >= 0, "no edge joins \(a) and \(b)")
        low = min(a, b)
        high = max(a, b)
    }

    package static func < (left: Edge, right: Edge) -> Bool {
        left.low != right.low ? left.low < right.low : left.high < right.high
    }
}

/// A simple undirected graph: no loops, no double edges, vertices `0 ..< vertexCount`.
///
/// Everything is kept sorted, so that two participants that build the same graph walk it in the same order.
package struct Graph: Sendable, Equatable {
    /// Vertices, at least 1.
    package let vertexCount: Int
    /// The edges, sorted, each once.
    package let edges: [Edge]
    /// `targets[offsets[v] ..< offsets[v + 1]]` are the neighbours of `v`, sorted.
    private let offsets: [Int]
    private let targets: [Int]

    /// - Parameter edges: in any order; repeated edges count once.
    /// - Precondition: `vertexCount ≥ 1`; every edge lies inside it.
    package init(vertexCount: Int, edges: [Edge]) {
        precondition(vertexCount >= 1, "a graph of \(vertexCount) vertices")
        var unique: [Edge] = []
        unique.reserveCapacity(edges.count)
        for edge in edges.sorted() where unique.last != edge { unique.append(edge) }
        var offsets = [Int](repeating: 0, count: vertexCount + 1)
        for edge in unique {
            precondition(edge.high < vertexCount, "vertex \(edge.high) in a graph of \(vertexCount)")
            offsets[edge.low + 1] += 1
            offsets[edge.high + 1] += 1
        }
        for vertex in 0..<vertexCount { offsets[vertex + 1] += offsets[vertex] }
        var next = offsets
        var targets = [Int](repeating: 0, count: 2 * unique.count)
        // Sorted edges meet the smaller neighbours of a vertex first, so each list comes out sorted.
        for edge in unique {
            targets[next[edge.high]] = edge.low
            next[edge.high] += 1
        }
        for edge in unique {
            targets[next[edge.low]] = edge.high
            next[edge.low] += 1
        }
        self.vertexCount = vertexCount
        self.edges = unique
        self.offsets = offsets
        self.targets = targets
    }

    /// The neighbours of `vertex`, ascending.
    package func neighbours(of vertex: Int) -> [Int] {
        precondition(vertex >= 0 && vertex < vertexCount, "vertex \(vertex) in a graph of \(vertexCount)")
        return Array(targets[offsets[vertex]..<offsets[vertex + 1]])
    }

    /// The number of neighbours of `vertex`.
    package func degree(of vertex: Int) -> Int {
        precondition(vertex >= 0 && vertex < vertexCount, "vertex \(vertex) in a graph of \(vertexCount)")
        return offsets[vertex + 1] - offsets[vertex]
    }

    /// The degrees of all vertices, in order.
    package var degrees: [Int] {
        (0..<vertexCount).map { offsets[$0 + 1] - offsets[$0] }
    }

    /// The largest degree.
    package var largestDegree: Int {
        degrees.reduce(0, max)
    }

    /// The smallest degree.
    package var smallestDegree: Int {
        degrees.reduce(vertexCount, min)
    }

    /// Whether every vertex reaches every other.
    package var isConnected: Bool {
        eccentricity(of: 0) != nil
    }

    /// The largest distance between two vertices, or `nil` if the graph is not connected.
    ///
    /// - Complexity: one breadth-first search per vertex.
    package var diameter: Int? {
        var largest = 0
        for vertex in 0..<vertexCount {
            guard let reach = eccentricity(of: vertex) else { return nil }
            largest = max(largest, reach)
        }
        return largest
    }

    /// The distance from `start` to the vertex farthest away, or `nil` if some vertex cannot be reached.
    private func eccentricity(of start: Int) -> Int? {
        var largest = 0
        for distance in distances(from: start) {
            guard distance >= 0 else { return nil }
            largest = max(largest, distance)
        }
        return largest
    }

    /// Edges on a shortest way from `start` to each vertex; −1 where there is none.
    package func distances(from start: Int) -> [Int] {
        precondition(start >= 0 && start < vertexCount, "vertex \(start) in a graph of \(vertexCount)")
        var distances = [Int](repeating: -1, count: vertexCount)
        distances[start] = 0
        var queue = [start]
        queue.reserveCapacity(vertexCount)
        var head = 0
        while head < queue.count {
            let vertex = queue[head]
            head += 1
            for index in offsets[vertex]..<offsets[vertex + 1] where distances[targets[index]] < 0 {
                distances[targets[index]] = distances[vertex] + 1
                queue.append(targets[index])
            }
        }
        return distances
    }

    /// The same graph with vertex `v` renamed to `permutation[v]`: same spectrum, degrees and diameter.
    ///
    /// - Precondition: `permutation` holds each of `0 ..< vertexCount` once.
    package func relabelled(by permutation: [Int]) -> Graph {
        precondition(
            permutation.count == vertexCount && permutation.sorted() == Array(0..<vertexCount),
            "no permutation of \(vertexCount): \(permutation.count) entries")
        return Graph(
            vertexCount: vertexCount,
            edges: edges.map { Edge(permutation[$0.low], permutation[$0.high]) })
    }

    /// `L x = D x − A x`, the neighbours of a vertex in ascending order.
    ///
    /// - Parameters:
    ///   - vector: x, shape `(vertexCount)`.
    ///   - result: overwritten, of the same shape.
    func applyLaplacian(to vector: [Double], result: inout [Double]) {
        precondition(
            vector.count == vertexCount && result.count == vertexCount,
            "\(vector.count) and \(result.count) values for \(vertexCount) vertices")
        for vertex in 0..<vertexCount {
            let own = vector[vertex]
            var sum = 0.0
            for index in offsets[vertex]..<offsets[vertex + 1] { sum += own - vector[targets[index]] }
            result[vertex] = sum
        }
    }

    /// `L = D − A`, shape `(vertexCount, vertexCount)`.
    package var laplacian: Matrix {
        var matrix = Matrix(rowCount: vertexCount, columnCount: vertexCount)
        for vertex in 0..<vertexCount { matrix[vertex, vertex] = Double(degree(of: vertex)) }
        for edge in edges {
            matrix[edge.low, edge.high] = -1
            matrix[edge.high, edge.low] = -1
        }
        return matrix
    }

    /// The graph that has exactly the edges this one has not.
    package var complement: Graph {
        var missing: [Edge] = []
        for vertex in 0..<vertexCount {
            var isNeighbour = [Bool](repeating: false, count: vertexCount)
            for index in offsets[vertex]..<offsets[vertex + 1] { isNeighbour[targets[index]] = true }
            for other in (vertex + 1)..<max(vertexCount, vertex + 1) where !isNeighbour[other] {
                missing.append(Edge(vertex, other))
            }
        }
        return Graph(vertexCount: vertexCount, edges: missing)
    }
}
