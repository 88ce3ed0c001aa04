import GraphicalMixture
import Models

extension ModelCatalogue {
    /// The names of the kinds, as in the key `model.kind`.
    package static let kindNames = KindName.allCases.map(\.rawValue)

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
            settings.initialise = section.choice("initialise", default: settings.initialise)
            settings.shape = section.choice("shape", default: settings.shape)
            settings.sparsity = section.number(
                "sparsity", in: 0...1000, default: MixtureSettings.defaultSparsity(settings.shape))
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
                ("initialise", .text(mixture.initialise.rawValue)), ("shape", .text(mixture.shape.rawValue)),
                ("sparsity", .number(mixture.sparsity)),
                ("prior-strength", .number(mixture.priorStrength)),
            ]
                + (mixture.initialise == .scatter
                    ? [("starts", .integer(mixture.starts)), ("seed", .seed(mixture.seed))] : [])
        }
    }

    /// The keys of a kind that is not built yet: naming it is refused once, not key by key.
    static let autoencoderKeys = [
        "hidden", "latent", "beta", "samples", "batch", "learning-rate", "optimiser", "encoder-steps",
        "decoder-steps", "share",
    ]
}
