import LinearAlgebra
package import Models

extension GraphicalMixtureModel {
    /// (Σ ln p + Σ_k [ln N(μ_k | 0, (λ0Λ_k)⁻¹) − (ρ/2)‖Λ_k‖₁]) / N of the current θ: what EM never lowers.
    ///
    /// With λ0 = 0 the prior's improper constant (d/2) ln λ0 is left out.
    package func agreedObjective(sum: SharedVector) -> AgreedObjective {
        precondition(
            sum.values.count == statistics.count, "\(sum.values.count) sums, not \(statistics.count)")
        let logLikelihood = sum.values[statistics.logLikelihoodIndex]
        let rowCount = sum.values[statistics.rowsIndex]
        var penalised = logLikelihood
        for case let pattern? in patterns { penalised += logPrior(pattern) }
        let divisor = max(rowCount, 1)
        return AgreedObjective(
            perRow: penalised / divisor, logLikelihoodPerRow: logLikelihood / divisor, rowCount: rowCount)
    }

    /// ln N(μ | 0, (λ0Λ)⁻¹) − (ρ/2)‖Λ‖₁; portable arithmetic.
    private func logPrior(_ pattern: MixturePattern) -> Double {
        let logTwoPi = 1.837_877_066_409_345_483_56
        let logStrength = priorStrength > 0 ? PortableMath.ln(priorStrength) : 0
        var norm = 0.0
        var square = 0.0
        for row in 0..<columnCount {
            var product = 0.0
            for column in 0..<columnCount {
                let entry = pattern.precision[row, column]
                norm += entry.magnitude
                product += entry * pattern.mean[column]
            }
            square += pattern.mean[row] * product
        }
        return 0.5
            * (Double(columnCount) * (logStrength - logTwoPi) + pattern.logDeterminant
                - priorStrength * square - penalty * norm)
    }
}
