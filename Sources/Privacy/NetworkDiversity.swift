/// The effective number of rows behind each agreed sum of a pattern, over all participants.
///
/// Under masks nobody sees a participant's own sums; what is seen is the network's, and
/// n_k = (Σ_s N_k^s)² / Σ_s Σ_n r² tells how many rows hide in it. Made of agreed sums by +, ×, ÷ alone,
/// hence the same bits at every participant.
package struct NetworkDiversity: Sendable, Equatable {
    /// One entry a pattern, nil where N̄_k ≤ N_min.
    package let effectiveCounts: [Double?]

    /// - Parameters:
    ///   - counts: N̄_k, shape `(k)`.
    ///   - sumsOfSquares: Σ_s Σ_n r², shape `(k)`.
    ///   - activityThreshold: N_min: patterns with N̄_k ≤ N_min are left out.
    package init(
        counts: [Double], sumsOfSquares: [Double],
        activityThreshold: Double = EntropyDiversity.defaultActivityThreshold
    ) {
        precondition(
            counts.count == sumsOfSquares.count,
            "\(counts.count) counts for \(sumsOfSquares.count) sums of squares")
        effectiveCounts = counts.indices.map { index in
            guard counts[index] > activityThreshold else { return nil }
            return effectiveCount(count: counts[index], sumOfSquares: sumsOfSquares[index])
        }
    }

    /// The smallest entry; nil without an active pattern.
    package var minimum: Double? { effectiveCounts.compactMap { $0 }.min() }

    /// The largest entry; nil without an active pattern.
    package var maximum: Double? { effectiveCounts.compactMap { $0 }.max() }

    /// Whether every active pattern rests on at least `required` rows of the whole network.
    package func verdict(required: Double) -> DiversityVerdict {
        let short = effectiveCounts.indices.filter { index in
            effectiveCounts[index].map { !($0 >= required) } ?? false
        }
        return short.isEmpty ? .met : .short(patterns: short)
    }
}
