import LinearAlgebra

/// How one pattern's weight is spread over a participant's rows, as four sums over its responsibilities r.
package struct WeightSums: Sendable, Equatable {
    /// N_k = Σ_n r, ≥ 0.
    package let count: Double
    /// Σ_n r², ≥ 0.
    package let sumOfSquares: Double
    /// Σ_n r ln r, ≤ 0 (0 ln 0 = 0).
    package let sumOfLogWeighted: Double
    /// max_n r, in 0…1.
    package let largest: Double

    package init(count: Double, sumOfSquares: Double, sumOfLogWeighted: Double, largest: Double) {
        self.count = count
        self.sumOfSquares = sumOfSquares
        self.sumOfLogWeighted = sumOfLogWeighted
        self.largest = largest
    }

    /// The sums of one pattern's responsibilities.
    ///
    /// - Parameter responsibilities: shape `(n)`, each in 0…1.
    package init(responsibilities: [Double]) {
        var count = 0.0
        var squares = 0.0
        var logWeighted = 0.0
        var largest = 0.0
        for weight in responsibilities {
            precondition(weight >= 0 && weight <= 1, "a responsibility of \(weight) lies outside 0…1")
            guard weight > 0 else { continue }
            count += weight
            squares += weight * weight
            logWeighted += weight * PortableMath.ln(weight)
            largest = max(largest, weight)
        }
        self.init(
            count: count, sumOfSquares: squares, sumOfLogWeighted: logWeighted, largest: largest)
    }
}

/// How well one pattern's sums hide single rows: what g(n) = r_k^(n) / N_k says.
package struct PatternDiversity: Sendable, Equatable {
    /// The pattern's number, k.
    package let pattern: Int
    /// N_k = Σ_n r, > 0.
    package let count: Double
    /// E_k = −Σ g ln g = ln N_k − (Σ r ln r) / N_k, ≥ 0.
    package let entropy: Double
    /// ℓ_k = exp(E_k), ≥ 1: among how many equally weighted rows one row hides.
    package let diversity: Double
    /// Kish's N_k² / Σ r², ≥ 1: the number of rows that count. Never above `diversity`.
    package let effectiveCount: Double
    /// max g, in 0…1: the weight of the row that stands out most. Entropy can be high beside one large
    /// weight.
    package let largestShare: Double
}

/// The entropy ℓ-diversity of what one participant adds to the sums of a round.
///
/// A participant shows m_k = Σ_n r_k^(n) x^(n) for *every* pattern k, so one pattern that rests on a single
/// row sends that row out. Therefore the alarm watches the minimum over the active patterns. The paper (Eq.
/// 47–48) takes the maximum, over bare likelihoods in place of r; ``PaperDiversity`` computes that, for
/// comparison.
package struct EntropyDiversity: Sendable, Equatable {
    /// The active patterns, in the order of k.
    package let patterns: [PatternDiversity]

    /// A pattern that holds no more than half a row's weight is not judged unless the caller says otherwise. One row
    /// alone in its pattern weighs about 1, and must be.
    package static let defaultActivityThreshold = 0.5

    /// - Parameters:
    ///   - sums: one entry a pattern, in the order of k.
    ///   - activityThreshold: N_min: patterns with N_k ≤ N_min are left out.
    package init(_ sums: [WeightSums], activityThreshold: Double = Self.defaultActivityThreshold) {
        precondition(activityThreshold >= 0, "an activity threshold of \(activityThreshold) is negative")
        var patterns: [PatternDiversity] = []
        for (index, sums) in sums.enumerated() where sums.count > activityThreshold {
            // Rounding can leave a single row's entropy a little below zero.
            let entropy = max(PortableMath.ln(sums.count) - sums.sumOfLogWeighted / sums.count, 0)
            patterns.append(
                PatternDiversity(
                    pattern: index, count: sums.count, entropy: entropy, diversity: PortableMath.exp(entropy),
                    effectiveCount: effectiveCount(count: sums.count, sumOfSquares: sums.sumOfSquares),
                    largestShare: min(sums.largest / sums.count, 1)))
        }
        self.patterns = patterns
    }

    /// min_k ℓ_k, the alarm; nil without an active pattern.
    package var minimum: Double? { patterns.map(\.diversity).min() }

    /// max_k ℓ_k, where the paper looks; nil without an active pattern.
    package var maximum: Double? { patterns.map(\.diversity).max() }

    /// min_k N_k² / Σ r²; nil without an active pattern.
    package var minimumEffectiveCount: Double? { patterns.map(\.effectiveCount).min() }

    /// max_k max_n g(n); nil without an active pattern.
    package var largestShare: Double? { patterns.map(\.largestShare).max() }

    /// Whether every active pattern hides a row among at least `required` others.
    ///
    /// - Parameter required: ℓ0, see ``DiversityRequirement``.
    package func verdict(required: Double) -> DiversityVerdict {
        let short = patterns.filter { !($0.diversity >= required) }.map(\.pattern)
        return short.isEmpty ? .met : .short(patterns: short)
    }
}

/// Kish's effective number of rows, (Σ r)² / Σ r², by Cauchy–Schwarz never below 1 for r in 0…1 that are not
/// all 0.
///
/// - Parameters:
///   - count: Σ r > 0.
///   - sumOfSquares: Σ r².
package func effectiveCount(count: Double, sumOfSquares: Double) -> Double {
    guard sumOfSquares > 0 else { return count }
    return max(count * count / sumOfSquares, 1)
}
