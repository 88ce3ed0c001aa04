/// The graph families an agreement can name.
package enum GraphFamily: String, Sendable, CaseIterable {
    /// The paper's expander: `x ~ x ± 1` and `x ~ x⁻¹` modulo a prime.
    case cycleInverseChords = "cycle-inverse-chords"
    /// A seeded random graph in which every vertex has the same degree.
    case randomRegular = "random-regular"
    /// A single cycle.
    case ring
    /// Every pair joined.
    case complete
    /// `2^m` vertices, joined where their numbers differ in one bit.
    case hypercube

    /// Whether the family has a member with `vertexCount` vertices.
    package func exists(vertexCount: Int) -> Bool {
        switch self {
        case .cycleInverseChords: isPrime(vertexCount)
        case .hypercube: vertexCount > 0 && vertexCount & (vertexCount - 1) == 0
        case .randomRegular, .ring, .complete: vertexCount > 0
        }
    }
}

/// Whether `number` is prime, by trial division.
func isPrime(_ number: Int) -> Bool {
    guard number >= 2 else { return false }
    var divisor = 2
    while divisor * divisor <= number {
        if number % divisor == 0 { return false }
        divisor += 1
    }
    return true
}

extension Graph {
    /// A cycle; of two vertices a single edge, of one none.
    package static func ring(vertexCount: Int) -> Graph {
        guard vertexCount > 1 else { return Graph(vertexCount: vertexCount, edges: []) }
        return Graph(
            vertexCount: vertexCount,
            edges: (0..<vertexCount).map { Edge($0, ($0 + 1) % vertexCount) })
    }

    /// The graph with all edges.
    package static func complete(vertexCount: Int) -> Graph {
        Graph(vertexCount: vertexCount, edges: []).complement
    }

    /// Vertices `0 ..< 2^m`, joined where their numbers differ in one bit.
    ///
    /// - Precondition: `vertexCount` is a power of two.
    package static func hypercube(vertexCount: Int) -> Graph {
        precondition(
            GraphFamily.hypercube.exists(vertexCount: vertexCount), "no hypercube has \(vertexCount) vertices"
        )
        var edges: [Edge] = []
        for vertex in 0..<vertexCount {
            var bit = 1
            while bit < vertexCount {
                if vertex & bit == 0 { edges.append(Edge(vertex, vertex | bit)) }
                bit <<= 1
            }
        }
        return Graph(vertexCount: vertexCount, edges: edges)
    }

    /// The cycle with inverse chords: `x ~ x ± 1` and `x ~ x⁻¹` in `Z_p`.
    ///
    /// A simple graph: 0, 1 and `p − 1`, which are their own partners, have degree 2, and so have the ends of
    /// a chord that falls on a cycle edge (mathematics.md §1).
    ///
    /// - Precondition: `vertexCount` is prime.
    package static func cycleInverseChords(vertexCount prime: Int) -> Graph {
        precondition(isPrime(prime), "\(prime) is not prime")
        var edges = ring(vertexCount: prime).edges
        for vertex in 1..<prime {
            let inverse = power(vertex, prime - 2, modulo: prime)
            if vertex < inverse { edges.append(Edge(vertex, inverse)) }
        }
        return Graph(vertexCount: prime, edges: edges)
    }

    /// `base^exponent` modulo `modulus < 2^31`, by squaring.
    private static func power(_ base: Int, _ exponent: Int, modulo modulus: Int) -> Int {
        var result = 1
        var square = base % modulus
        var remaining = exponent
        while remaining > 0 {
            if remaining & 1 == 1 { result = result * square % modulus }
            square = square * square % modulus
            remaining >>= 1
        }
        return result % modulus
    }
}
