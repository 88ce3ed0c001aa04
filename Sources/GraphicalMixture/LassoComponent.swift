import LinearAlgebra

/// A graphical lasso whose variables are all connected: where to start, when to stop, what certifies the result.
struct LassoComponent {
    /// S, and on the diagonal Λ⁻¹'s, positive.
    let target: Matrix
    /// Λ of a similar problem.
    let previous: Matrix?
    let penalty: Double
    let accuracy: Double

    private var count: Int { target.rowCount }

    /// From the previous Λ if there is one, else or if that does not succeed from S.
    ///
    /// - Throws: ``GraphicalLassoError``.
    func solution() throws(GraphicalLassoError) -> GraphicalLassoSolution {
        if count == 1 {
            let precision = Matrix(rowCount: 1, columnCount: 1, elements: [1 / target[0, 0]])
            return GraphicalLassoSolution(precision: precision, dualityGap: 0, sweeps: 0, ridge: 0)
        }
        if penalty > 0, let descent = warmDescent() {
            let found = settled(descent, target: target, sweepsMax: GraphicalLassoLimits.warmSweepsMax)
            if found.dualityGap <= GraphicalLassoLimits.gapWanted * Double(count) { return found }
        }
        return try coldSolution()
    }

    private func coldSolution() throws(GraphicalLassoError) -> GraphicalLassoSolution {
        var target = target
        var jitter = 0.0
        while true {
            let (regular, start, factor) = try conditioned(target)
            target = regular
            let ridge = target[0, 0] - self.target[0, 0]
            if penalty == 0 {
                return GraphicalLassoSolution(
                    precision: factor.inverse, dualityGap: 0, sweeps: 0, ridge: ridge)
            }
            let descent = CovarianceDescent(target: target, start: start, penalty: penalty)
            let found = settled(
                descent, target: target, sweepsMax: GraphicalLassoLimits.sweepsMax, ridge: ridge)
            if found.dualityGap <= GraphicalLassoLimits.gapMax * Double(count) { return found }
            jitter = jitter == 0 ? GraphicalLassoLimits.firstRidge : 10 * jitter
            guard jitter <= GraphicalLassoLimits.ridgeMax else {
                throw .notConverged(sweeps: found.sweeps, dualityGap: found.dualityGap)
            }
            for index in 0..<count { target[index, index] += jitter }
        }
    }

    /// A target for which a safely positive definite W within ρ of S is known, that W and its factor. The diagonal is
    /// raised by factors of ten if there is no other way.
    private func conditioned(
        _ wanted: Matrix
    ) throws(GraphicalLassoError) -> (target: Matrix, start: Matrix, factor: CholeskyFactor) {
        var target = wanted
        var jitter = GraphicalLassoLimits.varianceMin
        while true {
            if let factor = Self.safeFactor(target) { return (target, target, factor) }
            let shrunk = shrunk(target)
            if let factor = Self.safeFactor(shrunk) { return (target, shrunk, factor) }
            guard jitter <= GraphicalLassoLimits.jitterMax else {
                throw .notPositiveDefinite(leadingMinor: count)
            }
            for index in 0..<count { target[index, index] += jitter }
            jitter *= 10
        }
    }

    private static func safeFactor(_ matrix: Matrix) -> CholeskyFactor? {
        guard let factor = try? CholeskyFactor(matrix) else { return nil }
        return factor.smallestPivot >= GraphicalLassoLimits.pivotMin ? factor : nil
    }

    /// (1 − t)·S off the diagonal with the largest t that stays within ρ: positive definite even if S is singular.
    private func shrunk(_ target: Matrix) -> Matrix {
        var largest = 0.0
        for row in 0..<count {
            for column in 0..<row { largest = max(largest, target[row, column].magnitude) }
        }
        let kept = 1 - penalty / largest
        var result = target
        for row in 0..<count {
            for column in 0..<count where column != row { result[row, column] *= kept }
        }
        return result
    }

    /// W = Λ⁻¹ of the previous Λ, clipped to S ± ρ, with its x_j = −Λ_j/Λ_jj; nil without a usable one. Whether this W
    /// is positive definite is left to the certificate of what comes of it.
    private func warmDescent() -> CovarianceDescent? {
        guard let previous, let factor = try? CholeskyFactor(previous) else { return nil }
        var start = factor.inverse
        for i in 0..<count * count {
            start.elements[i] = min(
                max(start.elements[i], target.elements[i] - penalty), target.elements[i] + penalty)
        }
        for j in 0..<count { start[j, j] = target[j, j] }
        return CovarianceDescent(target: target, start: start, previous: previous, penalty: penalty)
    }

    /// Runs a descent to `accuracy`, and further while the gap is not the wanted one and there is hope.
    private func settled(
        _ start: consuming CovarianceDescent, target: Matrix, sweepsMax: Int, ridge: Double = 0
    ) -> GraphicalLassoSolution {
        var descent = start
        var accuracy = accuracy
        while true {
            descent.run(accuracy: accuracy, sweepsMax: sweepsMax)
            let sparse = descent.precision
            let gap = dualityGap(precision: sparse, covariance: descent.estimate, target: target)
            if gap <= GraphicalLassoLimits.gapWanted * Double(count) {
                return GraphicalLassoSolution(
                    precision: sparse, dualityGap: gap, sweeps: descent.sweeps, ridge: ridge)
            }
            if descent.sweeps < sweepsMax && accuracy > GraphicalLassoLimits.accuracyMin {
                accuracy *= 0.1
                continue
            }
            // Rounding or the limit left the rows at odds. W⁻¹ is not sparse, but positive definite and near the
            // optimum.
            if let dense = try? CholeskyFactor(descent.estimate).inverse {
                let denseGap = dualityGap(precision: dense, covariance: descent.estimate, target: target)
                if denseGap < gap {
                    return GraphicalLassoSolution(
                        precision: dense, dualityGap: denseGap, sweeps: descent.sweeps, ridge: ridge)
                }
            }
            return GraphicalLassoSolution(
                precision: sparse, dualityGap: gap, sweeps: descent.sweeps, ridge: ridge)
        }
    }

    /// The objective at Λ less the dual value ln|V| + n, an upper bound on the error.
    ///
    /// V is within ρ of S and on that bound where Λ_ij ≠ 0, elsewhere W clipped; so tr(SΛ) + ρ‖Λ‖₁ = tr(VΛ) and the gap
    /// is tr(VΛ) − ln|VΛ| − n, of second order in V − Λ⁻¹.
    ///
    /// - Returns: ∞ where Λ or V is not positive definite.
    private func dualityGap(precision: Matrix, covariance: Matrix, target: Matrix) -> Double {
        guard let factor = try? CholeskyFactor(precision) else { return .infinity }
        var dual = target.elements
        let trace = bind(&dual, precision: precision.elements, covariance: covariance.elements)
        let bound = Matrix(rowCount: count, columnCount: count, elements: dual)
        guard let dualFactor = try? CholeskyFactor(bound) else { return .infinity }
        return trace - factor.logDeterminant - dualFactor.logDeterminant - Double(count)
    }

    /// S → V. Returns tr(VΛ).
    private func bind(_ dual: inout [Double], precision: [Double], covariance: [Double]) -> Double {
        var bound = dual.mutableSpan
        let (entries, estimate) = (precision.span, covariance.span)
        var trace = 0.0
        for row in 0..<count {
            for index in row * count..<(row + 1) * count {
                let entry = entries[index]
                let centre = bound[index]
                if index != row * count + row {
                    if entry == 0 {
                        bound[index] = min(max(estimate[index], centre - penalty), centre + penalty)
                        continue
                    }
                    bound[index] = centre + (entry < 0 ? -penalty : penalty)
                }
                trace += entry * bound[index]
            }
        }
        return trace
    }
}
