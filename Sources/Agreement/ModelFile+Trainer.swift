import Detection
package import Learning
package import Models

extension ModelFile {
    /// What a participant has learnt so far; the threshold is the default percentile of its own training scores.
    ///
    /// - Parameters:
    ///   - trainer: at any stage.
    ///   - networkID: 64 hexadecimal digits; nil for a model that was learnt alone.
    ///   - participant: nil where there is no name.
    ///   - round: the round it is written after.
    ///   - columns: names, in the order of the trainer's columns.
    /// - Returns: nil before the first model.
    package init?(
        trainer: Trainer, networkID: String?, participant: String?, round: Int, columns: [String],
        score: ScoreKind
    ) {
        guard let model = trainer.model, let standardisation = trainer.standardisation else { return nil }
        self.init(
            networkID: networkID, participant: participant, round: round, columns: columns,
            standardisation: standardisation, snapshot: model.snapshot(), score: score,
            threshold: Threshold.percentile(
                Threshold.defaultPercentile, of: trainer.trainingScores(kind: score)))
    }
}
