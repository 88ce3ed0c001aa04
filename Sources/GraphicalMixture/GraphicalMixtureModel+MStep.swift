import LinearAlgebra
package import Models

extension GraphicalMixtureModel {
    /// Rows below which a pattern is dropped at all peers.
    package static let rowsMin = 1.0

    /// The M-step: Eq. 15 and Eq. 16 from the agreed sums, portable arithmetic in a fixed order.
    ///
    /// Patterns with N̄_k < 1 are dropped and the own weights renormalised over the others.
    ///
    /// - Throws: ``ModelError/impossibleSum(block:index:value:)``, ``ModelError/noPatternLeft(rowCount:)``,
    ///   ``ModelError/notConverged(pattern:iterations:residual:)``,
    ///   ``ModelError/notPositiveDefinite(pattern:leadingMinor:)``, ``ModelError/malformedState(field:expected:found:)``
    ///   for `kept`; the model is unchanged.
    package mutating func optimise(sum: SharedVector, kept: KeptState) throws(ModelError) {
        try statistics.check(sum)
        let keptWeights = try Self.weights(kept, slotCount: slotCount)
        var next: [MixturePattern?] = []
        next.reserveCapacity(slotCount)
        for slot in 0..<slotCount {
            let count = sum.values[statistics.countIndex(slot)]
            guard patterns[slot] != nil && count >= Self.rowsMin else {
                next.append(nil)
                continue
            }
            next.append(
                try optimum(
                    slot: slot, count: count, values: sum.values, previous: patterns[slot]?.precision))
        }
        guard next.contains(where: { $0 != nil }) else {
            throw .noPatternLeft(rowCount: sum.values[statistics.rowsIndex])
        }
        patterns = next
        weights = Self.renormalised(keptWeights, patterns: next)
    }

    /// μ_k of Eq. 15 and Λ_k of Eq. 16 for m0 = 0.
    ///
    /// - Parameter previous: Λ_k of θ, where the lasso starts: part of the agreed state, so a participant that goes on
    ///   from a checkpoint reaches the same bits.
    private func optimum(
        slot: Int, count: Double, values: [Double], previous: Matrix?
    ) throws(ModelError) -> MixturePattern {
        let d = columnCount
        let first = statistics.meanIndex(slot)
        let average = (0..<d).map { values[first + $0] / count }
        let shrinkage = count / (priorStrength + count)
        let mean = average.map { shrinkage * $0 }
        // Σ_k = C̄ − m̄m̄ᵀ + λ0/(λ0+N̄) m̄m̄ᵀ = C̄ − N̄/(λ0+N̄) m̄m̄ᵀ; Eq. 16 divided by (N̄+1)/N̄.
        let rescaling = count / (count + 1)
        var covariance = Matrix(rowCount: d, columnCount: d)
        var index = statistics.scatterIndex(slot)
        for row in 0..<d {
            for column in row..<d {
                let entry =
                    rescaling * (values[index] / count - shrinkage * (average[row] * average[column]))
                covariance[row, column] = entry
                covariance[column, row] = entry
                index += 1
            }
        }
        let solution: GraphicalLassoSolution
        do throws(GraphicalLassoError) {
            solution = try graphicalLasso(
                covariance: covariance, penalty: penalty / (count + 1), previous: previous)
        } catch {
            switch error {
            case .notConverged(let sweeps, let gap):
                throw .notConverged(pattern: slot, iterations: sweeps, residual: gap)
            case .notPositiveDefinite(let minor):
                throw .notPositiveDefinite(pattern: slot, leadingMinor: minor)
            }
        }
        do throws(LinearAlgebraError) {
            return try MixturePattern(count: count, mean: mean, precision: solution.precision)
        } catch {
            switch error {
            case .notPositiveDefinite(let minor):
                throw .notPositiveDefinite(pattern: slot, leadingMinor: minor)
            }
        }
    }

    /// Weights over the patterns still in use, sum 1; equal ones where nothing is left of them.
    static func renormalised(_ weights: [Double], patterns: [MixturePattern?]) -> [Double] {
        var total = 0.0
        for (weight, pattern) in zip(weights, patterns) where pattern != nil { total += weight }
        let active = Double(patterns.count { $0 != nil })
        return zip(weights, patterns).map { weight, pattern in
            guard pattern != nil else { return 0 }
            return total > 0 ? weight / total : 1 / active
        }
    }
}
