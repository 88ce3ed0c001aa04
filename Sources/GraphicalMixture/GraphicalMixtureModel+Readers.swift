import LinearAlgebra
package import Models

extension GraphicalMixtureModel {
    /// What the second pair of readers adds to every variance, in squared standardised units.
    private static let blur = 1.0

    /// Two groups of two: the broad pattern of all rows and the dictionary, as they are and blurred.
    ///
    /// Sharp readings find broken correlations and rare combinations; blurred ones, in which every column counts with
    /// a unit of noise, find rows that are simply far away, and do not mind a pattern that a few anomalies among the
    /// training rows have made for themselves. Neither sends anything. Suspect patterns that the participant uses
    /// little are left out of the dictionary; with a shape of their own patterns have no broad one beside them.
    package func readers() -> [[any ModelKind]] {
        let fine = trusted()
        let readers = [common.map { single($0.broad) }, fine].compactMap { $0 }
        return [readers, readers.map { $0.blurred(by: Self.blur) }]
    }

    package var readerCountMax: Int { shape == .own ? 2 : 4 }

    /// Σ_k (N̄_k/ΣN̄) ½((d ln 2π − ln|Λ_k|) + d − blur·tr Λ_k): what a mixture of patterns far apart would give.
    package var expectedReading: Double {
        let logTwoPi = 1.837_877_066_409_345_483_56
        var total = 0.0
        var sum = 0.0
        for case let pattern? in patterns {
            var trace = 0.0
            for index in 0..<columnCount { trace += pattern.precision[index, index] }
            let expected = Double(columnCount) * (logTwoPi + 1) - pattern.logDeterminant - blur * trace
            sum += max(pattern.count, 1) * 0.5 * expected
            total += max(pattern.count, 1)
        }
        return sum / total
    }

    /// Without the suspects that the participant uses little, unless nothing else is left.
    private func trusted() -> GraphicalMixtureModel {
        guard let common else { return self }
        var trusted = weights
        for slot in trusted.indices
        where common.isSuspect[slot] && trusted[slot] < CommonShape.ownShareMax { trusted[slot] = 0 }
        let total = trusted.reduce(0, +)
        guard total > 0 else { return self }
        var result = self
        result.weights = trusted.map { $0 / total }
        return result
    }

    /// One pattern by itself.
    func single(_ pattern: MixturePattern) -> GraphicalMixtureModel {
        GraphicalMixtureModel(
            columnCount: columnCount, priorStrength: priorStrength, penalty: penalty, patterns: [pattern],
            weights: [1], shape: shape, patternLimit: 1, size: 1)
    }

    /// Every covariance with `blur` added to its diagonal.
    private func blurred(by blur: Double) -> GraphicalMixtureModel {
        var result = self
        result.blur = blur
        result.patterns = patterns.map { $0.flatMap { $0.blurred(by: blur) } }
        return result
    }
}

extension MixturePattern {
    /// N(μ, Λ⁻¹ + blur·I); nil where rounding leaves no positive definite precision.
    func blurred(by blur: Double) -> MixturePattern? {
        var covariance = CholeskyFactor(upper: factor).inverse
        for index in mean.indices { covariance[index, index] += blur }
        guard let factor = try? CholeskyFactor(covariance) else { return nil }
        return try? MixturePattern(count: count, mean: mean, precision: factor.inverse)
    }
}
