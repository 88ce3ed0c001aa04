package import LinearAlgebra
package import Models

extension Trainer {
    /// Learns without anybody else: the "sum" of every exchange is the own vector.
    ///
    /// - Parameters:
    ///   - runner: for the local work.
    ///   - onExchange: called after every exchange with the stage that it was.
    /// - Throws: ``TrainingError``.
    package mutating func learnAlone(
        on runner: any ParallelRunner = SerialRunner(),
        onExchange: (_ stage: TrainingStage, _ trainer: Trainer) -> Void = { _, _ in }
    ) throws(TrainingError) {
        precondition(
            settings.participantCount == 1, "\(settings.participantCount) participants cannot learn alone")
        while stage != .finished {
            let current = stage
            let update = localUpdate(on: runner)
            try absorb(update.shared, kept: update.kept)
            onExchange(current, self)
        }
    }

    /// Anomaly scores of raw rows under the current model; nothing is clipped.
    ///
    /// - Parameters:
    ///   - rawRows: shape (n, d), in the units of the training rows; NaN where a cell is missing, finite elsewhere.
    ///   - kind: which score; `calibrated` once the run has finished.
    /// - Returns: shape (n); the larger the odder.
    package func scores(rawRows: Matrix, kind: ScoreKind) -> [Double] {
        guard let detector else { preconditionFailure("scores before the first model, at stage \(stage)") }
        return detector.scores(rawRows: rawRows, kind: kind)
    }

    /// Anomaly scores of the own training rows, raw as they came; of evenly spaced ones where they are more than a million.
    package func trainingScores(kind: ScoreKind) -> [Double] {
        let step = max(1, (rawRows.rowCount + Self.scoredRowsMax - 1) / Self.scoredRowsMax)
        var scores: [Double] = []
        rawRows.source.forEachBlock { first, block in
            let offset = (step - first % step) % step
            let chosen = stride(from: offset, to: block.range.count, by: step).map {
                block.range.lowerBound + $0
            }
            guard !chosen.isEmpty else { return }
            scores += self.scores(
                rawRows: step == 1 ? block.rows : block.matrix.gathered(chosen), kind: kind)
        }
        return scores
    }

    /// Enough for any percentile.
    private static let scoredRowsMax = 1 << 20
}
