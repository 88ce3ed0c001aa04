/// Reads a tree of values against a list of known keys, and collects everything that is wrong with it.
///
/// A wrong value yields its default, so that one pass finds all problems; the caller throws them in ``finish()``.
final class SettingsReader {
    /// Every dotted key of this kind of file; `[]` stands for the items of a list.
    let knownKeys: [String]
    private(set) var problems: [ConfigurationProblem] = []

    init(knownKeys: [String]) { self.knownKeys = knownKeys }

    /// More problems than anybody reads at once; the rest is not told.
    static let problemLimit = 100

    func report(_ fault: ConfigurationProblem.Fault, at origin: ConfigurationOrigin, key: String) {
        guard problems.count < Self.problemLimit else { return }
        problems.append(ConfigurationProblem(origin: origin, key: key, fault: fault))
    }

    /// - Throws: everything reported so far, if anything was.
    func finish() throws(ConfigurationProblems) {
        guard problems.isEmpty else { throw ConfigurationProblems(problems) }
    }

    /// The document as a section, with unknown keys reported.
    func root(_ node: SourceNode) -> Section {
        Section(reader: self, path: "", node: node, parentOrigin: node.origin).checked()
    }

    /// The names that may follow a path: its children in ``knownKeys``, in their order.
    func children(of path: String) -> [String] {
        let pattern = Self.withoutIndices(path)
        var names: [String] = []
        for key in knownKeys {
            guard pattern.isEmpty || key.hasPrefix(pattern + ".") else { continue }
            let rest = pattern.isEmpty ? key[...] : key.dropFirst(pattern.count + 1)
            let name = String(rest.prefix { $0 != "." && $0 != "[" })
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// The known dotted key that was probably meant: a sibling, or the same word in another section.
    func nearestKey(to name: String, under path: String) -> String? {
        let prefix = path.isEmpty ? "" : path + "."
        if let sibling = NearestName.of(name, among: children(of: path)) { return prefix + sibling }
        let elsewhere = keysAndSections
        if let whole = NearestName.of(prefix + name, among: elsewhere) { return whole }
        return elsewhere.first { $0.hasSuffix("." + name) }
    }

    /// Every key down to its list, and every section on the way to it: `model`, `model.kind`, …
    private var keysAndSections: [String] {
        var names: [String] = []
        for key in knownKeys {
            let parts = key.prefix { $0 != "[" }.split(separator: ".")
            for count in 1...parts.count {
                let name = parts.prefix(count).joined(separator: ".")
                if !names.contains(name) { names.append(name) }
            }
        }
        return names
    }

    /// `participants[3].key` → `participants[].key`.
    private static func withoutIndices(_ path: String) -> String {
        var result = ""
        for character in path where !(character.isNumber && result.last == "[") { result.append(character) }
        return result
    }

    /// One mapping of the file, or nothing, which holds the defaults.
    struct Section {
        let reader: SettingsReader
        /// Dotted; empty for the document.
        let path: String
        let node: SourceNode?
        /// Where the section would stand, if it is missing.
        let parentOrigin: ConfigurationOrigin

        /// The whole dotted key of a name in this section.
        func key(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

        func has(_ name: String) -> Bool { node?.value(of: name) != nil }

        /// The value of a name, unless it is missing.
        func value(_ name: String) -> SourceNode? { node?.value(of: name) }

        /// Where a missing key would stand.
        var origin: ConfigurationOrigin { node?.origin ?? parentOrigin }

        /// More problems than anybody reads at once; the rest is not told.
        static let problemLimit = 100

        func report(_ fault: ConfigurationProblem.Fault, _ name: String) {
            reader.report(fault, at: value(name)?.origin ?? origin, key: key(name))
        }

        func reportMissing(_ name: String, expected: ConfigurationProblem.ExpectedValue) {
            reader.report(.missingKey(expected: expected), at: origin, key: key(name))
        }

        /// The section of that name; empty when it is missing or stands there without a value.
        ///
        /// - Parameter more: keys that may stand there although ``SettingsReader/knownKeys`` lacks them.
        func section(_ name: String, allowing more: [String] = []) -> Section {
            Section(reader: reader, path: key(name), node: value(name), parentOrigin: origin)
                .checked(allowing: more)
        }

        /// An item of a list of this section as a section of its own.
        func section(item: SourceNode, index: Int, of name: String) -> Section {
            Section(reader: reader, path: "\(key(name))[\(index)]", node: item, parentOrigin: origin)
                .checked()
        }

        /// The items of a list; nil when it is missing or no list, which is reported.
        func items(_ name: String) -> [SourceNode]? {
            guard let node = value(name) else { return nil }
            guard case .list(let items) = node.content else {
                report(.wrongType(expected: .list, found: node.summary), name)
                return nil
            }
            return items
        }

        /// Reports what is no mapping, and unknown keys.
        func checked(allowing more: [String] = []) -> Section {
            guard let node else { return self }
            switch node.content {
            case .nothing: break
            case .mapping(let entries):
                let known = reader.children(of: path)
                for entry in entries where !known.contains(entry.key) && !more.contains(entry.key) {
                    if reader.problems.count >= SettingsReader.problemLimit { break }
                    let nearest = reader.nearestKey(to: entry.key, under: path)
                    reader.report(
                        .unknownKey(nearest: nearest, known: known), at: entry.keyOrigin, key: key(entry.key))
                }
            default:
                reader.report(
                    .wrongType(expected: .mapping, found: node.summary), at: node.origin, key: path)
            }
            return self
        }
    }
}
