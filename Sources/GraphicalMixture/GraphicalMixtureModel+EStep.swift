package import LinearAlgebra
package import Models

/// The patterns a participant uses, prepared for blocks of its rows.
struct ActiveComponents {
    /// Slots with a pattern and a positive weight, ascending.
    let slots: [Int]
    /// ln π_k, by position in `slots`.
    let logWeights: [Double]
    let components: [GaussianComponent]

    init(_ model: GraphicalMixtureModel) {
        let halfLogTwoPi = 0.918_938_533_204_672_741_78
        var slots: [Int] = []
        var logWeights: [Double] = []
        var components: [GaussianComponent] = []
        for (slot, pattern) in model.patterns.enumerated() {
            guard let pattern, model.weights[slot] > 0 else { continue }
            let logWeight = PortableMath.ln(model.weights[slot])
            slots.append(slot)
            logWeights.append(logWeight)
            components.append(
                GaussianComponent(
                    factor: pattern.factor, mean: pattern.mean,
                    constant: logWeight + 0.5 * pattern.logDeterminant
                        - Double(model.columnCount) * halfLogTwoPi))
        }
        precondition(!slots.isEmpty, "no pattern has a weight")
        self.slots = slots
        self.logWeights = logWeights
        self.components = components
    }

    /// Rows a block holds: a few hundred, fewer where many patterns would push the block out of the cache.
    var blockCapacity: Int { max(64, min(512, 32_768 / slots.count / 8 * 8)) }
}

/// A pass over rows in blocks: log densities under each active pattern, then responsibilities.
struct ResponsibilityPass {
    let active: ActiveComponents
    private(set) var block: TransposedBlock
    private(set) var responsibilities: ResponsibilityBlock
    private(set) var totals: [ResponsibilitySums]

    init(_ active: ActiveComponents, columnCount: Int) {
        self.active = active
        self.block = TransposedBlock(capacity: active.blockCapacity, dimension: columnCount)
        self.responsibilities = ResponsibilityBlock(patternCount: active.slots.count, leading: block.leading)
        self.totals = [ResponsibilitySums](repeating: ResponsibilitySums(), count: active.slots.count)
    }

    /// ln π_k + ln N(x | k) of rows `start..<start + count`, in `responsibilities.values`.
    mutating func loadLogDensities(_ rows: Matrix, from start: Int, count: Int) {
        block.load(rows, from: start, count: count)
        for position in active.slots.indices {
            block.logDensities(
                of: active.components[position], into: &responsibilities.values,
                at: position * responsibilities.leading)
        }
    }

    /// Turns the loaded log densities into responsibilities; returns the block's log-likelihood.
    mutating func normalise() -> Double {
        responsibilities.normalise(rowCount: block.count, totals: &totals)
    }
}

extension GraphicalMixtureModel {
    /// The E-step on the participant's rows: Eq. 12 with μ_k, Eq. 13.
    ///
    /// - Complexity: O(n · K · d²), BLAS; scratch of a few hundred rows, no copy of `rows`.
    package func localUpdate(rows: Matrix, layout: VectorLayout) -> LocalUpdate {
        precondition(rows.columnCount == columnCount, "\(rows.columnCount) columns for \(columnCount)")
        precondition(layout.count == statistics.count, "a layout of \(layout.count), not \(statistics.count)")
        let active = ActiveComponents(self)
        var pass = ResponsibilityPass(active, columnCount: columnCount)
        var moments = active.slots.map { _ in WeightedMoments(dimension: columnCount) }
        let capacity = pass.block.capacity
        var gathered = [Double](repeating: 0, count: capacity * columnCount)
        var logLikelihood = 0.0
        for start in stride(from: 0, to: rows.rowCount, by: capacity) {
            let count = min(capacity, rows.rowCount - start)
            pass.loadLogDensities(rows, from: start, count: count)
            logLikelihood += pass.normalise()
            for position in active.slots.indices {
                moments[position].add(
                    rows, from: start, count: count, weights: pass.responsibilities.values,
                    at: position * pass.responsibilities.leading, gathered: &gathered)
            }
        }
        return localUpdate(
            slots: active.slots, totals: pass.totals, moments: moments, logLikelihood: logLikelihood,
            rowCount: rows.rowCount, norm4: sumOfFourthPowers(rows), layout: layout)
    }

    private func localUpdate(
        slots: [Int], totals: [ResponsibilitySums], moments: [WeightedMoments], logLikelihood: Double,
        rowCount: Int, norm4: Double, layout: VectorLayout
    ) -> LocalUpdate {
        let statistics = statistics
        var values = [Double](repeating: 0, count: statistics.count)
        var weights = [Double](repeating: 0, count: slotCount)
        let empty = PatternConcentration(count: 0, sumOfSquares: 0, sumOfLogWeighted: 0, largest: 0)
        var concentrations = [PatternConcentration](repeating: empty, count: slotCount)
        let total = totals.reduce(0) { $0 + $1.count }
        for (position, slot) in slots.enumerated() {
            let sums = totals[position]
            values[statistics.countIndex(slot)] = sums.count
            values[statistics.squaresIndex(slot)] = sums.squares
            weights[slot] = total > 0 ? sums.count : self.weights[slot]
            concentrations[slot] = PatternConcentration(
                count: sums.count, sumOfSquares: sums.squares, sumOfLogWeighted: sums.logWeighted,
                largest: sums.largest)
            for column in 0..<columnCount {
                values[statistics.meanIndex(slot) + column] = moments[position].mean[column]
            }
            var index = statistics.scatterIndex(slot)
            for row in 0..<columnCount {
                for column in row..<columnCount {
                    values[index] = moments[position].scatter[row, column]
                    index += 1
                }
            }
        }
        values[statistics.logLikelihoodIndex] = logLikelihood
        values[statistics.rowsIndex] = Double(rowCount)
        values[statistics.norm4Index] = norm4
        return LocalUpdate(
            shared: SharedVector(layout: layout, values: values), kept: Self.keptState(weights),
            concentrations: concentrations)
    }
}
