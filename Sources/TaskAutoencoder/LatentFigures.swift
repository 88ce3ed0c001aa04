/// How much a model's latents say about the rows, from sums over rows.
package struct LatentFigures: Sendable, Equatable {
    /// Mean KL of each unit, nats, shape `(d)`.
    package let divergences: [Double]
    /// Variance of each unit's posterior mean over rows, shape `(d)`.
    package let variances: [Double]

    /// A unit whose posterior mean varies less says nothing about the row (Burda et al. 2016).
    private static let activeVariance = 0.01

    /// Figures as they were stored, shape `(d)` each.
    init(divergences: [Double], variances: [Double]) {
        precondition(divergences.count == variances.count, "\(divergences.count), \(variances.count)")
        self.divergences = divergences
        self.variances = variances
    }

    /// - Parameters:
    ///   - rowCount: rows summed over; below one gives zeros.
    ///   - means: Σ m_u.
    ///   - squares: Σ m_u².
    ///   - divergences: Σ KL_u.
    package init(rowCount: Double, means: [Double], squares: [Double], divergences: [Double]) {
        let rows = max(rowCount, 1)
        self.divergences = divergences.map { $0 / rows }
        self.variances = zip(means, squares).map { max($1 / rows - ($0 / rows) * ($0 / rows), 0) }
    }

    /// Units whose posterior mean varies from row to row.
    package var activeUnitCount: Int { variances.count { $0 > Self.activeVariance } }

    /// Posterior collapse: fewer than half of the units say anything about a row.
    package var isCollapsed: Bool { 2 * activeUnitCount < variances.count }
}
