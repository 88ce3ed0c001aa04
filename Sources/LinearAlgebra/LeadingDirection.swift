/// The direction in which a Gaussian is widest, from the factor of its precision; portable arithmetic in a fixed order.
///
/// Power iteration on Λ⁻¹ by solves with Λ = RᵀR. Where the two largest variances almost coincide, the direction
/// is some mixture of theirs with nearly that variance: as wide, and the same bits at every participant.
package struct LeadingDirection: Sendable, Equatable {
    /// Unit length, shape `(d)`; its entry of largest magnitude is positive (the first of equals).
    package let direction: [Double]
    /// The variance along it, > 0.
    package let variance: Double

    /// Multiplications with Λ⁻¹ at most.
    private static let iterationsMax = 200
    /// The variance has settled when it grows by less, relatively.
    private static let tolerance = 1e-12

    /// - Parameter factor: R, shape `(d, d)`, upper triangular with a positive diagonal; d ≥ 1.
    /// - Complexity: O(d²) an iteration.
    package init(precisionFactor factor: CholeskyFactor) {
        let count = factor.upper.rowCount
        precondition(count > 0, "a direction in no dimensions")
        // The covariances of the column that varies most: close to the direction from the start.
        let inverse = factor.inverse
        var start = 0
        for index in 0..<count where inverse[index, index] > inverse[start, start] { start = index }
        var vector = (0..<count).map { inverse[$0, start] }
        var variance = 0.0
        for _ in 0..<Self.iterationsMax {
            let length = Self.length(vector)
            for index in 0..<count { vector[index] /= length }
            let image = factor.solve(vector)
            var next = 0.0
            for index in 0..<count { next += vector[index] * image[index] }
            let hasSettled = abs(next - variance) <= Self.tolerance * next
            variance = next
            vector = image
            if hasSettled { break }
        }
        self.init(vector, variance: variance)
    }

    /// The direction that only `rank` others, at right angles to it, are wider than.
    ///
    /// - Parameters:
    ///   - covariance: shape `(d, d)`, positive definite.
    ///   - rank: 0…d − 1.
    /// - Complexity: O(d³).
    package init(covariance: Matrix, rank: Int) {
        let count = covariance.rowCount
        precondition((0..<count).contains(rank), "direction \(rank) of \(count)")
        let eigen = PortableEigenvectors(covariance)
        let ordered = eigen.values.indices.sorted { (eigen.values[$1], $0) < (eigen.values[$0], $1) }
        self.init(
            (0..<count).map { eigen.vectors[$0, ordered[rank]] }, variance: eigen.values[ordered[rank]])
    }

    private init(_ vector: [Double], variance: Double) {
        let length = Self.length(vector)
        var largest = 0
        for index in vector.indices where vector[index].magnitude > vector[largest].magnitude {
            largest = index
        }
        let sign: Double = vector[largest] < 0 ? -1 : 1
        direction = vector.map { sign * $0 / length }
        self.variance = variance
    }

    private static func length(_ vector: [Double]) -> Double {
        var square = 0.0
        for value in vector { square += value * value }
        return square.squareRoot()
    }
}
