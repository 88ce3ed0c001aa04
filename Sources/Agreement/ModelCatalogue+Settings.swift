import GraphicalMixture
import Models
import TaskAutoencoder

extension ModelCatalogue {
    /// The names of the kinds, as in the key `model.kind`.
    package static let kindNames = KindName.allCases.map(\.rawValue)

    private enum KindName: String, CaseIterable {
        case graphicalMixture = "graphical-mixture"
        case autoencoder
        case deterministicAutoencoder = "deterministic-autoencoder"
    }

    /// The section `model`; whatever is wrong is reported and replaced by its default.
    static func settings(reading section: SettingsReader.Section) -> ModelSettings {
        let kind = section.choice("kind", default: KindName.graphicalMixture)
        switch kind {
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
            settings.weightsPenalty = section.number(
                "weights-penalty", in: 0...1e6, default: settings.weightsPenalty)
            settings.starts = section.wholeNumber("starts", in: 1...100, default: settings.starts)
            settings.seed = section.seed("seed", default: settings.seed)
            return .graphicalMixture(settings)
        case .autoencoder, .deterministicAutoencoder:
            return .autoencoder(autoencoder(reading: section, isVariational: kind == .autoencoder))
        }
    }

    /// The kind that a section names, before it is checked.
    static func isAutoencoder(_ model: SourceNode?) -> Bool {
        guard let name = model?.value(of: "kind")?.scalarText, let kind = KindName(rawValue: name) else {
            return false
        }
        return kind != .graphicalMixture
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
                + (mixture.weightsPenalty > 0 ? [("weights-penalty", .number(mixture.weightsPenalty))] : [])
                + (mixture.initialise == .scatter
                    ? [("starts", .integer(mixture.starts)), ("seed", .seed(mixture.seed))] : [])
        case .autoencoder(let autoencoder):
            [
                (
                    "kind",
                    .text(
                        (autoencoder.form == .deterministic
                            ? KindName.deterministicAutoencoder : KindName.autoencoder).rawValue)
                )
            ] + entries(of: autoencoder)
        }
    }
}
