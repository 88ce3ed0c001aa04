import LinearAlgebra

/// The weights of dynamical consensus: which polynomial of the Laplacian is applied (mathematics.md §2.1).
package enum MixingWeights: String, Sendable, CaseIterable {
    /// The paper's Eq. 3 as printed: step 1/S.
    case paper
    /// Step 1/(largest degree + 1).
    case maxDegree = "max-degree"
    /// The best constant step, 2/(λ2 + λN).
    case optimal
    /// The Chebyshev semi-iteration: the best polynomial for an interval.
    case chebyshev
    /// Every distinct eigenvalue once, in Leja order: exact but for rounding.
    case finite

    /// The constant step, or `nil` for weights that change from step to step.
    func constantStep(vertexCount: Int, largestDegree: Int, lambda2: Double, lambdaMax: Double) -> Double? {
        switch self {
        case .paper: 1 / Double(vertexCount)
        case .maxDegree: 1 / Double(largestDegree + 1)
        case .optimal: 2 / (lambda2 + lambdaMax)
        case .chebyshev, .finite: nil
        }
    }
}

/// The steps until the error, relative to the worst start, is at most `tolerance`: the figures of
/// mathematics.md §2.2, from the spectrum as computed.
///
/// A session plans with more: see ``MixingPlan``, whose tolerance allows for masks and chunks.
///
/// - Precondition: `0 < tolerance < 1`.
/// - Returns: `nil` for `finite` where the spectrum is not complete.
package func stepsTo(
    tolerance: Double, weights: MixingWeights, graph: Graph, spectrum: Spectrum
) -> Int? {
    guard weights != .finite || spectrum.isComplete else { return nil }
    return stepCount(
        tolerance: tolerance, weights: weights, graph: graph, lambda2: spectrum.lambda2,
        lambdaMax: spectrum.lambdaMax, distinct: spectrum.distinctNonzero)
}

/// ``stepsTo(tolerance:weights:graph:spectrum:)`` for given ends of the spectrum.
func stepCount(
    tolerance: Double, weights: MixingWeights, graph: Graph, lambda2: Double, lambdaMax: Double,
    distinct: [Double]
) -> Int {
    precondition(tolerance > 0 && tolerance < 1, "tolerance \(tolerance) lies outside (0, 1)")
    guard graph.vertexCount > 1 else { return 0 }
    if let step = weights.constantStep(
        vertexCount: graph.vertexCount, largestDegree: graph.largestDegree, lambda2: lambda2,
        lambdaMax: lambdaMax)
    {
        let slow = (1 - step * lambda2).magnitude
        let fast = (1 - step * lambdaMax).magnitude
        let contraction = slow > fast ? slow : fast
        if contraction <= 1e-15 { return 1 }
        return roundedUp(PortableMath.ln(tolerance) / PortableMath.ln(contraction))
    }
    if weights == .finite {
        return distinct.count * finitePasses(tolerance: tolerance, distinct: distinct)
    }
    guard lambdaMax - lambda2 >= 1e-12 else { return 1 }
    return roundedUp(
        inverseCosh(1 / tolerance) / inverseCosh((lambdaMax + lambda2) / (lambdaMax - lambda2)))
}

/// How often `finite` has to run through the spectrum.
///
/// Its coefficients carry twelve digits, so one pass leaves `Π_{j≠i} |1 − λ_i/λ_j| · 1e-12` of eigenvector i;
/// a start widened by masks needs a second pass to lose that too.
func finitePasses(tolerance: Double, distinct: [Double]) -> Int {
    var left = 1e-12
    for (index, value) in distinct.enumerated() {
        var factor = 1e-12
        for (other, root) in distinct.enumerated() where other != index {
            factor *= (1 - value / root).magnitude
        }
        if factor > left { left = factor }
    }
    guard left < 0.5 else { return 64 }
    return max(1, roundedUp(PortableMath.ln(tolerance) / PortableMath.ln(left)))
}

/// The next integer, but for a rounding error of the quotient.
private func roundedUp(_ value: Double) -> Int {
    max(1, Int((value - 1e-9).rounded(.up)))
}

/// `acosh(x)` for `x ≥ 1`.
///
/// Below 1.001 the logarithm's argument is near 1 and loses digits, so the series in `x − 1` takes over:
/// `acosh(1 + t) = √(2t) · (1 − t/12 + 3t²/160 − …)`.
private func inverseCosh(_ x: Double) -> Double {
    let excess = x - 1
    if excess < 1e-3 {
        return (2 * excess).squareRoot() * (1 - excess / 12 + 3 * excess * excess / 160)
    }
    return PortableMath.ln(x + (x * x - 1).squareRoot())
}
