import LinearAlgebra

/// What Theorem 1 of the paper promises of centres drawn from their posteriors, and what is left of it once its gaps are closed.
///
/// Released is μ̂_k ~ N(w_k, s²(λ_kΛ_k)⁻¹), λ_k = λ0 + N̄_k, once, for all k. Neighbours are data sets in which one row is
/// replaced, all rows and the prior's centre within R of each other (the agreed box enforces an R; leaving outliers out
/// would not). Both figures take Λ, the surviving patterns and everybody's other responsibilities as given: this is no
/// differential privacy of a model file.
package struct PosteriorRelease: Sendable, Equatable {
    /// One pattern that is released.
    package struct Pattern: Sendable, Equatable {
        /// λ_k = λ0 + N̄_k, > 0.
        package let strength: Double
        /// ‖Λ_k‖₂ or a bound on it, > 0; infinite where nothing bounds it.
        package let precisionNorm: Double

        package init(strength: Double, precisionNorm: Double) {
            precondition(strength > 0 && strength.isFinite, "a posterior of strength \(strength)")
            precondition(precisionNorm > 0, "a precision of norm \(precisionNorm)")
            self.strength = strength
            self.precisionNorm = precisionNorm
        }
    }

    /// Steps between λ and λ ± 1 at which the unequal scale is tried, beside its ends.
    private static let scaleSteps = 8

    /// M.
    package let columnCount: Int
    /// s > 0: the released deviations, in those of the posterior.
    package let scale: Double
    /// R > 0, in standardised units.
    package let radius: Double
    package let patterns: [Pattern]

    package init(columnCount: Int, scale: Double, radius: Double, patterns: [Pattern]) {
        precondition(
            columnCount > 0 && !patterns.isEmpty, "\(patterns.count) patterns of \(columnCount) columns")
        precondition(scale > 0 && scale.isFinite, "a scale of \(scale)")
        precondition(radius > 0 && radius.isFinite, "a radius of \(radius)")
        self.columnCount = columnCount
        self.scale = scale
        self.radius = radius
        self.patterns = patterns
    }

    /// ε(α) with r, N̄ and Λ fixed, as the theorem has it: max_k α‖Λ_k‖₂R²/(2λ_k s²), as Σ_k r_k² ≤ 1.
    ///
    /// - Parameter order: α ≥ 1; 1 is the paper's own.
    package func theorem(order: Double) -> Double {
        precondition(order >= 1, "the order \(order)")
        let largest = patterns.map { $0.precisionNorm / $0.strength }.max() ?? 0
        return order * largest * radius * radius / (2 * scale * scale)
    }

    /// ε(α) where replacing a row also changes its responsibilities, hence N̄ and λ: ‖Δw_k‖ ≤ max(r, r̃)·R/(λ_k − 1),
    /// |λ̃_k − λ_k| ≤ 1, in both directions; over k the smaller of the sum and of the joint bound by
    /// Σ_k max(r_k, r̃_k)² ≤ 2 and Σ_k |λ̃_k − λ_k| ≤ 2.
    ///
    /// - Parameter order: α > 1.
    /// - Returns: infinite where a pattern has hardly a row (λ_k ≤ 1), or λ_k ≤ α − 1.
    package func corrected(order: Double) -> Double {
        precondition(order > 1, "the order \(order)")
        var sum = 0.0
        var shift = 0.0
        var spread = 0.0
        for pattern in patterns {
            guard let bound = worst(pattern, order: order) else { return .infinity }
            sum += bound.total
            shift = max(shift, bound.shift)
            spread = max(spread, bound.spread)
        }
        return min(sum, 2 * shift + 2 * spread)
    }

    /// The Rényi divergence of order α of N(w, (λΛ)⁻¹) from N(w̃, (λ̃Λ)⁻¹): (α/2)λ_α ΔwᵀΛΔw −
    /// M/(2(α−1))·[−ln λ_α + (1−α) ln λ + α ln λ̃], λ_α = 1/((1−α)/λ + α/λ̃).
    ///
    /// - Parameter distance: ΔwᵀΛΔw ≥ 0.
    /// - Returns: its two terms; nil where λ_α is not positive and the divergence infinite.
    package static func divergence(
        order: Double, strength: Double, neighbour: Double, distance: Double, columnCount: Int
    ) -> (shift: Double, spread: Double)? {
        let inverse = (1 - order) / strength + order / neighbour
        guard inverse > 0 else { return nil }
        let logs =
            PortableMath.ln(inverse) + (1 - order) * PortableMath.ln(strength)
            + order * PortableMath.ln(neighbour)
        // Rounding can leave equal scales a little below zero.
        let spread = max(-Double(columnCount) / (2 * (order - 1)) * logs, 0)
        return (order / 2 / inverse * distance, spread)
    }

    /// The largest terms of one pattern, over the neighbours' λ̃ and both directions.
    private func worst(_ pattern: Pattern, order: Double) -> (shift: Double, spread: Double, total: Double)? {
        let strength = pattern.strength
        guard strength > 1 else { return nil }
        let move = radius / (strength - 1)
        // The scale s multiplies both covariances: it divides the distance and drops out of the spread.
        let distance = pattern.precisionNorm * move * move / (scale * scale)
        var worst = (shift: 0.0, spread: 0.0, total: 0.0)
        for step in -Self.scaleSteps...Self.scaleSteps {
            let neighbour = strength + Double(step) / Double(Self.scaleSteps)
            for (from, to) in [(strength, neighbour), (neighbour, strength)] {
                guard
                    let terms = Self.divergence(
                        order: order, strength: from, neighbour: to, distance: distance,
                        columnCount: columnCount)
                else { return nil }
                worst.shift = max(worst.shift, terms.shift)
                worst.spread = max(worst.spread, terms.spread)
                worst.total = max(worst.total, terms.shift + terms.spread)
            }
        }
        return worst
    }
}
