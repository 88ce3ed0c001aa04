import GraphicalMixture
package import Learning
package import Models
package import Privacy
import TaskAutoencoder
import Topology

/// The section `privacy.dp`: all that leaves is differentially private for every row (adjacency: add or remove one).
package struct DifferentialPrivacySettings: Sendable, Equatable {
    /// ε and δ of a whole run.
    package var target: PrivacyTarget
    /// What a standardised row's norm (mixture) or a row's gradient (autoencoder) is held to; nil is √d or 1. 1e-6…1e6.
    package var clip: Double?
    /// Lowest and highest value of every column, or of all where there is one; public.
    package var ranges: [ClosedRange<Double>]
    /// Members of a coalition against whom the promise holds; nil is ⌊(S − 1)/3⌋, or a smaller Shamir threshold.
    package var colluders: Int?
    /// The probability with which a row takes part in a round; 1 but for autoencoders. 1e-4…1.
    package var rate: Double

    package init(
        target: PrivacyTarget, clip: Double? = nil, ranges: [ClosedRange<Double>], colluders: Int? = nil,
        rate: Double = 1
    ) {
        self.target = target
        self.clip = clip
        self.ranges = ranges
        self.colluders = colluders
        self.rate = rate
    }

    /// The section again, for an agreement in YAML.
    var yaml: String {
        let pairs = ranges.map {
            "[\(CanonicalValue.text(of: $0.lowerBound)), \(CanonicalValue.text(of: $0.upperBound))]"
        }
        let entries = [
            ("epsilon", CanonicalValue.text(of: target.epsilon)),
            ("delta", CanonicalValue.text(of: target.delta)),
            ("clip", clip.map { CanonicalValue.text(of: $0) } ?? "auto"), ("unit", "row"),
            ("range", pairs.count == 1 ? pairs[0] : "[" + pairs.joined(separator: ", ") + "]"),
            ("colluders", colluders.map { "\($0)" } ?? "auto"), ("rate", CanonicalValue.text(of: rate)),
        ]
        return YAMLText.flow(entries)
    }

    var canonical: CanonicalValue {
        .object([
            ("epsilon", .number(target.epsilon)), ("delta", .number(target.delta)),
            ("clip", clip.map { .number($0) } ?? .text("auto")), ("unit", .text("row")),
            (
                "range",
                .list(ranges.map { .list([.number($0.lowerBound), .number($0.upperBound)]) })
            ),
            ("colluders", colluders.map { .integer($0) } ?? .text("auto")), ("rate", .number(rate)),
        ])
    }
}

extension AgreementSettings {
    /// The largest coalition against whom a private run's promise holds, at least the one participant that everybody is.
    package func colluders(participantCount: Int) -> Int {
        let third = (participantCount - 1) / 3
        return max(1, privacy.dp?.colluders ?? min(third, consensus.protection.shamirThreshold ?? third))
    }

    /// Whether such a coalition never sees less than the sum over all the others: not where it may surround one of them in
    /// the mask graph, or where attempts that are given up are not sealed.
    private var hidesEveryPart: Bool {
        let protection = consensus.protection
        if protection.shamirThreshold != nil { return true }
        return protection.masks == .on(degree: nil) && protection.hasSelfMasks && !topology.hasExplicitEdges
    }

    /// One participant's part of a sum's noise: with the smallest roster that makes a sum and all colluders in it, the
    /// others' noise is still whole. Where a part may be seen by itself, and alone, one adds all of it.
    private func noiseShare(participantCount: Int) -> Double {
        guard hidesEveryPart else { return 1 }
        let smallest = rosterMinimum(participantCount: participantCount)
        let honest = max(1, smallest - colluders(participantCount: participantCount))
        return 1 / Double(honest).squareRoot()
    }

    /// Releases of rounds in a private run: one a size of a growing dictionary, then ``RoundSettings/maximum``.
    private var privateRoundCount: Int {
        guard case .graphicalMixture(let mixture) = model, mixture.initialise == .split else {
            return rounds.maximum
        }
        var sizes = 0
        while 1 << sizes < mixture.patterns { sizes += 1 }
        return sizes + rounds.maximum
    }

    /// The noise of a private run; nil where nothing is private or no noise keeps the promise.
    var privacyPlan: PrivacyPlan? {
        privacy.dp.flatMap {
            PrivacyPlan(
                target: $0.target, roundCount: privateRoundCount, rate: $0.rate,
                isCalibrated: score == .calibrated)
        }
    }

    /// How a run's vectors and its models' rounds are made private; nil where nothing is.
    ///
    /// - Precondition: the settings were checked.
    func trainingPrivacy(
        columnCount: Int, participantCount: Int
    ) -> (training: TrainingPrivacy, rows: RowPrivacy)? {
        guard let dp = privacy.dp else { return nil }
        guard let plan = privacyPlan else { preconditionFailure("no noise keeps \(dp.target)") }
        let share = noiseShare(participantCount: participantCount)
        let isMixture = if case .graphicalMixture = model { true } else { false }
        let clip = dp.clip ?? (isMixture ? Double(columnCount).squareRoot() : 1)
        let ranges = dp.ranges.count == 1 ? Array(repeating: dp.ranges[0], count: columnCount) : dp.ranges
        return (
            TrainingPrivacy(plan: plan, ranges: ranges, share: share),
            RowPrivacy(
                clip: clip, multiplier: plan.round, share: share, rate: dp.rate,
                participantCount: participantCount)
        )
    }

    /// How a participant of a private network learns by itself, where nothing leaves: without noise, and with as many patterns
    /// and rounds as the ordinary defaults have.
    var withoutPrivacy: AgreementSettings {
        guard privacy.dp != nil else { return self }
        var settings = self
        settings.privacy.dp = nil
        switch model {
        case .graphicalMixture(var mixture):
            mixture.patterns = max(mixture.patterns, MixtureSettings().patterns)
            if mixture.shape == .spherical { mixture.shape = MixtureSettings().shape }
            settings.model = .graphicalMixture(mixture)
            settings.rounds = RoundSettings()
        case .autoencoder(var autoencoder):
            let usual = AutoencoderSettings()
            autoencoder.schedule = usual.schedule
            autoencoder.trim = usual.trim
            autoencoder.batch = usual.batch
            autoencoder.learningRate = usual.learningRate
            autoencoder.share = usual.share
            settings.rounds = .autoencoder
            autoencoder.roundCount = settings.rounds.maximum
            settings.model = .autoencoder(autoencoder)
        }
        return settings
    }
}
