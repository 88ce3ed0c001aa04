package import LinearAlgebra
package import Models

/// The patterns a participant uses, prepared for passes over its rows.
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
}

extension GraphicalMixtureModel {
    /// The E-step on the participant's rows: Eq. 12 with μ_k, Eq. 13.
    ///
    /// Rows that lack cells are marginalised: see ``IncompletePass``.
    ///
    /// - Complexity: O(n · K · d²); scratch of a few hundred rows a thread, no copy of `rows`.
    package func localUpdate(
        rows: TrainingRows, layout: VectorLayout, on runner: any ParallelRunner
    ) -> LocalUpdate {
        precondition(rows.columnCount == columnCount, "\(rows.columnCount) columns for \(columnCount)")
        precondition(layout.count == statistics.count, "a layout of \(layout.count), not \(statistics.count)")
        let active = ActiveComponents(self)
        let pass = MixturePass(active.components)
        let partition = RowPartition(rowCount: rows.completeCount)
        var sums = MixtureSums(patternCount: active.slots.count, dimension: columnCount)
        for part in runner.map(count: partition.count, { pass.sums(rows.source, in: partition[$0]) }) {
            sums.add(part)
        }
        if rows.completeCount < rows.rowCount {
            let incomplete = IncompletePass(self)
            let first = rows.completeCount
            let runs = RowPartition(rowCount: rows.rowCount - first)
            let parts = runner.map(count: runs.count) { index in
                incomplete.sums(
                    rows.source, in: first + runs[index].lowerBound..<first + runs[index].upperBound)
            }
            for part in parts { sums.add(part) }
        }
        // Without missing cells read in the first exchange of a run only.
        let readsNorm4 = shape != .own && (common == nil || hasMissingCells)
        let norm4 = readsNorm4 ? sumOfFourthPowers(rows.source) : 0
        return localUpdate(
            slots: active.slots, sums: sums, rows: rows, norm4: norm4, layout: layout)
    }

    private func localUpdate(
        slots: [Int], sums: MixtureSums, rows: TrainingRows, norm4: Double, layout: VectorLayout
    ) -> LocalUpdate {
        let statistics = statistics
        var values = [Double](repeating: 0, count: statistics.count)
        var weights = [Double](repeating: 0, count: slotCount)
        let empty = PatternConcentration(count: 0, sumOfSquares: 0, sumOfLogWeighted: 0, largest: 0)
        var concentrations = [PatternConcentration](repeating: empty, count: slotCount)
        let total = sums.patterns.reduce(0) { $0 + $1.responsibilities.count }
        for (position, slot) in slots.enumerated() {
            let pattern = sums.patterns[position]
            let responsibilities = pattern.responsibilities
            values[statistics.countIndex(slot)] = responsibilities.count
            values[statistics.squaresIndex(slot)] = responsibilities.squares
            weights[slot] = total > 0 ? responsibilities.count : self.weights[slot]
            concentrations[slot] = PatternConcentration(
                count: responsibilities.count, sumOfSquares: responsibilities.squares,
                sumOfLogWeighted: responsibilities.logWeighted, largest: responsibilities.largest)
            for (index, value) in pattern.mean.enumerated() {
                values[statistics.meanIndex(slot) + index] = value
            }
            for (index, value) in pattern.scatter.enumerated() {
                values[statistics.scatterIndex(slot) + index] = value
            }
        }
        values[statistics.logLikelihoodIndex] = sums.logLikelihood
        values[statistics.rowsIndex] = Double(rows.rowCount)
        values[statistics.missingIndex] = Double(rows.missingCellCount)
        values[statistics.norm4Index] = norm4
        return LocalUpdate(
            shared: SharedVector(layout: layout, values: values), kept: Self.keptState(weights),
            concentrations: concentrations)
    }
}
