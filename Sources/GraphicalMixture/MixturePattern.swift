package import LinearAlgebra

/// One Gaussian of the dictionary: μ_k and Λ_k, with the rows that spoke for it.
package struct MixturePattern: Sendable, Equatable {
    /// N̄_k, rows of all participants, ≥ 1 after the first round.
    package let count: Double
    /// μ_k, shape `(d)`, in standardised units.
    package let mean: [Double]
    /// Λ_k, shape `(d, d)`, exactly symmetric, positive definite.
    package let precision: Matrix
    /// R with Λ = RᵀR, shape `(d, d)`, upper triangular; portable arithmetic.
    package let factor: Matrix
    /// ln|Λ|; portable arithmetic.
    package let logDeterminant: Double

    /// - Throws: ``LinearAlgebraError/notPositiveDefinite(leadingMinor:)``.
    package init(count: Double, mean: [Double], precision: Matrix) throws(LinearAlgebraError) {
        precondition(
            precision.rowCount == mean.count && precision.columnCount == mean.count,
            "a precision of \(precision.rowCount) × \(precision.columnCount) for \(mean.count) means")
        let cholesky = try CholeskyFactor(precision)
        self.count = count
        self.mean = mean
        self.precision = precision
        self.factor = cholesky.upper
        self.logDeterminant = cholesky.logDeterminant
    }

    private init(count: Double, mean: [Double], shapeOf pattern: MixturePattern) {
        self.count = count
        self.mean = mean
        self.precision = pattern.precision
        self.factor = pattern.factor
        self.logDeterminant = pattern.logDeterminant
    }

    /// The same shape elsewhere.
    func moved(to mean: [Double], count: Double) -> MixturePattern {
        precondition(mean.count == self.mean.count, "\(mean.count) means for \(self.mean.count)")
        return MixturePattern(count: count, mean: mean, shapeOf: self)
    }

    /// μ with unit precision, where every start begins.
    package init(startMean mean: [Double]) {
        var identity = Matrix(rowCount: mean.count, columnCount: mean.count)
        for index in mean.indices { identity[index, index] = 1 }
        self.count = 0
        self.mean = mean
        self.precision = identity
        self.factor = identity
        self.logDeterminant = 0
    }
}
