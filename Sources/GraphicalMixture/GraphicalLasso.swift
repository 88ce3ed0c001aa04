package import LinearAlgebra

/// Why a graphical lasso has no answer.
package enum GraphicalLassoError: Error, Equatable {
    /// The duality gap after the last sweep is still above the limit.
    case notConverged(sweeps: Int, dualityGap: Double)
    /// No reasonable diagonal makes S positive definite: it holds huge numbers. The order of the component.
    case notPositiveDefinite(leadingMinor: Int)
}

/// A sparse precision matrix and what certifies it.
package struct GraphicalLassoSolution: Sendable {
    /// Λ, shape `(d, d)`, exactly symmetric, positive definite.
    package let precision: Matrix
    /// Objective less the best lower bound known: no other Λ is better by more than this. About 0 at the optimum.
    package let dualityGap: Double
    /// Sweeps of the component that took most.
    package let sweeps: Int
    /// The most that was added to a diagonal entry of S, in its units, as S alone was singular; 0 normally.
    package let ridge: Double
}

/// Estimates a sparse precision matrix from a covariance matrix, in portable arithmetic.
///
/// Minimises `tr(SΛ) − ln|Λ| + ρ‖Λ‖₁` over positive definite Λ by block coordinate descent on W = Λ⁻¹ (Friedman et al.
/// 2008) with active sets. Variables that no |S_ij| > ρ connects are independent in the optimum (Witten et al. 2011;
/// Mazumder and Hastie 2012), so each connected component is solved alone. A component is done when the rows of W stand
/// still to `accuracy` *and* the duality gap is at most ``GraphicalLassoLimits/gapWanted`` a variable.
///
/// S need not be positive semidefinite: diagonal entries below ``GraphicalLassoLimits/varianceMin`` are raised to it
/// (a constant column gets that variance), and where no W within ρ of S is safely positive definite, or the descent
/// founders on almost collinear variables, the component's diagonal is raised by factors of ten until it is; the
/// solution says by how much.
///
/// - Parameters:
///   - covariance: S, shape `(d, d)`, symmetric, finite.
///   - penalty: ρ ≥ 0, in the units of `covariance`; 0 gives S⁻¹.
///   - penalisesDiagonal: whether ‖Λ‖₁ counts the diagonal, as the prior of Eq. 8 does; otherwise Λ⁻¹ keeps S's diagonal.
///   - previous: the Λ of a similar problem, shape `(d, d)`, symmetric, to start from. The bits of the result depend on
///     S, ρ and `previous` alone, so who goes on from a checkpoint passes the Λ of the checkpoint. An unsuitable one
///     costs time, not accuracy.
///   - accuracy: ℓ1 change of a row of W in the last sweep, relative to a mean row of S off the diagonal.
/// - Throws: ``GraphicalLassoError/notConverged(sweeps:dualityGap:)``,
///   ``GraphicalLassoError/notPositiveDefinite(leadingMinor:)``.
/// - Complexity: O(d²·support) a sweep, O(d³) for start and certificate.
package func graphicalLasso(
    covariance: Matrix, penalty: Double, penalisesDiagonal: Bool = true, previous: Matrix? = nil,
    accuracy: Double = GraphicalLassoLimits.accuracy
) throws(GraphicalLassoError) -> GraphicalLassoSolution {
    let count = covariance.rowCount
    precondition(covariance.columnCount == count, "a covariance of \(count) × \(covariance.columnCount)")
    precondition(penalty >= 0 && penalty.isFinite, "penalty \(penalty)")
    precondition(accuracy > 0 && accuracy < 1, "accuracy \(accuracy)")
    if let previous {
        precondition(
            previous.rowCount == count && previous.columnCount == count,
            "a start of \(previous.rowCount) × \(previous.columnCount) for \(count) variables")
    }
    var target = covariance
    for index in 0..<count {
        let variance = covariance[index, index] + (penalisesDiagonal ? penalty : 0)
        target[index, index] = max(variance, GraphicalLassoLimits.varianceMin)
    }
    var precision = Matrix(rowCount: count, columnCount: count)
    var gap = 0.0
    var sweeps = 0
    var ridge = 0.0
    for component in connectedComponents(target, penalty: penalty) {
        let solver = LassoComponent(
            target: block(of: target, component), previous: previous.map { block(of: $0, component) },
            penalty: penalty, accuracy: accuracy)
        let part = try solver.solution()
        gap += part.dualityGap
        sweeps = max(sweeps, part.sweeps)
        ridge = max(ridge, part.ridge)
        if component.count == count {
            precision = part.precision
            break
        }
        place(part.precision, at: component, in: &precision)
    }
    return GraphicalLassoSolution(precision: precision, dualityGap: gap, sweeps: sweeps, ridge: ridge)
}

/// Limits of the solver, the same at every participant.
package enum GraphicalLassoLimits {
    /// Least diagonal entry of S + ρI, in standardised units squared.
    package static let varianceMin = 1e-6
    /// Duality gap per variable at which the descent ends.
    package static let gapWanted = 1e-9
    /// Duality gap per variable above which a solution is refused: what rounding leaves of hardly regular problems.
    package static let gapMax = 1e-6
    /// ``graphicalLasso(covariance:penalty:penalisesDiagonal:previous:accuracy:)``'s default.
    package static let accuracy = 1e-7
    /// Beyond this accuracy, rows move by rounding errors alone.
    static let accuracyMin = 1e-12
    /// What is added to the diagonal at most to make S + ρI positive definite.
    static let jitterMax = 1e12
    /// Sweeps after which the gap decides; from a previous solution, after which that is given up.
    static let sweepsMax = 200
    static let warmSweepsMax = 30
    /// What the diagonal gains, tenfold each time, when a descent on almost collinear variables founders.
    static let firstRidge = 1e-5
    static let ridgeMax = 1.0
    /// Passes of coordinate descent before an exact step, and exact steps before a row is left as it is.
    static let passesMax = 100
    static let exactStepsMax = 50
    /// Least squared pivot of a start: below, precisions would be made of rounding errors.
    static let pivotMin = 1e-8
}

/// The rows and columns of some variables; the matrix itself if they are all of them.
private func block(of matrix: Matrix, _ variables: [Int]) -> Matrix {
    if variables.count == matrix.rowCount { return matrix }
    let from = matrix.elements.span
    var elements = [Double](repeating: 0, count: variables.count * variables.count)
    var to = elements.mutableSpan
    var next = 0
    for i in variables {
        for j in variables {
            to[next] = from[i * matrix.rowCount + j]
            next += 1
        }
    }
    return Matrix(rowCount: variables.count, columnCount: variables.count, elements: elements)
}

/// The inverse of ``block(of:_:)``.
private func place(_ block: Matrix, at variables: [Int], in matrix: inout Matrix) {
    let count = matrix.rowCount
    let from = block.elements.span
    var to = matrix.elements.mutableSpan
    for (row, i) in variables.enumerated() {
        for (column, j) in variables.enumerated() { to[i * count + j] = from[row * variables.count + column] }
    }
}

/// Sets of variables linked by |S_ij| > ρ, each ascending, ordered by their first variable.
private func connectedComponents(_ target: Matrix, penalty: Double) -> [[Int]] {
    let count = target.rowCount
    let entries = target.elements.span
    var labels = [Int](repeating: -1, count: count)
    var queue = [Int](repeating: 0, count: count)
    var components: [[Int]] = []
    for first in 0..<count where labels[first] < 0 {
        let label = components.count
        labels[first] = label
        queue[0] = first
        var (next, reached) = (0, 1)
        while next < reached {
            let row = queue[next] * count
            for j in 0..<count where labels[j] < 0 && entries[row + j].magnitude > penalty {
                labels[j] = label
                queue[reached] = j
                reached += 1
            }
            next += 1
        }
        var component: [Int] = []
        component.reserveCapacity(reached)
        for j in first..<count where labels[j] == label { component.append(j) }
        components.append(component)
    }
    return components
}
