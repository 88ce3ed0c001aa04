import LinearAlgebra
import TaskAutoencoder

extension ModelCatalogue {
    /// The keys of the section `model` that only an autoencoder has.
    static let autoencoderKeys = [
        "hidden", "latent", "activation", "deviation", "beta", "samples", "batch", "learning-rate",
        "optimiser",
        "steps", "decoder-steps", "share", "trim",
    ]

    /// The keys that an autoencoder has not.
    private static let foreignKeys = ["patterns", "sparsity", "prior-strength", "weights-penalty", "starts"]

    private enum ActivationName: String, CaseIterable {
        case tanh
        case relu
    }

    private enum DeviationName: String, CaseIterable {
        case bounded
        case softplus
    }

    /// The section `model` of an autoencoder; whatever is wrong is reported and replaced by its default.
    static func autoencoder(
        reading section: SettingsReader.Section, isVariational: Bool
    ) -> AutoencoderSettings {
        for name in foreignKeys where section.has(name) {
            section.report(.unknownKey(nearest: nil, known: ["kind", "seed"] + autoencoderKeys), name)
        }
        var settings = AutoencoderSettings()
        settings.hidden = hidden(in: section) ?? settings.hidden
        if section.value("latent")?.scalarText != "auto" {
            settings.latentCount = section.optionalWholeNumber("latent", in: AutoencoderSettings.latentCounts)
        }
        settings.activation =
            section.choice("activation", default: ActivationName.tanh) == .tanh ? .tanh : .relu
        let deviation = section.choice("deviation", default: DeviationName.bounded)
        settings.form = !isVariational ? .deterministic : deviation == .bounded ? .recipe : .paper
        settings.beta = section.number("beta", in: 0...100, default: settings.beta)
        settings.samples = section.wholeNumber("samples", in: 1...64, default: settings.samples)
        settings.batch = section.wholeNumber("batch", in: 1...65_536, default: settings.batch)
        settings.learningRate = section.number(
            "learning-rate", in: 1e-9...10, default: settings.learningRate)
        settings.optimiser = section.choice("optimiser", default: settings.optimiser)
        let steps = section.wholeNumber("steps", in: 1...10_000, default: 10)
        let decoderSteps = section.wholeNumber("decoder-steps", in: 0...10_000, default: steps)
        if decoderSteps != 0 && decoderSteps != steps {
            section.report(
                .outOfRange(found: "\(decoderSteps)", allowed: "0 or \(section.key("steps")), \(steps)"),
                "decoder-steps")
        }
        settings.schedule = decoderSteps == 0 ? .gradient(encoderSteps: steps) : .together(steps: steps)
        settings.share = section.choice("share", default: settings.share)
        settings.trim = section.number("trim", in: 0...0.5, default: settings.trim)
        settings.seed = section.seed("seed", default: settings.seed)
        return settings
    }

    /// nil where the list is missing or wrong, which is reported.
    private static func hidden(in section: SettingsReader.Section) -> [Int]? {
        guard let items = section.items("hidden") else { return nil }
        guard AutoencoderSettings.hiddenCounts.contains(items.count) else {
            section.report(
                .outOfRange(
                    found: "\(items.count) layers",
                    allowed: "\(AutoencoderSettings.hiddenCounts.lowerBound) to "
                        + "\(AutoencoderSettings.hiddenCounts.upperBound) layers"), "hidden")
            return nil
        }
        let widths = items.enumerated().compactMap { index, item in
            section.reader.wholeNumber(
                item, key: "\(section.key("hidden"))[\(index)]", in: AutoencoderSettings.widths)
        }
        return widths.count == items.count ? widths : nil
    }

    /// Every key of the section but `kind`.
    static func entries(of settings: AutoencoderSettings) -> [(String, CanonicalValue)] {
        let steps: (own: Int, decoder: Int) =
            switch settings.schedule {
            case .together(let steps): (steps, steps)
            case .gradient(let steps): (steps, 0)
            }
        let deviation: DeviationName = settings.form == .paper ? .softplus : .bounded
        return [
            ("hidden", .list(settings.hidden.map(CanonicalValue.integer))),
            ("latent", settings.latentCount.map(CanonicalValue.integer) ?? .text("auto")),
            ("activation", .text((settings.activation == .tanh ? ActivationName.tanh : .relu).rawValue)),
            ("deviation", .text(deviation.rawValue)),
            ("beta", .number(settings.beta)),
            ("samples", .integer(settings.samples)),
            ("batch", .integer(settings.batch)),
            ("learning-rate", .number(settings.learningRate)),
            ("optimiser", .text(settings.optimiser.rawValue)),
            ("steps", .integer(steps.own)),
            ("decoder-steps", .integer(steps.decoder)),
            ("share", .text(settings.share.rawValue)),
            ("trim", .number(settings.trim)),
            ("seed", .seed(settings.seed)),
        ]
    }
}
