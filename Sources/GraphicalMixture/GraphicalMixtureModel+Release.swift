import LinearAlgebra
package import Models

/// What third parties may get of a mixture.
extension GraphicalMixtureModel {
    /// One pattern in use, as a release sees it.
    package struct ReleasedPattern: Sendable, Equatable {
        package let slot: Int
        /// N̄_k.
        package let count: Double
        /// λ_k = λ0 + N̄_k.
        package let strength: Double
        /// ‖Λ_k‖₂; a function of the data.
        package let precisionNorm: Double
        /// What bounds it whatever the data; nil where nothing does. M(N̄_k+1)/ρ of a pattern of its own shape, whose
        /// penalty covers the diagonal: at the optimum tr(ΣΛ) + ρ/(N̄+1)‖Λ‖₁ = M. Towards a common shape every covariance
        /// has the floor v on its diagonal, Σ ⪰ vI, so that v·tr Λ ≤ tr(ΣΛ) ≤ M and ‖Λ_k‖₂ ≤ M/v.
        package let precisionBound: Double?
    }

    /// The patterns in use that rest on rows enough, by slot.
    ///
    /// - Parameter rowsMin: N̄_k of a pattern that is released, at least.
    package func releasedPatterns(rowsMin: Double) -> [ReleasedPattern] {
        patterns.enumerated().compactMap { slot, pattern in
            guard let pattern, pattern.count >= rowsMin else { return nil }
            return ReleasedPattern(
                slot: slot, count: pattern.count, strength: priorStrength + pattern.count,
                precisionNorm: SymmetricEigen(pattern.precision).values.max() ?? 0,
                precisionBound: precisionBound(of: pattern))
        }
    }

    private func precisionBound(of pattern: MixturePattern) -> Double? {
        switch shape {
        case .common: Double(columnCount) / CommonShape.varianceFloor
        case .own: penalty > 0 ? Double(columnCount) * (pattern.count + 1) / penalty : nil
        }
    }

    /// The model with every centre drawn from N(μ_k, s²(λ_kΛ_k)⁻¹), as a snapshot without anything private.
    ///
    /// The broad pattern of all rows, which patterns are suspect, and with them the units of calibrated readings are left
    /// out: no theorem covers them, and densities do without. So are patterns of few rows, whose precisions tell most about
    /// single ones.
    ///
    /// - Parameters:
    ///   - scale: s > 0.
    ///   - rowsMin: as in ``releasedPatterns(rowsMin:)``.
    ///   - generator: libsodium's; a seed that is known undoes the release.
    /// - Returns: nil where no pattern rests on rows enough.
    package func released(
        scale: Double, rowsMin: Double, using generator: inout some RandomNumberGenerator
    ) -> ModelSnapshot? {
        precondition(scale > 0 && scale.isFinite, "a scale of \(scale)")
        var released = self
        released.common = nil
        released.patterns = patterns.map { pattern in
            guard let pattern, pattern.count >= rowsMin else { return nil }
            let deviation = pattern.posteriorDeviation(
                priorStrength: priorStrength,
                normals: NormalSampler.sample(count: columnCount, using: &generator))
            return pattern.moved(
                to: zip(pattern.mean, deviation).map { $0 + scale * $1 }, count: pattern.count)
        }
        guard released.activePatternCount > 0 else { return nil }
        let snapshot = released.snapshot()
        return ModelSnapshot(kind: snapshot.kind, shared: snapshot.shared, kept: [])
    }
}
