import LinearAlgebra

/// A dependency between two columns within a pattern: what is left of it once all other columns are known.
package struct PartialCorrelation: Sendable, Equatable {
    /// Columns, `first < second`.
    package let first: Int
    package let second: Int
    /// −Λ_ij / √(Λ_ii Λ_jj), in −1…1, not 0.
    package let value: Double
}

extension MixturePattern {
    /// The pattern's graph: an edge for every off-diagonal entry of Λ that is not 0, strongest first, equal ones by
    /// column.
    ///
    /// - Parameter smallest: edges of less magnitude are left out; ≥ 0.
    package func partialCorrelations(smallest: Double = 0) -> [PartialCorrelation] {
        precondition(smallest >= 0, "a smallest magnitude of \(smallest)")
        var edges: [PartialCorrelation] = []
        for first in mean.indices {
            for second in mean.indices.dropFirst(first + 1) where precision[first, second] != 0 {
                let scale = (precision[first, first] * precision[second, second]).squareRoot()
                let value = -precision[first, second] / scale
                if value.magnitude >= smallest {
                    edges.append(PartialCorrelation(first: first, second: second, value: value))
                }
            }
        }
        return edges.sorted {
            $0.value.magnitude == $1.value.magnitude
                ? ($0.first, $0.second) < ($1.first, $1.second) : $0.value.magnitude > $1.value.magnitude
        }
    }
}
