/// A dependency between two columns within a pattern: what is left of it once all other columns are known.
package struct PartialCorrelation: Sendable, Equatable {
    /// Columns, `first < second`.
    package let first: Int
    package let second: Int
    /// −Λ_ij / √(Λ_ii Λ_jj), in −1…1, not 0.
    package let value: Double

    package init(first: Int, second: Int, value: Double) {
        precondition(first < second, "an edge from \(first) to \(second)")
        self.first = first
        self.second = second
        self.value = value
    }
}

/// A pattern as people look at it.
package struct PatternDescription: Sendable, Equatable {
    /// Its place in the model file's arrays, from 0; those of dropped patterns are free.
    package let slot: Int
    /// N̄_k, rows of all participants.
    package let rowCount: Double
    /// π_k^s of the owner, 0…1.
    package let weight: Double
    /// Whether it looks like one of anomalies among the training rows.
    package let isSuspect: Bool
    /// μ_k, shape `(d)`.
    package let centre: [Double]
    /// The graph, strongest edges first; whole, and the same in any units of the columns.
    package let edges: [PartialCorrelation]

    package init(
        slot: Int, rowCount: Double, weight: Double, isSuspect: Bool, centre: [Double],
        edges: [PartialCorrelation]
    ) {
        self.slot = slot
        self.rowCount = rowCount
        self.weight = weight
        self.isSuspect = isSuspect
        self.centre = centre
        self.edges = edges
    }
}
