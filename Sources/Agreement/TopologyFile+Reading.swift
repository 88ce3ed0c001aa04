extension TopologyFile {
    /// Every key of the file.
    static let keys =
        ["version", "network"] + AgreementSettings.keys + [
            "simulation.participants", "simulation.seed", "simulation.data.generator", "simulation.data.rows",
            "simulation.data.columns", "simulation.data.clusters", "simulation.data.directory",
            "simulation.network.latency", "simulation.network.jitter", "simulation.network.loss",
            "simulation.faults[].at", "simulation.faults[].peer", "simulation.faults[].kind",
            "simulation.faults[].for", "data.limit",
        ]

    /// Reads and checks a topology file.
    ///
    /// - Parameters:
    ///   - yaml: the bytes of the file.
    ///   - path: what messages call it; a relative `simulation.data.directory` starts at its folder.
    ///   - overrides: laid over it first; a directory in one starts at the current folder.
    /// - Throws: ``ConfigurationProblems`` with everything that is wrong.
    package init(
        yaml: [UInt8], path: String, overrides: [SettingOverride] = []
    ) throws(ConfigurationProblems) {
        try self.init(
            document: SourceNode.document(yaml, path: path, overrides: overrides), folder: folder(of: path))
    }

    /// Reads and checks the topology file at a path.
    ///
    /// - Throws: ``ConfigurationProblems``.
    package init(file: String, overrides: [SettingOverride] = []) throws(ConfigurationProblems) {
        try self.init(yaml: ConfigurationFile.read(file), path: file, overrides: overrides)
    }

    /// The defaults under overrides: the settings of `fit`, which reads no such file.
    ///
    /// - Throws: ``ConfigurationProblems``.
    package init(overrides: [SettingOverride]) throws(ConfigurationProblems) {
        try self.init(yaml: [], path: "", overrides: overrides)
    }

    init(document: SourceNode, folder: String) throws(ConfigurationProblems) {
        let reader = SettingsReader(knownKeys: Self.keys)
        let root = reader.root(document)
        root.checkVersion(isRequired: false)
        let section = root.section("simulation")
        let participantCount = section.optionalWholeNumber("participants", in: 2...participantLimit)
        self.init(
            name: root.optionalName("network"),
            settings: AgreementSettings(reading: root, participantCount: participantCount),
            simulation: SimulationSettings(
                participantCount: participantCount,
                seed: section.seed("seed", default: 1),
                data: Self.data(of: section.section("data"), folder: folder),
                network: Self.network(of: section.section("network")),
                faults: Self.faults(of: section, participantCount: participantCount)),
            rowLimit: root.section("data").optionalWholeNumber("limit", in: 1...1_000_000_000))
        try reader.finish()
    }

    private static func data(of section: SettingsReader.Section, folder: String) -> SimulatedData {
        if let directory = section.optionalText("directory") {
            for other in ["generator", "rows", "columns", "clusters"] where section.has(other) {
                section.report(.conflict(otherKey: section.key(other)), "directory")
            }
            guard case .file? = section.value("directory")?.origin else { return .directory(directory) }
            return .directory(joined(folder, directory))
        }
        var data = GeneratedData()
        data.generator = section.choice("generator", default: data.generator)
        data.rows = section.wholeNumber("rows", in: 2...10_000_000, default: data.rows)
        data.columns = section.wholeNumber("columns", in: 1...4096, default: data.columns)
        data.clusters = section.wholeNumber("clusters", in: 1...1024, default: data.clusters)
        return .generated(data)
    }

    private static func network(of section: SettingsReader.Section) -> SimulatedNetwork {
        var network = SimulatedNetwork()
        let range = Duration.zero...(.seconds(3600))
        network.latency = section.duration("latency", in: range, default: network.latency)
        network.jitter = section.duration("jitter", in: range, default: network.jitter)
        network.loss = section.number("loss", in: 0...0.9, default: network.loss)
        return network
    }

    private static func faults(
        of simulation: SettingsReader.Section, participantCount: Int?
    ) -> [PlannedFault] {
        var faults: [PlannedFault] = []
        for (index, item) in (simulation.items("faults") ?? []).enumerated() {
            let section = simulation.section(item: item, index: index, of: "faults")
            // What is no mapping has been reported.
            if item.scalarText != nil { continue }
            for (name, expected) in requiredOfFaults where !section.has(name) {
                section.reportMissing(name, expected: expected)
            }
            let last = (participantCount ?? participantLimit) - 1
            let fault = PlannedFault(
                round: section.rounds("at", like: "round 3", in: 0...1_000_000) ?? 0,
                peer: section.wholeNumber("peer", in: 0...last, default: 0),
                kind: section.choice("kind", default: .crash),
                roundCount: section.rounds("for", like: "2 rounds", in: 1...1_000_000))
            faults.append(fault)
        }
        return faults
    }

    private static let requiredOfFaults: [(String, ConfigurationProblem.ExpectedValue)] = [
        ("at", .either(["'round 3'"])), ("peer", .wholeNumber),
        ("kind", .either(FaultKind.allCases.map(\.rawValue))),
    ]
}

extension SettingsReader.Section {
    /// `round 3`, `1 round` or `2 rounds`, in the word order of the example; nil when missing or wrong.
    fileprivate func rounds(_ name: String, like example: String, in range: ClosedRange<Int>) -> Int? {
        guard let node = value(name) else { return nil }
        let words = (node.scalarText ?? "").split(separator: " ").map(String.init)
        let isNumberLast = example.hasPrefix("round ")
        guard words.count == 2, ["round", "rounds"].contains(isNumberLast ? words[0] : words[1]) else {
            report(.wrongType(expected: .either(["'\(example)'"]), found: node.summary), name)
            return nil
        }
        let text = isNumberLast ? words[1] : words[0]
        let number = SourceNode(origin: node.origin, content: .scalar(text: text, isQuoted: false))
        return reader.wholeNumber(number, key: key(name), in: range)
    }
}
