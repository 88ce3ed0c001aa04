extension PeerConfiguration {
    /// Every key of the file.
    static let keys = [
        "name", "network", "key", "data.train", "data.missing", "data.memory", "listen", "state",
        "control.socket",
        "control.http", "threads", "log.level", "log.format",
    ]

    /// What a Unix socket's path may be long, in bytes: the system's limit without the closing zero.
    static let socketPathLimit = 107

    /// Reads and checks a peer's configuration.
    ///
    /// - Parameters:
    ///   - yaml: the bytes of the file.
    ///   - path: what messages call it; relative paths in it start at its folder.
    ///   - overrides: laid over it first.
    /// - Throws: ``ConfigurationProblems`` with everything that is wrong.
    package init(
        yaml: [UInt8], path: String, overrides: [SettingOverride] = []
    ) throws(ConfigurationProblems) {
        let reader = SettingsReader(knownKeys: Self.keys)
        let root = reader.root(try SourceNode.document(yaml, path: path, overrides: overrides))
        let data = root.section("data")
        let control = root.section("control")
        let log = root.section("log")
        let defaults = PeerConfiguration(folder: "")
        self.init(
            folder: folder(of: path),
            name: root.optionalName("name"),
            network: root.text("network", default: defaults.network),
            key: root.optionalText("key"),
            train: data.text("train", default: defaults.data.train),
            missing: data.choice("missing", default: defaults.data.missing),
            memory: data.optionalWholeNumber("memory", in: 1...1 << 30),
            listen: root.address("listen", default: defaults.listen),
            state: root.text("state", default: defaults.state),
            socket: control.text("socket", default: "control.sock"),
            http: control.optionalAddress("http"),
            threads: root.wholeNumber("threads", in: 1...1024, default: defaults.threads),
            log: Log(
                level: log.choice("level", default: defaults.log.level),
                format: log.choice("format", default: defaults.log.format)))
        if self.control.socket.utf8.count > Self.socketPathLimit {
            control.report(
                .outOfRange(
                    found: "'\(self.control.socket)'",
                    allowed:
                        "a path of at most \(Self.socketPathLimit) bytes, with the state folder before it"),
                "socket")
        }
        try reader.finish()
    }

    /// Reads and checks the configuration in a file.
    ///
    /// - Throws: ``ConfigurationProblems``.
    package init(file: String, overrides: [SettingOverride] = []) throws(ConfigurationProblems) {
        try self.init(yaml: ConfigurationFile.read(file), path: file, overrides: overrides)
    }
}
