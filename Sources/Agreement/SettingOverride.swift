/// One `--set key=value`: a value laid over a file before it is checked.
package struct SettingOverride: Sendable, Equatable {
    /// Dotted: `consensus.protection.masks`.
    package let key: String
    /// A YAML value: `false`, `[[0,1],[1,2]]`.
    package let value: String

    /// Splits `key=value` at the first `=`.
    ///
    /// - Throws: ``ConfigurationProblems`` with ``ConfigurationProblem/Fault/malformedOverride(argument:)``.
    package init(argument: String) throws(ConfigurationProblems) {
        guard let equals = argument.firstIndex(of: "=") else { throw Self.malformed(argument) }
        try self.init(
            key: String(argument[..<equals]), value: String(argument[argument.index(after: equals)...]),
            argument: argument)
    }

    /// - Throws: as ``init(argument:)``.
    package init(key: String, value: String) throws(ConfigurationProblems) {
        try self.init(key: key, value: value, argument: "\(key)=\(value)")
    }

    private init(key: String, value: String, argument: String) throws(ConfigurationProblems) {
        let parts = key.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isDotted = parts.allSatisfy { part in !part.isEmpty && part.allSatisfy(Self.isKeyByte) }
        guard isDotted, parts.count <= 16 else { throw Self.malformed(argument) }
        self.key = key
        self.value = value
    }

    private static func malformed(_ argument: String) -> ConfigurationProblems {
        let key = String(argument.prefix { $0 != "=" })
        return ConfigurationProblems([
            ConfigurationProblem(
                origin: .override(key: key), key: key, fault: .malformedOverride(argument: argument))
        ])
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension SourceNode {
    /// Lays overrides over a file, in their order but `model.kind` first, which starts from that kind's defaults.
    ///
    /// A family takes the place of explicit edges, and edges that of a family.
    mutating func apply(_ overrides: [SettingOverride]) throws(ConfigurationProblem) {
        for override in overrides.filter({ $0.key == "model.kind" }) {
            remove(["model"])
            try lay(override)
        }
        for override in overrides where override.key != "model.kind" {
            switch override.key {
            case "topology.family": remove(["topology", "edges"])
            case "topology.edges":
                for key in ["family", "degree", "seed"] { remove(["topology", key]) }
            default: break
            }
            try lay(override)
        }
    }

    private mutating func lay(_ override: SettingOverride) throws(ConfigurationProblem) {
        let origin = ConfigurationOrigin.override(key: override.key)
        let value = try SourceNode.parse(Array(override.value.utf8), whole: origin) { _, _ in origin }
        set(override.key.split(separator: ".").map(String.init)[...], to: value, origin: origin)
    }

    /// Sets the value under a path, and makes a mapping of whatever stands in the way.
    private mutating func set(_ path: ArraySlice<String>, to value: SourceNode, origin: ConfigurationOrigin) {
        guard let key = path.first else {
            self = value
            return
        }
        var entries = self.entries
        if case .mapping = content {} else { self.origin = origin }
        let index = entries.firstIndex { $0.key == key } ?? entries.endIndex
        if index == entries.endIndex {
            entries.append(
                Entry(key: key, keyOrigin: origin, value: SourceNode(origin: origin, content: .nothing)))
        }
        entries[index].value.set(path.dropFirst(), to: value, origin: origin)
        content = .mapping(entries)
    }

    private mutating func remove(_ path: ArraySlice<String>) {
        guard case .mapping(var entries) = content, let key = path.first,
            let index = entries.firstIndex(where: { $0.key == key })
        else { return }
        if path.count == 1 {
            entries.remove(at: index)
        } else {
            entries[index].value.remove(path.dropFirst())
        }
        content = .mapping(entries)
    }
}
