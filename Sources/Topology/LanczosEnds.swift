import LinearAlgebra

/// The ends λ2 and λN of the spectrum of a large Laplacian (Lanczos 1950), from products with the graph alone.
///
/// The null vector, all ones, is known and taken out of every vector, so that the smallest eigenvalue left is λ2. The
/// other vectors are not kept: what the recurrence loses of their orthogonality only repeats eigenvalues that it has
/// found already, and the ends stay right (Paige 1980). An end counts as found when its residual, the coupling times the
/// last entry of its eigenvector, is small beside it. Portable arithmetic in a fixed order from a fixed start: every
/// member gets the same bits.
struct LanczosEnds {
    /// Residual allowed, relative to the eigenvalue; its error is of the square of that order beside the gap.
    private static let residual = 1e-6
    /// Steps beyond the number of vertices that lost orthogonality may cost.
    private static let stepsPerVertex = 6
    private static let stepsFirst = 48

    let lambda2: Double
    let lambdaMax: Double
    /// Products with the Laplacian that it took.
    let products: Int

    /// - Parameter graph: connected, of at least three vertices.
    /// - Returns: `nil` where the ends are not found within a multiple of the number of vertices.
    init?(of graph: Graph) {
        let count = graph.vertexCount
        precondition(count >= 3, "the ends of a spectrum of \(count)")
        var generator = SeededGenerator(seed: 1, label: "lanczos")
        var current = NormalSampler.sample(count: count, using: &generator)
        Self.removeMean(&current)
        Self.scale(&current, by: 1 / Self.norm(current))
        var before = [Double](repeating: 0, count: count)
        var matrix = TridiagonalMatrix()
        var coupling = 0.0
        let bound = 2 * Double(graph.largestDegree) + 1
        var checkAt = min(Self.stepsFirst, count - 1)
        for step in 1...(Self.stepsPerVertex * count) {
            var next = [Double](repeating: 0, count: count)
            graph.applyLaplacian(to: current, result: &next)
            let value = Self.product(current, next)
            Self.subtract(value, current, coupling, before, from: &next)
            Self.removeMean(&next)
            matrix.append(diagonal: value, coupling: coupling)
            coupling = Self.norm(next)
            // Nothing is left where the vectors so far hold all that the graph can do to the start.
            let isExhausted = coupling < 1e-10 * bound
            if step == checkAt || isExhausted {
                let low = matrix.eigenvalue(rank: 0, in: 0...bound)
                let high = matrix.eigenvalue(rank: step - 1, in: 0...bound)
                let isFound =
                    coupling * matrix.lastEntry(of: low) <= Self.residual * low
                    && coupling * matrix.lastEntry(of: high) <= Self.residual * high
                if isExhausted || isFound {
                    lambda2 = low
                    lambdaMax = high
                    products = step
                    return
                }
                checkAt = step + step / 4
            }
            Self.scale(&next, by: 1 / coupling)
            before = current
            current = next
        }
        return nil
    }

    private static func removeMean(_ vector: inout [Double]) {
        var sum = 0.0
        for value in vector { sum += value }
        let mean = sum / Double(vector.count)
        for index in vector.indices { vector[index] -= mean }
    }

    private static func scale(_ vector: inout [Double], by factor: Double) {
        for index in vector.indices { vector[index] *= factor }
    }

    private static func norm(_ vector: [Double]) -> Double { product(vector, vector).squareRoot() }

    private static func product(_ left: [Double], _ right: [Double]) -> Double {
        var sum = 0.0
        for index in left.indices { sum += left[index] * right[index] }
        return sum
    }

    /// `next −= value · current + coupling · before`.
    private static func subtract(
        _ value: Double, _ current: [Double], _ coupling: Double, _ before: [Double],
        from next: inout [Double]
    ) {
        for index in next.indices { next[index] -= value * current[index] + coupling * before[index] }
    }
}
