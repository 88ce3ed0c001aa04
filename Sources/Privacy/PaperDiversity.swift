import LinearAlgebra

/// The figure of the paper, Eq. 47–48, kept for comparison; the gate uses ``EntropyDiversity``.
///
/// It normalises each pattern's bare likelihood over the rows, without the pattern weights π and without the
/// competition between patterns, and takes the largest entropy. So it stays calm while one pattern sends a
/// single row out, as long as another is well spread.
package struct PaperDiversity: Sendable, Equatable {
    /// Shape `(k)`: −Σ_n g ln g of each pattern, in nats; 0 where no row has any likelihood.
    package let entropies: [Double]

    /// - Parameter logLikelihoods: one vector a pattern, ln N(x | μ_k, Λ_k⁻¹) of every row; −∞ is likelihood
    ///   0.
    package init(logLikelihoods: [[Double]]) {
        entropies = logLikelihoods.map(Self.entropy(logLikelihoods:))
    }

    /// E^s of Eq. 48, the largest entropy; nil without patterns.
    package var entropy: Double? { entropies.max() }

    /// exp(E^s): the paper's number of rows that stand out; nil without patterns.
    package var diversity: Double? { entropy.map(PortableMath.exp) }

    /// The entropy of exp(l) / Σ exp(l), with the largest l taken out first so that nothing underflows
    /// together.
    private static func entropy(logLikelihoods: [Double]) -> Double {
        guard let largest = logLikelihoods.max(), largest > -.infinity else { return 0 }
        var total = 0.0
        var weighted = 0.0
        for logLikelihood in logLikelihoods where logLikelihood > -.infinity {
            let offset = logLikelihood - largest
            let weight = PortableMath.exp(offset)
            total += weight
            weighted += weight * offset
        }
        return max(PortableMath.ln(total) - weighted / total, 0)
    }
}
