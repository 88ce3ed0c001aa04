import LinearAlgebra
package import Models

extension GraphicalMixtureModel {
    package func patternDescriptions() -> [PatternDescription] {
        patterns.enumerated().compactMap { slot, pattern in
            pattern.map { pattern in
                PatternDescription(
                    slot: slot, rowCount: pattern.count, weight: weights[slot],
                    isSuspect: common?.isSuspect[slot] ?? false, centre: pattern.mean,
                    edges: pattern.partialCorrelations())
            }
        }
    }
}

extension MixturePattern {
    /// The pattern's graph: an edge for every off-diagonal entry of Λ that is not 0, strongest first, equal ones by
    /// column.
    package func partialCorrelations() -> [PartialCorrelation] {
        var edges: [PartialCorrelation] = []
        for first in mean.indices {
            for second in mean.indices.dropFirst(first + 1) where precision[first, second] != 0 {
                let scale = (precision[first, first] * precision[second, second]).squareRoot()
                edges.append(
                    PartialCorrelation(first: first, second: second, value: -precision[first, second] / scale)
                )
            }
        }
        return edges.sorted {
            $0.value.magnitude == $1.value.magnitude
                ? ($0.first, $0.second) < ($1.first, $1.second) : $0.value.magnitude > $1.value.magnitude
        }
    }
}
