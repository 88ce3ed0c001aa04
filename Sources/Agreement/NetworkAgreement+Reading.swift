import Sodium

extension NetworkAgreement {
    /// Every key of the file.
    static let keys =
        [
            "version", "network", "columns[]", "participants[].name", "participants[].key",
            "participants[].address",
        ] + AgreementSettings.keys

    /// Reads and checks an agreement.
    ///
    /// - Parameters:
    ///   - yaml: the bytes of the file.
    ///   - path: what messages call it.
    ///   - overrides: laid over it first.
    /// - Throws: ``ConfigurationProblems`` with everything that is wrong.
    package init(
        yaml: [UInt8], path: String, overrides: [SettingOverride] = []
    ) throws(ConfigurationProblems) {
        try self.init(document: SourceNode.document(yaml, path: path, overrides: overrides))
    }

    /// Reads and checks the agreement in a file.
    ///
    /// - Throws: ``ConfigurationProblems``.
    package init(file: String, overrides: [SettingOverride] = []) throws(ConfigurationProblems) {
        try self.init(yaml: ConfigurationFile.read(file), path: file, overrides: overrides)
    }

    init(document: SourceNode) throws(ConfigurationProblems) {
        let reader = SettingsReader(knownKeys: Self.keys)
        let root = reader.root(document)
        root.checkVersion(isRequired: true)
        let name = root.name("network")
        let columns = Self.columns(of: root)
        let participants = Self.participants(of: root)
        let settings = AgreementSettings(reading: root, participantCount: participants?.count)
        if let ranges = settings.privacy.dp?.ranges.count, let columns, ranges != 1, ranges != columns.count {
            root.section("privacy").section("dp").report(
                .outOfRange(
                    found: "\(ranges) ranges",
                    allowed: "one range, or one for each of \(columns.count) columns"),
                "range")
        }
        // Without a problem all three are there.
        guard let name, let columns, let participants, reader.problems.isEmpty else {
            throw ConfigurationProblems(reader.problems)
        }
        self.init(name: name, columns: columns, participants: participants, settings: settings)
    }

    private static func columns(of root: SettingsReader.Section) -> [String]? {
        guard let items = root.items("columns") else {
            if !root.has("columns") { root.reportMissing("columns", expected: .list) }
            return nil
        }
        guard (1...4096).contains(items.count) else {
            root.report(.outOfRange(found: "\(items.count) columns", allowed: "1 to 4096 names"), "columns")
            return nil
        }
        var names: [String] = []
        for (index, item) in items.enumerated() {
            let key = "columns[\(index)]"
            let name = root.reader.text(item, key: key, byteLimit: 256)
            if let name, let first = names.firstIndex(of: name) {
                root.reader.report(
                    .duplicateValue(found: name, firstKey: "columns[\(first)]"), at: item.origin, key: key)
            }
            names.append(name ?? "")
        }
        return names
    }

    private static func participants(of root: SettingsReader.Section) -> [Participant]? {
        guard let items = root.items("participants") else {
            if !root.has("participants") { root.reportMissing("participants", expected: .list) }
            return nil
        }
        guard (2...participantLimit).contains(items.count) else {
            let allowed = "2 to \(participantLimit) participants"
            root.report(.outOfRange(found: "\(items.count)", allowed: allowed), "participants")
            return nil
        }
        var names = FirstUses<String>()
        // Two signing keys, A and −A, share one key of the channel.
        var keys = FirstUses<[UInt8]>()
        var addresses = FirstUses<NetworkAddress>()
        var participants: [Participant] = []
        for (index, item) in items.enumerated() {
            let section = root.section(item: item, index: index, of: "participants")
            guard case .mapping = item.content else {
                if case .nothing = item.content { section.reportMissing("name", expected: .text) }
                continue
            }
            let name = section.name("name")
            let key = section.identity("key")
            if !section.has("address") { section.reportMissing("address", expected: .address) }
            let address = section.optionalAddress("address")
            if let address, address.port == 0 {
                section.report(.outOfRange(found: address.text, allowed: "a port from 1 to 65535"), "address")
            }
            names.check(name, as: name ?? "", "name", in: section)
            keys.check(key?.x25519, as: key?.text ?? "", "key", in: section)
            addresses.check(address, as: address?.text ?? "", "address", in: section)
            if let name, let key, let address {
                participants.append(Participant(name: name, key: key, address: address))
            }
        }
        if items.count == 2, participants.count == 2, root.value("quorum")?.scalarText != "2" {
            let allowed = "3 or more; of two, each learns the other's sums, and only 'quorum: 2' allows that"
            root.report(.outOfRange(found: "2", allowed: allowed), "participants")
        }
        return participants.count == items.count ? participants : nil
    }
}

/// Remembers under which key a value stood first.
private struct FirstUses<Value: Hashable> {
    private var keys: [Value: String] = [:]

    mutating func check(_ value: Value?, as text: String, _ name: String, in section: SettingsReader.Section)
    {
        guard let value else { return }
        if let first = keys[value] {
            section.report(.duplicateValue(found: text, firstKey: first), name)
        } else {
            keys[value] = section.key(name)
        }
    }
}

extension SettingsReader.Section {
    /// Reports a `version` that is not ours.
    func checkVersion(isRequired: Bool) {
        if isRequired, !has("version") { reportMissing("version", expected: .wholeNumber) }
        let version = NetworkAgreement.version
        _ = wholeNumber("version", in: version...version, default: version)
    }

    /// A required name: 1…64 of letters, digits, `.`, `_`, `-`, beginning with a letter or digit.
    func name(_ name: String) -> String? {
        if !has(name) { reportMissing(name, expected: .text) }
        return optionalName(name)
    }

    /// As ``name(_:)``; nil when missing.
    func optionalName(_ name: String) -> String? {
        guard let text = optionalText(name) else { return nil }
        guard isName(text) else {
            report(
                .outOfRange(
                    found: "'\(text.prefix(80))'",
                    allowed: "1 to 64 letters, digits, '.', '_' or '-', a letter or digit first"), name)
            return nil
        }
        return text
    }

    /// A required public key.
    func identity(_ name: String) -> PublicIdentity? {
        if !has(name) { reportMissing(name, expected: .key) }
        guard let text = optionalText(name) else { return nil }
        guard let identity = PublicIdentity(text: text) else {
            report(.wrongType(expected: .key, found: "'\(text.prefix(80))'"), name)
            return nil
        }
        return identity
    }
}

/// Whether a text can name a network or a participant: safe in file names, logs and metrics.
private func isName(_ text: String) -> Bool {
    func isLetterOrDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }
    guard let first = text.utf8.first, text.utf8.count <= 64 else { return false }
    return isLetterOrDigit(first) && text.utf8.allSatisfy { isLetterOrDigit($0) || "._-".utf8.contains($0) }
}
