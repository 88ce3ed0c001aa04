import Consensus
import Models
import Privacy
import Topology

extension AgreementSettings {
    /// The dotted keys of these sections.
    static let keys = [
        "topology.family", "topology.degree", "topology.seed", "topology.edges[]",
        "consensus.method", "consensus.weights", "consensus.tolerance",
        "consensus.protection.chunks", "consensus.protection.relabel", "consensus.protection.masks.degree",
        "consensus.protection.self-masks", "consensus.protection.shamir.threshold",
        "standardise",
        "model.kind", "model.patterns", "model.initialise", "model.shape", "model.sparsity",
        "model.prior-strength", "model.weights-penalty", "model.starts", "model.seed",
        "score",
        "privacy.l-diversity", "privacy.on-violation", "privacy.dp.epsilon", "privacy.dp.delta",
        "privacy.dp.clip", "privacy.dp.unit", "privacy.dp.range[]", "privacy.dp.colluders", "privacy.dp.rate",
        "rounds.maximum", "rounds.tolerance",
        "limits.value",
        "quorum",
        "deadlines.step", "deadlines.session", "deadlines.grace",
    ]

    /// Reads the sections out of a document; whatever is wrong is reported and replaced by its default.
    ///
    /// - Parameter participantCount: S where the file names it, for the ranges that depend on it.
    init(reading root: SettingsReader.Section, participantCount: Int?) {
        self.init()
        let graph = root.section("topology")
        topology = Self.topology(of: graph, participantCount: participantCount)
        let isAutoencoder = ModelCatalogue.isAutoencoder(root.value("model"))
        model = ModelCatalogue.settings(
            reading: root.section("model", allowing: isAutoencoder ? ModelCatalogue.autoencoderKeys : []))
        if isAutoencoder { standardise = .shared }
        standardise = root.choice("standardise", default: standardise)
        score = root.choice("score", default: score)
        privacy = Self.privacy(of: root.section("privacy"))
        if isAutoencoder { rounds = .autoencoder }
        let ends = root.section("rounds")
        rounds.maximum = ends.wholeNumber("maximum", in: 0...1_000_000, default: rounds.maximum)
        rounds.tolerance = ends.number("tolerance", in: 0...1, default: rounds.tolerance)
        model.plan(roundCount: rounds.maximum)
        valueLimit = root.section("limits").number("value", in: 1...1e6, default: valueLimit)
        quorum = Self.quorum(of: root, participantCount: participantCount)
        consensus = ConsensusSettings(
            reading: root.section("consensus"),
            network: ConsensusSettings.Network(
                topology: graph, quorum: quorum, participantCount: participantCount))
        deadlines = Self.deadlines(of: root.section("deadlines"))
        readDifferentialPrivacy(root, participantCount: participantCount)
    }

    private static func topology(
        of section: SettingsReader.Section, participantCount: Int?
    ) -> GraphRecipe {
        let family = section.choice("family", default: GraphFamily.randomRegular)
        let degree = section.wholeNumber("degree", in: 1...64, default: GraphRecipe.defaultDegree)
        let seed = section.seed("seed", default: 1)
        let recipe = GraphRecipe(family: family, degree: degree, seed: seed)
        guard let items = section.items("edges") else { return recipe }
        for other in ["family", "degree", "seed"] where section.has(other) {
            section.report(.conflict(otherKey: section.key(other)), "edges")
        }
        return explicit(items, in: section, participantCount: participantCount) ?? recipe
    }

    private static func explicit(
        _ items: [SourceNode], in section: SettingsReader.Section, participantCount: Int?
    ) -> GraphRecipe? {
        let last = (participantCount ?? participantLimit) - 1
        var edges: [(Int, Int)] = []
        for (index, item) in items.enumerated() {
            let key = "\(section.key("edges"))[\(index)]"
            guard case .list(let ends) = item.content, ends.count == 2 else {
                let expected = ConfigurationProblem.ExpectedValue.either(["a pair such as [0, 1]"])
                section.reader.report(
                    .wrongType(expected: expected, found: item.summary), at: item.origin, key: key)
                return nil
            }
            let numbers = ends.compactMap { section.reader.wholeNumber($0, key: key, in: 0...max(last, 0)) }
            guard numbers.count == 2 else { return nil }
            guard numbers[0] != numbers[1] else {
                section.reader.report(
                    .outOfRange(found: "\(numbers)", allowed: "two different participants"), at: item.origin,
                    key: key)
                return nil
            }
            edges.append((numbers[0], numbers[1]))
        }
        guard let recipe = try? GraphRecipe(edges: edges) else { return nil }
        if let participantCount, (try? recipe.build(vertexCount: participantCount)) == nil {
            section.report(
                .outOfRange(
                    found: "\(edges.count) edges",
                    allowed: "a list of edges that connects all \(participantCount) participants"), "edges")
        }
        return recipe
    }

    private static func privacy(of section: SettingsReader.Section) -> PrivacySettings {
        var settings = PrivacySettings()
        if let node = section.value("l-diversity"), node.scalarText != "auto" {
            let key = section.key("l-diversity")
            if let value = section.reader.number(node, key: key, in: 1...1e6) {
                settings.lDiversity = .atLeast(value)
            }
        }
        settings.onViolation = section.choice("on-violation", default: settings.onViolation)
        return settings
    }

    private static func quorum(of root: SettingsReader.Section, participantCount: Int?) -> Quorum {
        guard let node = root.value("quorum"), node.scalarText != "majority" else { return .majority }
        let majority = Quorum.majority.count(participantCount: participantCount ?? 2)
        let range = majority...max(participantCount ?? participantLimit, majority)
        guard case .scalar(let text, false) = node.content, Int(text) != nil else {
            let expected = ConfigurationProblem.ExpectedValue.either([
                "majority", "a whole number from \(range.lowerBound) to \(range.upperBound)",
            ])
            root.report(.wrongType(expected: expected, found: node.summary), "quorum")
            return .majority
        }
        return root.optionalWholeNumber("quorum", in: range).map(Quorum.atLeast) ?? .majority
    }

    private static func deadlines(of section: SettingsReader.Section) -> DeadlineSettings {
        var settings = DeadlineSettings()
        if section.value("step")?.scalarText != "adaptive", section.has("step") {
            settings.step = section.duration(
                "step", in: .milliseconds(10)...(.seconds(3600)), default: .milliseconds(500))
        }
        settings.session = section.duration(
            "session", in: .milliseconds(100)...(.seconds(86_400)), default: settings.session)
        settings.grace = section.duration(
            "grace", in: .zero...(.seconds(3600)), default: settings.grace)
        return settings
    }
}

/// No network of ours is larger.
let participantLimit = RosterGeometry.rosterLimit
