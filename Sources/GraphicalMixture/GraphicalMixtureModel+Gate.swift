package import LinearAlgebra
package import Models

/// What a participant does about patterns of its own sums that rest on too few rows.
extension GraphicalMixtureModel {
    /// The E-step of the mixture without these patterns: r is renormalised over the rest, and so is its log-likelihood.
    ///
    /// - Returns: all zeros, rows too, where no pattern is left: the participant takes no part in these sums.
    package func localUpdate(
        rows: TrainingRows, layout: VectorLayout, leavingOut slots: [Int], on runner: any ParallelRunner
    ) -> LocalUpdate {
        guard !slots.isEmpty else { return localUpdate(rows: rows, layout: layout, on: runner) }
        var rest = self
        for slot in slots { rest.weights[slot] = 0 }
        var total = 0.0
        for (weight, pattern) in zip(rest.weights, patterns) where pattern != nil { total += weight }
        guard total > 0 else {
            let nothing = PatternConcentration(count: 0, sumOfSquares: 0, sumOfLogWeighted: 0, largest: 0)
            return LocalUpdate(
                shared: SharedVector(
                    layout: layout, values: [Double](repeating: 0, count: layout.count)),
                kept: keptState(), concentrations: Array(repeating: nothing, count: slotCount))
        }
        rest.weights = rest.weights.map { $0 / total }
        return rest.localUpdate(rows: rows, layout: layout, on: runner)
    }

    /// Every row x of the pattern becomes x + ξ with one ξ ~ N(0, (λ_kΛ_k)⁻¹), the deviation of the posterior of μ_k
    /// (the paper, §6.2): m + Nξ, and C + mξᵀ + ξmᵀ + Nξξᵀ.
    package func disturbed(_ values: [Double], slots: [Int], normals: [Double]) -> [Double] {
        let d = columnCount
        precondition(normals.count == slots.count * d, "\(normals.count) normals for \(slots.count) patterns")
        let statistics = statistics
        precondition(values.count == statistics.count, "\(values.count) values, not \(statistics.count)")
        var values = values
        for (position, slot) in slots.enumerated() {
            guard let pattern = patterns[slot] else { continue }
            let noise = pattern.posteriorDeviation(
                priorStrength: priorStrength, normals: Array(normals[position * d..<(position + 1) * d]))
            let count = values[statistics.countIndex(slot)]
            let first = statistics.meanIndex(slot)
            let sums = Array(values[first..<first + d])
            var index = statistics.scatterIndex(slot)
            for row in 0..<d {
                values[first + row] += count * noise[row]
                for column in row..<d {
                    values[index] +=
                        sums[row] * noise[column] + noise[row] * sums[column]
                        + count * noise[row] * noise[column]
                    index += 1
                }
            }
        }
        return values
    }

    package func patternLosses(rows: Matrix, slot: Int, centre: [Double]?) -> [Double]? {
        guard patterns.indices.contains(slot), let pattern = patterns[slot] else { return nil }
        return single(centre.map { pattern.moved(to: $0, count: pattern.count) } ?? pattern)
            .scores(rows: rows, kind: .density)
    }
}

extension MixturePattern {
    /// (λ_kΛ_k)^(−1/2) z: with standard normal z a draw from N(0, (λ_kΛ_k)⁻¹), λ_k = λ0 + N̄_k.
    ///
    /// - Parameters:
    ///   - priorStrength: λ0 ≥ 0, not 0 together with N̄_k.
    ///   - normals: z, shape `(d)`.
    package func posteriorDeviation(priorStrength: Double, normals: [Double]) -> [Double] {
        let strength = priorStrength + count
        precondition(strength > 0, "a posterior of strength \(strength)")
        precondition(normals.count == mean.count, "\(normals.count) normals for \(mean.count) columns")
        // Λ = RᵀR, so R y = z gives y the covariance Λ⁻¹.
        var deviation = normals
        for row in stride(from: mean.count - 1, through: 0, by: -1) {
            var sum = deviation[row]
            for column in (row + 1)..<max(mean.count, row + 1) {
                sum -= factor[row, column] * deviation[column]
            }
            deviation[row] = sum / factor[row, row]
        }
        let scale = 1 / strength.squareRoot()
        return deviation.map { scale * $0 }
    }
}
