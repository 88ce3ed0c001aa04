import Detection
package import Learning
package import Models

extension ModelFile {
    /// What a participant has learnt so far; the threshold is the default percentile of its own training scores.
    ///
    /// Before the calibration there are no calibrated scores: a file written then says `density`.
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
        guard let detector = trainer.detector, let standardisation = trainer.standardisation else {
            return nil
        }
        let score: ScoreKind = score == .calibrated && !detector.isCalibrated ? .density : score
        let coordinates = trainer.settings.coordinates
        self.init(
            networkID: networkID, participant: participant, round: round, columns: columns,
            standardisation: standardisation, coordinates: coordinates,
            views: zip(coordinates, detector.views).map { system, view in
                ModelFileView(
                    own: system == .local ? trainer.localStandardisation : nil,
                    snapshot: view.model.snapshot(), scales: view.scales)
            },
            own: trainer.own.map { own in
                let parts = own.view.model.snapshot()
                return OwnView(
                    view: ModelFileView(
                        own: own.standardisation,
                        snapshot: ModelSnapshot(
                            kind: parts.kind, shared: parts.shared + parts.kept, kept: []),
                        scales: own.view.scales), weight: detector.ownWeight)
            },
            score: score,
            threshold: Threshold.percentile(
                Threshold.defaultPercentile, of: trainer.trainingScores(kind: score)))
    }
}
