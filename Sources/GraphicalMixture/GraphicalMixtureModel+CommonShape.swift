import LinearAlgebra
package import Models

extension GraphicalMixtureModel {
    /// The M-step with covariances drawn to the common shape; the model is unchanged when it throws.
    mutating func optimiseToCommonShape(
        _ moments: [PatternMoments?], sum: SharedVector, keptCounts: [Double], hasMissingCells: Bool
    ) throws(ModelError) {
        let rowCount = max(sum.values[statistics.rowsIndex], 1)
        var state: CommonShape
        if let common, !hasMissingCells {
            state = common
        } else {
            state = try commonShape(sum, rowCount: rowCount)
        }
        let within = withinPatterns(moments, rowCount: rowCount, shrinkage: state.shrinkage)
        var next: [MixturePattern?] = []
        for (slot, moments) in moments.enumerated() {
            next.append(
                try moments.map { moments throws(ModelError) in
                    try commonOptimum(moments, within: within, slot: slot)
                })
        }
        state.isSuspect = CommonShape.suspects(moments, broad: state.broad, priorStrength: priorStrength)
        patterns = next
        common = state
        weights = smoothed(keptCounts, patterns: next, rowCount: rowCount)
    }

    /// δ and the broad pattern, from the sums over all patterns: whatever the responsibilities, these are the sums
    /// over all rows, the same in every round. Of missing cells they hold what the model expects, which gets better with
    /// it: then they are taken anew in every round.
    private func commonShape(_ sum: SharedVector, rowCount: Double) throws(ModelError) -> CommonShape {
        var sums = [Double](repeating: 0, count: columnCount)
        var triangle = [Double](repeating: 0, count: statistics.triangleCount)
        for slot in 0..<slotCount {
            let means = statistics.meanIndex(slot)
            for column in sums.indices { sums[column] += sum.values[means + column] }
            let scatter = statistics.scatterIndex(slot)
            for index in triangle.indices { triangle[index] += sum.values[scatter + index] }
        }
        let moments = denoised(
            PatternMoments(
                count: rowCount, sums: sums, triangle: triangle[...], priorStrength: priorStrength),
            blockCount: slotCount)
        let shrinkage = CommonShape.shrinkage(
            covariance: moments.scatter, rowCount: rowCount, norm4: sum.values[statistics.norm4Index])
        var covariance = CommonShape.shrunk(moments.scatter, by: shrinkage)
        for index in 0..<columnCount { covariance[index, index] += CommonShape.varianceFloor }
        let broad = try Self.pattern(
            count: rowCount, mean: moments.mean, covariance: covariance, penalty: 0,
            penalisesDiagonal: false, previous: nil, slot: 0)
        return CommonShape(
            shrinkage: shrinkage, broad: broad, isSuspect: [Bool](repeating: false, count: slotCount))
    }

    /// W, shrunk.
    private func withinPatterns(
        _ moments: [PatternMoments?], rowCount: Double, shrinkage: Double
    ) -> Matrix {
        var within = Matrix(rowCount: columnCount, columnCount: columnCount)
        for case let moments? in moments {
            let share = moments.count / rowCount
            for index in within.elements.indices {
                within.elements[index] += share * moments.scatter.elements[index]
            }
        }
        return CommonShape.shrunk(within, by: shrinkage)
    }

    private func commonOptimum(
        _ moments: PatternMoments, within: Matrix, slot: Int
    ) throws(ModelError) -> MixturePattern {
        let strength = Double(columnCount)
        let own = moments.count / (moments.count + strength)
        let shared = strength / (moments.count + strength)
        var covariance = moments.scatter
        for index in covariance.elements.indices {
            covariance.elements[index] = own * covariance.elements[index] + shared * within.elements[index]
        }
        for index in 0..<columnCount { covariance[index, index] += CommonShape.varianceFloor }
        return try Self.pattern(
            count: moments.count, mean: moments.mean, covariance: covariance, penalty: 0,
            penalisesDiagonal: false, previous: nil, slot: slot)
    }

    /// Makes the precisions sparse: the graphical lasso of the final covariances, with the penalty ρ/(N̄_k + d).
    ///
    /// Rounds towards a common shape work with dense precisions, which cost one inversion each; a pattern of its own
    /// shape is sparse in every round (Eq. 16) and stays as it is. Only the off-diagonal entries are penalised.
    package mutating func finish() throws(ModelError) {
        guard shape == .common, penalty > 0 else { return }
        var next: [MixturePattern?] = []
        for (slot, pattern) in patterns.enumerated() {
            guard let pattern else {
                next.append(nil)
                continue
            }
            let penalty = penalty / (pattern.count + Double(columnCount))
            let covariance = CholeskyFactor(upper: pattern.factor).inverse
            next.append(
                try Self.pattern(
                    count: pattern.count, mean: pattern.mean, covariance: covariance, penalty: penalty,
                    penalisesDiagonal: false, previous: nil, slot: slot))
        }
        patterns = next
    }

    /// π_k^s = (N_k^s + N̄_k/N)/(n_s + 1): one row's worth of the agreed weights, so that no pattern is out of reach
    /// unless the weights' penalty puts it there.
    private func smoothed(
        _ counts: [Double], patterns: [MixturePattern?], rowCount: Double
    ) -> [Double] {
        ownWeights(
            zip(counts, patterns).map { count, pattern in count + (pattern?.count ?? 0) / rowCount },
            patterns: patterns)
    }

    /// Σ‖x‖⁴ of the rows: local arithmetic.
    ///
    /// The square of an incomplete row is scaled up to d cells: with 0, the agreed mean, in the missing ones it would be
    /// too small, and so would the shrinkage.
    func sumOfFourthPowers(_ rows: any RowSource) -> Double {
        var sum = 0.0
        rows.forEachBlock { _, block in addFourthPowers(block.matrix, block.range, to: &sum) }
        return sum
    }

    private func addFourthPowers(_ rows: Matrix, _ range: Range<Int>, to sum: inout Double) {
        for row in range {
            var square = 0.0
            var cells = 0
            for index in row * rows.columnCount..<(row + 1) * rows.columnCount {
                let value = rows.elements[index]
                guard !value.isNaN else { continue }
                square += value * value
                cells += 1
            }
            if cells < rows.columnCount { square *= Double(rows.columnCount) / Double(max(cells, 1)) }
            sum += square * square
        }
    }
}
