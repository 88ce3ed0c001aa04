import LinearAlgebra
package import Models

/// Shared arithmetic: double precision, +, −, ×, ÷ and √ in a fixed order, a function of θ and the sums alone.
extension AutoencoderModel {
    /// A change larger than this times the running median of changes is refused by all.
    private static let changeFactor = 10.0
    /// Changes that the running median is over, and how many it needs.
    private static let historyLength = 15
    private static let historyNeeded = 5

    /// ELBO per row of θ with the participants' new encoders, a lower bound of the log-likelihood.
    package func agreedObjective(sum: SharedVector) -> AgreedObjective {
        let rows = sum.values[sums.rowsIndex].rounded()
        let perRow = sum.values[sums.objectiveIndex] / max(rows, 1)
        return AgreedObjective(perRow: perRow, logLikelihoodPerRow: perRow, rowCount: rows)
    }

    /// θ ← θ + Σ N^s (θ^s − θ)/ΣN^s, or Eq. 36 with the gradient per row.
    ///
    /// - Throws: ``ModelError/impossibleSum(block:index:value:)``,
    ///   ``ModelError/malformedState(field:expected:found:)``, with the model unchanged.
    package mutating func optimise(sum: SharedVector, kept: KeptState) throws(ModelError) {
        precondition(sum.values.count == sums.count, "\(sum.values.count) sums, not \(sums.count)")
        let layoutRows = sum.layout.blocks.first { $0.name == "rows" }?.scale ?? 1
        let rows = sum.values[sums.rowsIndex].rounded()
        guard rows.isFinite && rows >= -max(1, 1e-5 * layoutRows) else {
            throw .impossibleSum(block: "rows", index: 0, value: rows)
        }
        for index in sum.values.indices where !sum.values[index].isFinite {
            throw .impossibleSum(block: "theta", index: index, value: sum.values[index])
        }
        let next = try OwnState(kept, architecture: architecture, hasEncoder: settings.share == .decoder)
        var updated = self
        updated.own = next
        if let privacy = settings.privacy {
            // Rows do not leave: the gradient's scale is that of the agreed number's expected part.
            let expected = privacy.rate * settings.agreedRowCount
            updated.move((0..<shared.count).map { sum.values[$0] / expected })
        } else if rows >= 1 {
            updated.agreedFigures = sums.figures(sum.values, rowCount: rows)
            updated.agreedObjectivePerRow = sum.values[sums.objectiveIndex] / rows
            updated.move((0..<shared.count).map { sum.values[$0] / rows })
        }
        updated.round += 1
        self = updated
    }

    /// Applies the change (or the direction) per row unless it is out of all proportion.
    private mutating func move(_ change: [Double]) {
        let norm = change.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let isRefused =
            changeNorms.count >= Self.historyNeeded
            && norm > Self.changeFactor * changeNorms.sorted()[changeNorms.count / 2]
        changeNorms.append(norm)
        if changeNorms.count > Self.historyLength { changeNorms.removeFirst() }
        if isRefused {
            sharedRateScale /= 2
            return
        }
        switch settings.schedule {
        case .together:
            for index in shared.indices { shared[index] += change[index] }
        case .gradient:
            let rate = settings.rate(round: round) * sharedRateScale
            switch settings.optimiser {
            case .adam: sharedMoments.step(&shared, direction: change, rate: rate)
            case .sgd: for index in shared.indices { shared[index] += rate * change[index] }
            }
        }
    }
}
