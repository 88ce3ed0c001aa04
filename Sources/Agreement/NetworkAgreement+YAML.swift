import Consensus
import Models
import Privacy
import Sodium
import Topology

extension NetworkAgreement {
    /// The agreement as a commented YAML file with every setting written out; reading it gives the same agreement.
    package func yaml() -> String { (headLines + settings.yamlLines).joined(separator: "\n") + "\n" }

    /// The same without a setting: reading it gives every section the defaults that fit what is laid over it.
    package func yamlWithoutSettings() -> String { headLines.joined(separator: "\n") + "\n" }

    private var headLines: [String] {
        var lines = [
            "# The agreement: the same file at every participant. `collabdict network show` prints its id;",
            "# peers whose ids differ cannot connect.",
            "version: \(Self.version)",
            "network: \(YAMLText.scalar(name))",
            "# Names and order of the numeric columns that all participants share.",
            YAMLText.list("columns", columns.map(YAMLText.scalar)),
            "participants:",
        ]
        for participant in participants {
            let entry = YAMLText.flow([
                ("name", YAMLText.scalar(participant.name)), ("key", participant.key.text),
                ("address", YAMLText.scalar(participant.address.text)),
            ])
            lines.append("  - \(entry)")
        }
        return lines
    }
}

extension AgreementSettings {
    fileprivate var yamlLines: [String] {
        [
            "# family: \(words(GraphFamily.self)); or edges: [[0, 1], …]",
            topologyLine,
        ] + consensusLines + [
            "standardise: \(standardise.rawValue)",
            modelLine,
            "# \(words(ScoreKind.self))",
            "score: \(score.rawValue)",
            privacyLine,
            "# Learning ends when the agreed objective per row changes by less than the tolerance.",
            "rounds: "
                + YAMLText.flow([
                    ("maximum", "\(rounds.maximum)"),
                    ("tolerance", CanonicalValue.text(of: rounds.tolerance)),
                ]),
            "# Standardised training values are clipped to plus or minus this.",
            "limits: " + YAMLText.flow([("value", CanonicalValue.text(of: valueLimit))]),
            "quorum: \(quorumText)",
            "deadlines: "
                + YAMLText.flow([
                    ("step", deadlines.step?.configurationText ?? "adaptive"),
                    ("session", deadlines.session.configurationText),
                    ("grace", deadlines.grace.configurationText),
                ]),
        ]
    }

    private var topologyLine: String {
        switch topology.source {
        case .family(let family, let degree, let seed):
            "topology: "
                + YAMLText.flow([("family", family.rawValue), ("degree", "\(degree)"), ("seed", "\(seed)")])
        case .edges(let edges):
            "topology:\n" + YAMLText.list("  edges", edges.map { "[\($0.low), \($0.high)]" })
        }
    }

    private var consensusLines: [String] {
        let averaging: [String] =
            switch consensus.method {
            case .dynamical:
                [
                    "  # \(words(MixingWeights.self))",
                    "  weights: \(consensus.weights.rawValue)",
                    "  tolerance: \(CanonicalValue.text(of: consensus.tolerance))",
                ]
            case .exact: []
            }
        let method = ["  # \(words(AggregationMethod.self))", "  method: \(consensus.method.rawValue)"]
        return ["consensus:"] + method + averaging + ["  protection: \(protectionText)"]
    }

    private var protectionText: String {
        let protection = consensus.protection
        if let threshold = protection.shamirThreshold { return "{shamir: {threshold: \(threshold)}}" }
        let masks =
            switch protection.masks {
            case .off: "false"
            case .on(degree: nil): "true"
            case .on(let degree?): "{degree: \(degree)}"
            }
        return YAMLText.flow([
            ("chunks", "\(protection.chunks)"), ("relabel", "\(protection.relabel)"),
            ("masks", masks), ("self-masks", "\(protection.hasSelfMasks)"),
        ])
    }

    private var modelLine: String {
        let entries = ModelCatalogue.entries(of: model).map { entry in
            if case .text(let text) = entry.1 { return (entry.0, YAMLText.scalar(text)) }
            return (entry.0, entry.1.canonicalForm)
        }
        return "model: " + YAMLText.flow(entries)
    }

    private var privacyLine: String {
        let diversity =
            switch privacy.lDiversity {
            case .auto: "auto"
            case .atLeast(let level): CanonicalValue.text(of: level)
            }
        return "privacy: "
            + YAMLText.flow(
                [("l-diversity", diversity), ("on-violation", privacy.onViolation.rawValue)]
                    + (privacy.dp.map { [("dp", $0.yaml)] } ?? []))
    }

    private var quorumText: String {
        switch quorum {
        case .majority: "majority"
        case .atLeast(let count): "\(count)"
        }
    }

    private func words<Choice: CaseIterable & RawRepresentable>(_ type: Choice.Type) -> String
    where Choice.RawValue == String {
        type.allCases.map(\.rawValue).joined(separator: " | ")
    }
}

extension PeerConfiguration {
    /// The configuration as a YAML file with every setting written out; reading it gives the same configuration,
    /// from any folder if the paths are absolute.
    package func yaml() -> String {
        var control = [("socket", YAMLText.scalar(self.control.socket))]
        if let http = self.control.http { control.append(("http", YAMLText.scalar(http.text))) }
        let source = YAMLText.flow(
            [("train", YAMLText.scalar(data.train)), ("missing", data.missing.rawValue)]
                + (data.memory.map { [("memory", "\($0)")] } ?? []))
        let lines = [
            "# One peer; private to its machine.",
            "network: \(YAMLText.scalar(network))",
            "key: \(YAMLText.scalar(key))",
            "data: \(source)",
            "listen: \(YAMLText.scalar(listen.text))",
            "# Database, checkpoints and control socket.",
            "state: \(YAMLText.scalar(state))",
            "control: \(YAMLText.flow(control))",
            "threads: \(threads)",
            "log: \(YAMLText.flow([("level", log.level.rawValue), ("format", log.format.rawValue)]))",
        ]
        let start = name.map { [lines[0], "name: \(YAMLText.scalar($0))"] } ?? [lines[0]]
        return (start + lines.dropFirst()).joined(separator: "\n") + "\n"
    }
}
