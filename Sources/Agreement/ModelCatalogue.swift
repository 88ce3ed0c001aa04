import GraphicalMixture
package import Models

/// All that depends on which kinds of models there are: the only place with a `switch` over them.
package enum ModelCatalogue {
    /// The names of the kinds, as in the key `model.kind`.
    package static let kindNames = KindName.allCases.map(\.rawValue)

    /// A model at the start of learning; all participants get the same bits.
    ///
    /// - Parameters:
    ///   - columnCount: d ≥ 1.
    ///   - start: the number of the start, 0 ..< ``ModelSettings/startCount``.
    ///   - rowCount: N, the agreed rows of all participants, > 0.
    package static func model(
        of settings: ModelSettings, columnCount: Int, start: Int, rowCount: Double
    ) -> any ModelKind {
        switch settings {
        case .graphicalMixture(let mixture):
            let settings = GraphicalMixtureSettings(
                patternCount: mixture.patterns, sparsity: mixture.sparsity,
                priorStrength: mixture.priorStrength, seed: mixture.seed)
            return GraphicalMixtureModel(
                columnCount: columnCount, settings: settings, start: start, rowCount: rowCount)
        }
    }

    /// The model that a model file describes.
    ///
    /// - Throws: ``ModelError/malformedState(field:expected:found:)``; field `kind` for a kind there is not.
    package static func model(snapshot: ModelSnapshot) throws(ModelError) -> any ModelKind {
        switch KindName(rawValue: snapshot.kind) {
        case .graphicalMixture: return try GraphicalMixtureModel(snapshot: snapshot)
        case nil: throw .malformedState(field: "kind", expected: KindName.allCases.count, found: 0)
        }
    }

    private enum KindName: String, CaseIterable {
        case graphicalMixture = "graphical-mixture"
    }

    /// The section `model`; whatever is wrong is reported and replaced by its default.
    static func settings(reading section: SettingsReader.Section) -> ModelSettings {
        switch section.choice("kind", planned: ["autoencoder"], default: KindName.graphicalMixture) {
        case .graphicalMixture:
            var settings = MixtureSettings()
            settings.patterns = section.wholeNumber(
                "patterns", in: GraphicalMixtureSettings.patternCounts, default: settings.patterns)
            settings.sparsity = section.number("sparsity", in: 0...1000, default: settings.sparsity)
            settings.priorStrength = section.number(
                "prior-strength", in: 1e-6...1e6, default: settings.priorStrength)
            settings.starts = section.wholeNumber("starts", in: 1...100, default: settings.starts)
            settings.seed = section.seed("seed", default: settings.seed)
            return .graphicalMixture(settings)
        }
    }

    /// The section `model` again, every key of the kind.
    static func entries(of settings: ModelSettings) -> [(String, CanonicalValue)] {
        switch settings {
        case .graphicalMixture(let mixture):
            [
                ("kind", .text(KindName.graphicalMixture.rawValue)),
                ("patterns", .integer(mixture.patterns)),
                ("sparsity", .number(mixture.sparsity)),
                ("prior-strength", .number(mixture.priorStrength)),
                ("starts", .integer(mixture.starts)),
                ("seed", .seed(mixture.seed)),
            ]
        }
    }

    /// The keys of a kind that is not built yet: naming it is refused once, not key by key.
    static let autoencoderKeys = [
        "hidden", "latent", "beta", "samples", "batch", "learning-rate", "optimiser", "encoder-steps",
        "decoder-steps", "share",
    ]
}

extension ModelSettings {
    /// Seeded starts of which the best goes on, ≥ 1.
    package var startCount: Int {
        switch self {
        case .graphicalMixture(let mixture): mixture.starts
        }
    }
}
