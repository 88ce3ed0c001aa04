import GraphicalMixture
package import Models
import TaskAutoencoder

/// The one place that knows every model kind.
package enum ModelCatalogue {
    /// Makes the models of an agreement's starting points.
    ///
    /// - Parameters:
    ///   - settings: the section `model`.
    ///   - columnCount: columns of the rows, ≥ 1.
    ///   - privacy: how what the model sends is made private; nil sends it as it is.
    /// - Returns: a model from the number of the start and the agreed number of rows.
    package static func factory(
        _ settings: ModelSettings, columnCount: Int, privacy: RowPrivacy? = nil
    ) -> @Sendable (_ start: Int, _ rowCount: Double) -> any ModelKind {
        switch settings {
        case .graphicalMixture(let mixture):
            let own = GraphicalMixtureSettings(
                patternCount: mixture.patterns, sparsity: mixture.sparsity,
                priorStrength: mixture.priorStrength, origin: mixture.initialise, shape: mixture.shape,
                weightsPenalty: mixture.weightsPenalty, seed: mixture.seed, privacy: privacy)
            return { start, rowCount in
                GraphicalMixtureModel(
                    columnCount: columnCount, settings: own, start: start, rowCount: rowCount)
            }
        case .autoencoder(let own):
            return { start, rowCount in
                var own = own
                own.privacy = privacy
                if privacy != nil { own.agreedRowCount = rowCount }
                return SurveyedAutoencoder(columnCount: columnCount, settings: own, start: start)
            }
        }
    }

    /// The model that a model file's parts describe.
    ///
    /// - Returns: nil for a kind that this version does not know.
    /// - Throws: ``ModelError/malformedState(field:expected:found:)``.
    package static func model(from snapshot: ModelSnapshot) throws(ModelError) -> (any ModelKind)? {
        switch snapshot.kind {
        case GraphicalMixtureModel.name: try GraphicalMixtureModel(snapshot: snapshot)
        case AutoencoderModel.name, AutoencoderModel.deterministicName:
            try SurveyedAutoencoder(snapshot: snapshot)
        default: nil
        }
    }
}
