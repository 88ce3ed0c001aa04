package import Learning

extension AgreementSettings {
    /// What a participant needs to know to learn; with one participant, alone.
    ///
    /// - Parameters:
    ///   - columnCount: columns of the rows, ≥ 1.
    ///   - participantCount: whose vectors are added up.
    package func training(columnCount: Int, participantCount: Int) -> TrainingSettings {
        TrainingSettings(
            columnCount: columnCount, valueLimit: valueLimit, startCount: model.startCount,
            roundsMaximum: rounds.maximum, objectiveTolerance: rounds.tolerance,
            sumTolerance: participantCount == 1 ? 0 : consensus.tolerance, participantCount: participantCount,
            makeModel: { [model] start, rowCount in
                ModelCatalogue.model(of: model, columnCount: columnCount, start: start, rowCount: rowCount)
            })
    }

    /// The settings alone, defaults filled in, as canonical JSON: what identifies a simulated network.
    package var canonicalForm: String { CanonicalValue.object(canonicalEntries).canonicalForm }
}
