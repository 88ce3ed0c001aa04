import LinearAlgebra
package import Models

/// What third parties may get of a mixture.
///
/// What tells a row that was learnt from apart is every number that the rows have pulled, precisions most of all: d(d + 1)/2 a
/// pattern. So a copy has few numbers and all of them are drawn: patterns are merged and get one variance for all columns, and
/// centres, variances, weights and the units of the columns come from their posteriors, s times as wide. The broad pattern,
/// which patterns are suspect, and the units of calibrated readings are left out; densities do without.
extension GraphicalMixtureModel {
    /// A mixture drawn for third parties.
    package struct Release: Sendable {
        /// Without anything private, in ``units``.
        package let snapshot: ModelSnapshot
        /// Where the copy's zero lies and what its unit is, in units of this model.
        package let units: Standardisation
    }

    /// ‖Λ‖₂ = 1/v of a pattern with one variance.
    package func precisionNorm(of pattern: MergedPattern) -> Double { 1 / pattern.variance }

    /// What bounds ``precisionNorm(of:)`` whatever the data; nil where nothing does. Towards a common shape every covariance
    /// has a floor on its diagonal. With a shape of its own and a penalty that covers the diagonal, Σ_ii = S_ii + ρ/(N̄ + 1);
    /// of merged patterns N̄ is the sum, and the bound no smaller.
    package func precisionBound(of pattern: MergedPattern) -> Double? {
        switch shape {
        case .common, .spherical: 1 / CommonShape.varianceFloor
        case .own: penalty > 0 ? (pattern.count + 1) / penalty : nil
        }
    }

    /// λ0 + N̄.
    package func strength(of pattern: MergedPattern) -> Double { priorStrength + pattern.count }

    /// A logarithm of a variance or unit moves by no more.
    private static let logarithmMax = 16.0

    /// A copy of merged patterns, drawn; everything in it is a draw or an agreed setting. The penalty, which tells the number
    /// of rows, is 0: a copy learns no more.
    ///
    /// For N rows in all: centres from N(μ, s²v/(λ0 + N̄)·I); ln v from N(ln v, s²·2/(f N̄)), where the f of (tr Σ)²/tr Σ² makes
    /// 2v²/f the variance of a row's square a column; N̄ from N(N̄, s²N̄(1 − N̄/N)), at least 1; the logarithm of a column's
    /// unit from N(0, s²/(2N)). Zero is the weighted mean of the drawn centres, so that the exact mean of the rows is nowhere.
    ///
    /// - Parameters:
    ///   - merged: not empty; of this model.
    ///   - scale: s > 0.
    ///   - generator: libsodium's; a seed that is known undoes the release.
    package func release(
        of merged: [MergedPattern], scale: Double, using generator: inout some RandomNumberGenerator
    ) throws(ModelError) -> Release {
        precondition(!merged.isEmpty, "a release without patterns")
        precondition(scale > 0 && scale.isFinite, "a scale of \(scale)")
        let total = merged.reduce(0) { $0 + $1.count }
        func factor(_ deviation: Double, _ normal: Double) -> Double {
            PortableMath.exp(min(max(deviation * normal, -Self.logarithmMax), Self.logarithmMax))
        }
        let normals = NormalSampler.sample(count: columnCount, using: &generator)
        let widths = normals.map { factor(scale / (2 * total).squareRoot(), $0) }
        var drawn: [(count: Double, mean: [Double], variance: Double)] = []
        for pattern in merged {
            let normals = NormalSampler.sample(count: columnCount + 2, using: &generator)
            let deviation = scale * (pattern.variance / strength(of: pattern)).squareRoot()
            let spread = scale * (2 / (pattern.freedom * pattern.count)).squareRoot()
            let share = pattern.count / total
            let count = pattern.count + scale * (pattern.count * (1 - share)).squareRoot() * normals[0]
            drawn.append(
                (
                    max(count, 1),
                    zip(pattern.mean, normals[2...]).map { $0 + deviation * $1 },
                    pattern.variance * factor(spread, normals[1])
                ))
        }
        let drawnTotal = drawn.reduce(0) { $0 + $1.count }
        let centre = (0..<columnCount).map { column in
            drawn.reduce(0) { $0 + $1.count / drawnTotal * $1.mean[column] }
        }
        var released: [MixturePattern?] = []
        for (slot, pattern) in drawn.enumerated() {
            var precision = Matrix(rowCount: columnCount, columnCount: columnCount)
            for index in 0..<columnCount { precision[index, index] = 1 / pattern.variance }
            let mean = (0..<columnCount).map { (pattern.mean[$0] - centre[$0]) / widths[$0] }
            released.append(
                try Self.pattern(
                    PatternParts(count: pattern.count, mean: mean, precision: precision), slot: slot))
        }
        let model = GraphicalMixtureModel(
            columnCount: columnCount, priorStrength: priorStrength, penalty: 0, patterns: released,
            weights: Self.renormalised(drawn.map(\.count), patterns: released), shape: .own,
            patternLimit: released.count, size: released.count)
        let snapshot = model.snapshot()
        return Release(
            snapshot: ModelSnapshot(kind: snapshot.kind, shared: snapshot.shared, kept: []),
            units: Standardisation(mean: centre, scale: widths))
    }
}
