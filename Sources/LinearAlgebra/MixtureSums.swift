/// Sums over rows of what one pattern takes of them.
package struct PatternSums: Sendable, Equatable {
    package var responsibilities = ResponsibilitySums()
    /// Σ r x, shape `(d)`.
    package var mean: [Double]
    /// Σ r x xᵀ, the upper triangle by rows, d(d + 1)/2 entries.
    package var scatter: [Double]

    /// The sums over no row.
    package init(dimension: Int) {
        precondition(dimension > 0, "sums of \(dimension) variables")
        mean = [Double](repeating: 0, count: dimension)
        scatter = [Double](repeating: 0, count: dimension * (dimension + 1) / 2)
    }

    /// Adds the sums over other rows.
    package mutating func add(_ other: PatternSums) {
        precondition(other.mean.count == mean.count, "\(other.mean.count) variables for \(mean.count)")
        responsibilities.count += other.responsibilities.count
        responsibilities.squares += other.responsibilities.squares
        responsibilities.logWeighted += other.responsibilities.logWeighted
        responsibilities.largest = max(responsibilities.largest, other.responsibilities.largest)
        for index in mean.indices { mean[index] += other.mean[index] }
        for index in scatter.indices { scatter[index] += other.scatter[index] }
    }
}

/// What an E-step gives over a run of rows; runs are added up in a fixed order.
package struct MixtureSums: Sendable, Equatable {
    /// Σ ln Σ_k exp(log density).
    package var logLikelihood = 0.0
    /// One entry a component, in their order.
    package var patterns: [PatternSums]

    /// The sums over no row.
    package init(patternCount: Int, dimension: Int) {
        patterns = [PatternSums](repeating: PatternSums(dimension: dimension), count: patternCount)
    }

    /// Adds the sums over other rows.
    package mutating func add(_ other: MixtureSums) {
        precondition(
            other.patterns.count == patterns.count, "\(other.patterns.count) patterns for \(patterns.count)")
        logLikelihood += other.logLikelihood
        for index in patterns.indices { patterns[index].add(other.patterns[index]) }
    }
}
