import Consensus
import GraphicalMixture
package import Learning
import Models

extension ModelSettings {
    /// Common starting points that are tried.
    package var startCount: Int {
        switch self {
        case .graphicalMixture(let mixture): mixture.initialise == .scatter ? mixture.starts : 1
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
        // Alone, nothing leaves.
        let own = participantCount == 1 ? withoutPrivacy : self
        guard participantCount > 1,
            let privacy = trainingPrivacy(
                columnCount: columnCount, participantCount: participantCount)
        else { return own.plainTraining(columnCount: columnCount, participantCount: participantCount) }
        var training = plainTraining(
            columnCount: columnCount, participantCount: participantCount, privacy: privacy.rows)
        training.privacy = privacy.training
        let alone = withoutPrivacy
        training.makeAlone = {
            var training = alone.plainTraining(columnCount: columnCount, participantCount: 1)
            training.acceptsEmptyColumns = true
            return training
        }
        return training
    }

    private func plainTraining(
        columnCount: Int, participantCount: Int, privacy: RowPrivacy? = nil
    ) -> TrainingSettings {
        TrainingSettings(
            columnCount: columnCount, valueLimit: valueLimit,
            coordinates: coordinates(participantCount: participantCount),
            isCalibrated: score == .calibrated, startCount: model.startCount,
            roundsMaximum: rounds.maximum, objectiveTolerance: rounds.tolerance,
            sumTolerance: participantCount == 1 || consensus.method == .exact ? 0 : consensus.tolerance,
            participantCount: participantCount,
            makeModel: ModelCatalogue.factory(model, columnCount: columnCount, privacy: privacy))
    }

    /// The coordinates of the models that are learnt: by itself a participant's own units are the shared ones, and a
    /// score that is one model's needs no second.
    private func coordinates(participantCount: Int) -> [CoordinateSystem] {
        if participantCount == 1 { return [.shared] }
        switch standardise {
        case .shared: return [.shared]
        case .local: return [.local]
        case .both: return score == .calibrated ? [.shared, .local] : [.shared]
        }
    }
}
