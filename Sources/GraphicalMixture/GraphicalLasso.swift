package import LinearAlgebra

/// Why a graphical lasso has no answer.
package enum GraphicalLassoError: Error, Equatable {
    /// The duality gap after the last sweep is still above the limit.
    case notConverged(sweeps: Int, dualityGap: Double)
    /// No reasonable diagonal makes S + ρI positive definite: it holds huge numbers. The order of S.
    case notPositiveDefinite(leadingMinor: Int)
}

/// A sparse precision matrix and what certifies it.
package struct GraphicalLassoSolution: Sendable {
    /// Λ, shape `(d, d)`, exactly symmetric, positive definite.
    package let precision: Matrix
    /// Objective less the best lower bound known: no other Λ is better by more than this. About 0 at the optimum.
    package let dualityGap: Double
    /// Sweeps of the largest component.
    package let sweeps: Int
}

/// Estimates a sparse precision matrix from a covariance matrix, in portable arithmetic.
///
/// Minimises `tr(SΛ) − ln|Λ| + ρ‖Λ‖₁` over positive definite Λ, the diagonal *included* in the penalty (the prior of
/// Eq. 8), by block coordinate descent on W = Λ⁻¹ (Friedman et al. 2008) with active sets. Variables that no
/// |S_ij| > ρ connects are independent in the optimum (Witten et al. 2011; Mazumder and Hastie 2012), so each connected
/// component is solved alone. The solver starts afresh every time: its result depends on S and ρ alone.
///
/// S need not be positive semidefinite: diagonal entries of S + ρI below ``varianceMin`` are raised to it, and the
/// diagonal is raised further, by factors of ten, until S + ρI is safely positive definite,
/// and again where the descent founders on almost collinear variables with hardly any penalty.
///
/// - Parameters:
///   - covariance: S, shape `(d, d)`, symmetric, finite.
///   - penalty: ρ ≥ 0, in the units of `covariance`; 0 gives (S + jitter)⁻¹.
/// - Throws: ``GraphicalLassoError``.
/// - Complexity: O(d³) a sweep at worst; O(d²·support) with sparse solutions.
package func graphicalLasso(
    covariance: Matrix, penalty: Double
) throws(GraphicalLassoError) -> GraphicalLassoSolution {
    let count = covariance.rowCount
    precondition(covariance.columnCount == count, "a covariance of \(count) × \(covariance.columnCount)")
    precondition(penalty >= 0 && penalty.isFinite, "penalty \(penalty)")
    let (start, factor) = try conditioned(covariance, penalty: penalty)
    if penalty == 0 {
        return GraphicalLassoSolution(precision: factor.inverse, dualityGap: 0, sweeps: 0)
    }
    var target = start
    var ridge = GraphicalLassoLimits.firstRidge
    while true {
        let solution = solved(target, penalty: penalty)
        if solution.dualityGap <= GraphicalLassoLimits.gapMax * Double(count) { return solution }
        guard ridge <= GraphicalLassoLimits.ridgeMax else {
            throw .notConverged(sweeps: solution.sweeps, dualityGap: solution.dualityGap)
        }
        for index in 0..<count { target[index, index] += ridge }
        ridge *= 10
    }
}

/// The lasso of one conditioned target, component by component.
///
/// - Parameter target: S + ρI.
private func solved(_ target: Matrix, penalty: Double) -> GraphicalLassoSolution {
    let count = target.rowCount
    var precision = Matrix(rowCount: count, columnCount: count)
    var gap = 0.0
    var sweeps = 0
    for component in connectedComponents(target, penalty: penalty) {
        if component.count == 1 {
            precision[component[0], component[0]] = 1 / target[component[0], component[0]]
            continue
        }
        var part = Matrix(rowCount: component.count, columnCount: component.count)
        for (row, i) in component.enumerated() {
            for (column, j) in component.enumerated() { part[row, column] = target[i, j] }
        }
        var descent = CovarianceDescent(target: part, penalty: penalty)
        descent.run()
        let (found, gapOfPart) = certified(descent, target: part, penalty: penalty)
        gap += gapOfPart
        sweeps = max(sweeps, descent.sweeps)
        for (row, i) in component.enumerated() {
            for (column, j) in component.enumerated() { precision[i, j] = found[row, column] }
        }
    }
    return GraphicalLassoSolution(precision: precision, dualityGap: gap, sweeps: sweeps)
}

/// Limits of the solver, the same at every participant.
package enum GraphicalLassoLimits {
    /// Least diagonal entry of S + ρI, in standardised units squared.
    package static let varianceMin = 1e-6
    /// Duality gap per variable above which a solution is refused; solutions normally lie ten decades below.
    package static let gapMax = 1e-3
    /// What is added to the diagonal at most to make S + ρI positive definite.
    static let jitterMax = 1e12
    /// Sweeps after which the gap decides.
    static let sweepsMax = 200
    /// What the diagonal gains, tenfold each time, when a descent on almost collinear variables founders.
    static let firstRidge = 1e-5
    static let ridgeMax = 1.0
    /// Passes of coordinate descent before an exact step, and exact steps before a row is left as it is.
    static let passesMax = 100
    static let exactStepsMax = 50
    /// Gap per variable up to which a sparse solution is taken without a second look.
    static let gapUnquestioned = 1e-9
    /// Least squared pivot of S + ρI: below, precisions would be made of rounding errors.
    static let pivotMin = 1e-8
    /// A sweep that moves no row of W by more than this, relative to the largest variance, ends the descent.
    static let rowChangeMin = 1e-12
}

/// W₀ = S + ρI with its Cholesky factor, conditioned as ``graphicalLasso(covariance:penalty:)`` says.
private func conditioned(
    _ covariance: Matrix, penalty: Double
) throws(GraphicalLassoError) -> (Matrix, CholeskyFactor) {
    let count = covariance.rowCount
    var target = covariance
    for index in 0..<count {
        target[index, index] = max(covariance[index, index] + penalty, GraphicalLassoLimits.varianceMin)
    }
    var jitter = GraphicalLassoLimits.varianceMin
    while true {
        let factor = try? CholeskyFactor(target)
        if let factor, factor.smallestPivot >= GraphicalLassoLimits.pivotMin { return (target, factor) }
        guard jitter <= GraphicalLassoLimits.jitterMax else {
            throw .notPositiveDefinite(leadingMinor: count)
        }
        for index in 0..<count { target[index, index] += jitter }
        jitter *= 10
    }
}

/// The sparse precision that W's rows give, or W⁻¹ where rounding or the limit on sweeps left those rows at odds:
/// whichever has the smaller gap. W⁻¹ is not sparse, but positive definite and near the optimum.
private func certified(_ descent: CovarianceDescent, target: Matrix, penalty: Double) -> (Matrix, Double) {
    let sparse = descent.precision
    let gap = dualityGap(precision: sparse, target: target, penalty: penalty)
    if gap <= GraphicalLassoLimits.gapUnquestioned * Double(target.rowCount) { return (sparse, gap) }
    guard let dense = try? CholeskyFactor(descent.estimate).inverse else { return (sparse, gap) }
    let denseGap = dualityGap(precision: dense, target: target, penalty: penalty)
    return denseGap < gap ? (dense, denseGap) : (sparse, gap)
}

/// Sets of variables linked by |S_ij| > ρ, each ascending, ordered by their first variable.
private func connectedComponents(_ target: Matrix, penalty: Double) -> [[Int]] {
    let count = target.rowCount
    var isSeen = [Bool](repeating: false, count: count)
    var components: [[Int]] = []
    for first in 0..<count where !isSeen[first] {
        isSeen[first] = true
        var component = [first]
        var next = 0
        while next < component.count {
            let i = component[next]
            for j in 0..<count where !isSeen[j] && target[i, j].magnitude > penalty {
                isSeen[j] = true
                component.append(j)
            }
            next += 1
        }
        components.append(component.sorted())
    }
    return components
}

/// The objective at Λ less the dual value ln|V| + d at V = S + ρ clipped around Λ⁻¹: an upper bound on the error.
///
/// - Parameter target: S + ρI.
/// - Returns: ∞ where Λ or V is not positive definite.
private func dualityGap(precision: Matrix, target: Matrix, penalty: Double) -> Double {
    let count = target.rowCount
    guard let factor = try? CholeskyFactor(precision) else { return .infinity }
    var dual = factor.inverse
    var linear = 0.0
    for row in 0..<count {
        for column in 0..<count {
            let entry = precision[row, column]
            if row == column {
                // The diagonal of the target holds the penalty already; Λ_ii > 0.
                dual[row, row] = target[row, row]
                linear += entry * target[row, row]
            } else {
                let centre = target[row, column]
                dual[row, column] = min(max(dual[row, column], centre - penalty), centre + penalty)
                linear += entry * centre + penalty * entry.magnitude
            }
        }
    }
    guard let dualFactor = try? CholeskyFactor(dual) else { return .infinity }
    return linear - factor.logDeterminant - dualFactor.logDeterminant - Double(count)
}
