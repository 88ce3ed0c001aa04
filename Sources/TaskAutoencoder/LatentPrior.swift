package import LinearAlgebra

/// A participant's own density of latents, p^s(z) = N(μ^s, C^s), never wider than N(0, I): its π^s.
///
/// What is normal for all can be odd for one; the decoder is shared, so the difference lies in where the own rows'
/// latents are. Private.
package struct LatentPrior: Sendable, Equatable {
    /// μ^s, shape `(d)`.
    package let mean: [Double]
    /// C^s, shape `(d, d)`, symmetric positive definite.
    package let covariance: Matrix
    /// (C^s)⁻¹, shape `(d, d)`.
    private let precision: Matrix
    private let logDeterminant: Double

    /// No eigenvalue is smaller: rows whose latents are all alike still leave a density.
    private static let eigenvalueFloor = 1e-6

    /// - Throws: ``LinearAlgebraError/notPositiveDefinite(leadingMinor:)``.
    package init(mean: [Double], covariance: Matrix) throws(LinearAlgebraError) {
        precondition(
            covariance.rowCount == mean.count && covariance.columnCount == mean.count,
            "a covariance of \(covariance.rowCount) for \(mean.count) latents")
        let factor = try CholeskyFactor(covariance)
        self.mean = mean
        self.covariance = covariance
        self.precision = factor.inverse
        self.logDeterminant = factor.logDeterminant
    }

    /// Fits the posteriors of the own rows, drawn towards N(0, I) where rows are few.
    ///
    /// With n rows and w = n/(n + 2d): μ = w mean(m), C = w (cov m + diag mean h²) + (1 − w) I, eigenvalues cut at 1.
    ///
    /// - Parameters:
    ///   - means: m, shape `(n, d)`, finite.
    ///   - deviations: h, shape `(n, d)`, > 0.
    /// - Returns: nil without rows.
    package init?(means: [Float], deviations: [Float], latentCount d: Int) {
        let n = means.count / d
        precondition(
            means.count == n * d && deviations.count == n * d, "\(means.count) and \(deviations.count)")
        guard n > 0 else { return nil }
        var average = [Double](repeating: 0, count: d)
        for row in 0..<n {
            for unit in 0..<d { average[unit] += Double(means[row * d + unit]) / Double(n) }
        }
        var spread = Matrix(rowCount: d, columnCount: d)
        for row in 0..<n {
            for i in 0..<d {
                let left = Double(means[row * d + i]) - average[i]
                for j in i..<d {
                    spread.elements[i * d + j] += left * (Double(means[row * d + j]) - average[j]) / Double(n)
                }
                let h = Double(deviations[row * d + i])
                spread.elements[i * d + i] += h * h / Double(n)
            }
        }
        let weight = Double(n) / Double(n + 2 * d)
        for i in 0..<d {
            for j in i..<d {
                let value = weight * spread.elements[i * d + j] + (i == j ? 1 - weight : 0)
                spread.elements[i * d + j] = value
                spread.elements[j * d + i] = value
            }
        }
        guard spread.elements.allSatisfy({ $0.isFinite }) else { return nil }
        try? self.init(mean: average.map { weight * $0 }, covariance: Self.cut(spread))
    }

    /// The matrix with its eigenvalues held in `eigenvalueFloor`…1, exactly symmetric.
    private static func cut(_ matrix: Matrix) -> Matrix {
        let d = matrix.rowCount
        let eigen = SymmetricEigen(matrix)
        let values = eigen.values.map { min(max($0, eigenvalueFloor), 1) }
        var result = Matrix(rowCount: d, columnCount: d)
        for i in 0..<d {
            for j in i..<d {
                var sum = 0.0
                for k in 0..<d { sum += eigen.vectors[i, k] * values[k] * eigen.vectors[j, k] }
                result[i, j] = sum
                result[j, i] = sum
            }
        }
        return result
    }

    /// KL(N(m, diag h²) ‖ p^s) = ½[Σ h² (C⁻¹)_uu + (m−μ)ᵀ C⁻¹ (m−μ) − d + ln|C| − Σ ln h²].
    ///
    /// - Parameters:
    ///   - means: at least (row + 1)·d entries.
    ///   - deviations: likewise, > 0.
    package func divergence(means: [Float], deviations: [Float], row: Int) -> Double {
        let d = mean.count
        let difference = (0..<d).map { Double(means[row * d + $0]) - mean[$0] }
        var sum = logDeterminant - Double(d)
        for i in 0..<d {
            let h = Double(deviations[row * d + i])
            sum += h * h * precision.elements[i * d + i] - 2 * PortableMath.ln(h)
            var product = 0.0
            for j in 0..<d { product += precision.elements[i * d + j] * difference[j] }
            sum += difference[i] * product
        }
        return 0.5 * sum
    }
}
