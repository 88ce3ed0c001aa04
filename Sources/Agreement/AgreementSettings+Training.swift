import Consensus
package import Learning

extension ModelSettings {
    /// Common starting points that are tried.
    package var startCount: Int {
        switch self {
        case .graphicalMixture(let mixture): mixture.starts
        case .autoencoder: 1
        }
    }
}

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
            sumTolerance: participantCount == 1 || consensus.method == .exact ? 0 : consensus.tolerance,
            participantCount: participantCount,
            makeModel: ModelCatalogue.factory(model, columnCount: columnCount))
    }
}
