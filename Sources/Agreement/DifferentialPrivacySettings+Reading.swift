import GraphicalMixture
import Privacy
import TaskAutoencoder

extension DifferentialPrivacySettings {
    /// The only unit there is.
    private enum Unit: String, CaseIterable {
        case row
    }

    static let defaultDelta = 1e-5
    static let defaultRate = 0.1

    /// Reads the section; whatever is wrong is reported.
    ///
    /// - Returns: nil where a required key is missing or wrong.
    init?(reading section: SettingsReader.Section, participantCount: Int?, quorum: Quorum, isMixture: Bool) {
        if !section.has("epsilon") { section.reportMissing("epsilon", expected: .number) }
        let epsilon = section.number("epsilon", in: PrivacyTarget.epsilons, default: 1)
        let delta = section.number("delta", in: PrivacyTarget.deltas, default: Self.defaultDelta)
        _ = section.choice("unit", default: Unit.row)
        var clip: Double?
        if let node = section.value("clip"), node.scalarText != "auto" {
            clip = section.reader.number(node, key: section.key("clip"), in: 1e-6...1e6)
        }
        var colluders: Int?
        if let node = section.value("colluders"), node.scalarText != "auto" {
            let largest = quorum.count(participantCount: participantCount ?? participantLimit) - 1
            colluders = section.optionalWholeNumber("colluders", in: 0...max(largest, 0))
        }
        let rate = section.number("rate", in: 1e-4...1, default: isMixture ? 1 : Self.defaultRate)
        if isMixture && rate < 1 {
            section.report(.doesNotCombine(otherKey: "model.kind", reason: .statisticsTakeAllRows), "rate")
        }
        guard let ranges = Self.ranges(of: section) else { return nil }
        self.init(
            target: PrivacyTarget(epsilon: epsilon, delta: delta), clip: clip, ranges: ranges,
            colluders: colluders, rate: isMixture ? 1 : rate)
    }

    /// `[low, high]`, or one such pair a column.
    private static func ranges(of section: SettingsReader.Section) -> [ClosedRange<Double>]? {
        guard section.has("range") else {
            section.reportMissing("range", expected: .either(["[low, high]", "a list of such pairs"]))
            return nil
        }
        guard let items = section.items("range") else { return nil }
        let key = section.key("range")
        if items.count == 2, items.allSatisfy({ $0.scalarText != nil }) {
            return range(items, key: key, in: section).map { [$0] }
        }
        var ranges: [ClosedRange<Double>] = []
        for (index, item) in items.enumerated() {
            let itemKey = "\(key)[\(index)]"
            guard case .list(let ends) = item.content, ends.count == 2 else {
                let expected = ConfigurationProblem.ExpectedValue.either(["a pair such as [0, 1]"])
                section.reader.report(
                    .wrongType(expected: expected, found: item.summary), at: item.origin, key: itemKey)
                return nil
            }
            guard let range = range(ends, key: itemKey, in: section) else { return nil }
            ranges.append(range)
        }
        guard !ranges.isEmpty else {
            section.report(.outOfRange(found: "empty", allowed: "a pair, or one a column"), "range")
            return nil
        }
        return ranges
    }

    private static func range(
        _ ends: [SourceNode], key: String, in section: SettingsReader.Section
    ) -> ClosedRange<Double>? {
        let numbers = ends.compactMap { section.reader.number($0, key: key, in: -1e100...1e100) }
        guard numbers.count == 2 else { return nil }
        guard numbers[0] < numbers[1] else {
            section.reader.report(
                .outOfRange(found: "\(numbers)", allowed: "a lower and a higher number"), at: ends[0].origin,
                key: key)
            return nil
        }
        return numbers[0]...numbers[1]
    }
}

extension AgreementSettings {
    /// The private network's own defaults.
    private enum PrivateDefaults {
        static let patterns = 8
        static let mixtureRounds = 4
        static let autoencoderRounds = 400
        static let learningRate = 3e-3
        /// Latents of an autoencoder whose number no survey decides.
        static let latents = 8
    }

    /// Reads `privacy.dp` and lets the other sections fit it: defaults of their own, and refusals of what is not covered.
    mutating func readDifferentialPrivacy(_ root: SettingsReader.Section, participantCount: Int?) {
        let parent = root.section("privacy")
        guard parent.has("dp") else { return }
        let section = parent.section("dp")
        let isMixture = if case .graphicalMixture = model { true } else { false }
        privacy.dp = DifferentialPrivacySettings(
            reading: section, participantCount: participantCount, quorum: quorum, isMixture: isMixture)
        let model = root.section("model", allowing: isMixture ? [] : ModelCatalogue.autoencoderKeys)
        let ends = root.section("rounds")
        func refuse(
            _ name: String, in section: SettingsReader.Section,
            _ reason: ConfigurationProblem.CombinationReason
        ) {
            section.report(.doesNotCombine(otherKey: "privacy.dp", reason: reason), name)
        }
        if root.has("standardise"), standardise != .shared {
            refuse("standardise", in: root, .ownUnitsDependOnAllRows)
        }
        standardise = .shared
        if ![.auto, .warn].contains(privacy.onViolation) {
            refuse("on-violation", in: parent, .gateTellsOfExactSums)
        }
        if ends.has("tolerance"), rounds.tolerance > 0 { refuse("tolerance", in: ends, .objectiveIsNotTold) }
        rounds.tolerance = 0
        let protection = consensus.protection
        if let threshold = protection.shamirThreshold {
            if let colluders = privacy.dp?.colluders, colluders > threshold {
                refuse("shamir", in: root.section("consensus").section("protection"), .sharesHideFromFewer)
            }
        } else if protection.masks == .off {
            refuse("masks", in: root.section("consensus").section("protection"), .noiseNeedsHiddenVectors)
        }
        switch self.model {
        case .graphicalMixture(var mixture):
            if !model.has("patterns") { mixture.patterns = PrivateDefaults.patterns }
            if !model.has("shape") { mixture.shape = .spherical }
            if !ends.has("maximum") { rounds.maximum = PrivateDefaults.mixtureRounds }
            if mixture.initialise == .scatter, model.has("starts"), mixture.starts > 1 {
                refuse("starts", in: model, .objectiveIsNotTold)
            }
            mixture.starts = 1
            self.model = .graphicalMixture(mixture)
        case .autoencoder(var autoencoder):
            let oneGradient = AutoencoderSettings.Schedule.gradient(encoderSteps: 1)
            for name in ["steps", "decoder-steps"]
            where model.has(name) && autoencoder.schedule != oneGradient {
                refuse(name, in: model, .roundIsOneGradient)
            }
            if autoencoder.batch != AutoencoderSettings().batch {
                refuse("batch", in: model, .roundIsOneGradient)
            }
            if model.has("trim"), autoencoder.trim > 0 { refuse("trim", in: model, .trimmingComparesRows) }
            autoencoder.schedule = oneGradient
            autoencoder.trim = 0
            if autoencoder.latentCount == nil { autoencoder.latentCount = PrivateDefaults.latents }
            if !model.has("learning-rate") { autoencoder.learningRate = PrivateDefaults.learningRate }
            if !model.has("share") { autoencoder.share = .all }
            if !ends.has("maximum") { rounds.maximum = PrivateDefaults.autoencoderRounds }
            self.model = .autoencoder(autoencoder)
            self.model.plan(roundCount: rounds.maximum)
        }
        if let dp = privacy.dp, section.reader.problems.isEmpty, privacyPlan == nil {
            section.report(
                .outOfRange(
                    found: "\(dp.target.epsilon)", allowed: "larger for a delta of \(dp.target.delta)"),
                "epsilon")
        }
    }
}
