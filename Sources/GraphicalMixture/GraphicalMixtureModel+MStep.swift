import LinearAlgebra
package import Models

extension GraphicalMixtureModel {
    /// Rows below which a pattern is dropped at all peers.
    package static let rowsMin = 1.0

    /// The M-step: Eq. 15 and Eq. 16 from the agreed sums, portable arithmetic in a fixed order.
    ///
    /// Patterns with N̄_k < 1 are dropped and the own weights renormalised over the others (``ownWeights(_:patterns:)``). With a common shape, Eq. 16
    /// is solved for covariances that are drawn to it, and every own weight keeps a little of the agreed one.
    ///
    /// - Throws: ``ModelError/impossibleSum(block:index:value:)``, ``ModelError/noPatternLeft(rowCount:)``,
    ///   ``ModelError/notConverged(pattern:iterations:residual:)``,
    ///   ``ModelError/notPositiveDefinite(pattern:leadingMinor:)``, ``ModelError/malformedState(field:expected:found:)``
    ///   for `kept`; the model is unchanged.
    package mutating func optimise(sum: SharedVector, kept: KeptState) throws(ModelError) {
        let sum = privacy == nil ? sum : withoutImpossibleCounts(sum)
        try statistics.check(sum)
        let rowsMin = rowsMin(sum)
        let keptCounts = try Self.weights(kept, slotCount: slotCount)
        let moments = (0..<slotCount).map { slot -> PatternMoments? in
            guard patterns[slot] != nil && sum.values[statistics.countIndex(slot)] >= rowsMin else {
                return nil
            }
            let moments = PatternMoments(sum, statistics, slot: slot, priorStrength: priorStrength)
            return shape == .spherical ? spherical(moments) : denoised(moments)
        }
        guard moments.contains(where: { $0 != nil }) else {
            throw .noPatternLeft(rowCount: sum.values[statistics.rowsIndex])
        }
        let hasMissingCells = sum.values[statistics.missingIndex].rounded() >= 1
        switch shape {
        case .own:
            var next: [MixturePattern?] = []
            for (slot, moments) in moments.enumerated() {
                next.append(
                    try moments.map { moments throws(ModelError) in try ownOptimum(moments, slot: slot) })
            }
            patterns = next
            weights = ownWeights(keptCounts, patterns: next)
        case .common, .spherical:
            try optimiseToCommonShape(
                moments, sum: sum, keptCounts: keptCounts, hasMissingCells: hasMissingCells)
        }
        self.hasMissingCells = hasMissingCells
    }

    /// Λ_k of Eq. 16 for m0 = 0, divided by (N̄+1)/N̄.
    private func ownOptimum(_ moments: PatternMoments, slot: Int) throws(ModelError) -> MixturePattern {
        let rescaling = moments.count / (moments.count + 1)
        var covariance = moments.scatter
        for index in covariance.elements.indices { covariance.elements[index] *= rescaling }
        return try Self.pattern(
            count: moments.count, mean: moments.mean, covariance: covariance,
            penalty: penalty / (moments.count + 1), penalisesDiagonal: true,
            previous: patterns[slot]?.precision, slot: slot)
    }

    /// A pattern with the sparse precision of a covariance.
    ///
    /// - Parameter previous: Λ_k of θ, where the lasso starts: part of the agreed state, so a participant that goes on
    ///   from a checkpoint reaches the same bits.
    static func pattern(
        count: Double, mean: [Double], covariance: Matrix, penalty: Double, penalisesDiagonal: Bool,
        previous: Matrix?, slot: Int
    ) throws(ModelError) -> MixturePattern {
        let solution: GraphicalLassoSolution
        do throws(GraphicalLassoError) {
            solution = try graphicalLasso(
                covariance: covariance, penalty: penalty, penalisesDiagonal: penalisesDiagonal,
                previous: previous)
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

/// What the agreed sums say about one pattern, for m0 = 0.
struct PatternMoments {
    /// N̄_k.
    let count: Double
    /// m̄_k, shape `(d)`.
    let average: [Double]
    /// μ_k of Eq. 15.
    let mean: [Double]
    /// Σ_k = C̄ − m̄m̄ᵀ + λ0/(λ0+N̄) m̄m̄ᵀ = C̄ − N̄/(λ0+N̄) m̄m̄ᵀ, shape `(d, d)`.
    let scatter: Matrix

    /// The same with another scatter.
    func with(scatter: Matrix) -> PatternMoments {
        PatternMoments(count: count, average: average, mean: mean, scatter: scatter)
    }

    private init(count: Double, average: [Double], mean: [Double], scatter: Matrix) {
        self.count = count
        self.average = average
        self.mean = mean
        self.scatter = scatter
    }

    init(_ sum: SharedVector, _ statistics: SufficientStatistics, slot: Int, priorStrength: Double) {
        let d = statistics.columnCount
        let values = sum.values
        let first = statistics.meanIndex(slot)
        self.init(
            count: values[statistics.countIndex(slot)], sums: Array(values[first..<first + d]),
            triangle: values[
                statistics.scatterIndex(slot)..<statistics.scatterIndex(slot) + statistics.triangleCount],
            priorStrength: priorStrength)
    }

    /// - Parameters:
    ///   - count: N̄ > 0.
    ///   - sums: Σ r x, shape `(d)`.
    ///   - triangle: Σ r x xᵀ, upper triangle by rows.
    ///   - priorStrength: λ0 ≥ 0.
    init(count: Double, sums: [Double], triangle: ArraySlice<Double>, priorStrength: Double) {
        let d = sums.count
        precondition(triangle.count == d * (d + 1) / 2, "\(triangle.count) products of \(d) columns")
        let average = sums.map { $0 / count }
        let shrinkage = count / (priorStrength + count)
        var scatter = Matrix(rowCount: d, columnCount: d)
        var index = triangle.startIndex
        for row in 0..<d {
            for column in row..<d {
                let entry = triangle[index] / count - shrinkage * (average[row] * average[column])
                scatter[row, column] = entry
                scatter[column, row] = entry
                index += 1
            }
        }
        self.count = count
        self.average = average
        self.mean = average.map { shrinkage * $0 }
        self.scatter = scatter
    }
}
