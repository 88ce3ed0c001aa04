import Yams

extension SourceNode {
    /// No file of ours needs more.
    static let byteLimit = 1 << 20

    /// Parses one YAML document.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8, at most ``byteLimit``; a byte order mark is passed over.
    ///   - place: makes an origin of line and column, both from 1.
    ///   - whole: the origin of the document as a whole.
    /// - Throws: ``ConfigurationProblem`` for bytes that are no such document, anchors, aliases and explicit tags.
    static func parse(
        _ bytes: [UInt8], whole: ConfigurationOrigin, place: (Int, Int) -> ConfigurationOrigin
    ) throws(ConfigurationProblem) -> SourceNode {
        guard bytes.count <= byteLimit else {
            throw ConfigurationProblem(origin: whole, key: "", fault: .tooLarge(byteLimit: byteLimit))
        }
        if let offset = firstOffsetOutsideUTF8(bytes) {
            throw ConfigurationProblem(origin: whole, key: "", fault: .notUTF8(offset: offset))
        }
        if let alias = AliasGuard.firstAlias(in: bytes) {
            throw ConfigurationProblem(origin: place(alias.line, alias.column), key: "", fault: .anchor)
        }
        do {
            // The nodes hold their anchors weakly, so the parser must live until the walk is done.
            let parser = try Parser(
                yaml: String(decoding: bytes, as: UTF8.self), resolver: .basic, encoding: .utf8)
            defer { withExtendedLifetime(parser) {} }
            guard let root = try parser.singleRoot() else {
                return SourceNode(origin: whole, content: .nothing)
            }
            return try convert(root, key: "", whole: whole, place: place)
        } catch let problem as ConfigurationProblem {
            throw problem
        } catch let error as YamlError {
            throw Self.problem(of: error, whole: whole, place: place)
        } catch {
            throw ConfigurationProblem(origin: whole, key: "", fault: .malformed(reason: "\(error)"))
        }
    }

    private static func convert(
        _ node: Node, key: String, isKey: Bool = false, whole: ConfigurationOrigin,
        place: (Int, Int) -> ConfigurationOrigin
    ) throws(ConfigurationProblem) -> SourceNode {
        let origin = node.mark.map { place($0.line, $0.column) } ?? whole
        if isKey, node.scalar == nil {
            throw ConfigurationProblem(origin: origin, key: key, fault: .keyNotText)
        }
        guard node.anchor == nil else { throw ConfigurationProblem(origin: origin, key: key, fault: .anchor) }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain
            // Comparing keys has resolved their tags.
            let isText = isKey || !isPlain
            try refuse(scalar.tag, unless: isText ? [.implicit, .str] : [.implicit], key, origin)
            let isNothing = isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            return SourceNode(
                origin: origin,
                content: isNothing ? .nothing : .scalar(text: scalar.string, isQuoted: !isPlain))
        case .sequence(let sequence):
            try refuse(sequence.tag, unless: [.implicit], key, origin)
            var items: [SourceNode] = []
            for (index, item) in sequence.enumerated() {
                items.append(try convert(item, key: "\(key)[\(index)]", whole: whole, place: place))
            }
            return SourceNode(origin: origin, content: .list(items))
        case .mapping(let mapping):
            try refuse(mapping.tag, unless: [.implicit], key, origin)
            var entries: [Entry] = []
            for pair in mapping {
                let name = try convert(pair.key, key: key, isKey: true, whole: whole, place: place)
                // An empty key is the empty word, which nobody knows.
                let text = name.scalarText ?? ""
                let path = key.isEmpty ? text : "\(key).\(text)"
                let value = try convert(pair.value, key: path, whole: whole, place: place)
                entries.append(Entry(key: text, keyOrigin: name.origin, value: value))
            }
            return SourceNode(origin: origin, content: .mapping(entries))
        case .alias:
            throw ConfigurationProblem(origin: origin, key: key, fault: .anchor)
        }
    }

    private static func refuse(
        _ tag: Tag, unless allowed: [Tag.Name], _ key: String, _ origin: ConfigurationOrigin
    ) throws(ConfigurationProblem) {
        guard !allowed.contains(where: { $0.rawValue == tag.description }) else { return }
        throw ConfigurationProblem(origin: origin, key: key, fault: .tag(name: tag.description))
    }

    private static func problem(
        of error: YamlError, whole: ConfigurationOrigin, place: (Int, Int) -> ConfigurationOrigin
    ) -> ConfigurationProblem {
        switch error {
        case .scanner(_, let reason, let mark, _), .parser(_, let reason, let mark, _),
            .composer(_, let reason, let mark, _):
            if reason.contains("alias") {
                return ConfigurationProblem(origin: place(mark.line, mark.column), key: "", fault: .anchor)
            }
            return ConfigurationProblem(
                origin: place(mark.line, mark.column), key: "", fault: .malformed(reason: reason))
        case .duplicatedKeysInMapping(let duplicates, let context):
            return ConfigurationProblem(
                origin: place(context.mark.line, context.mark.column), key: duplicates.first ?? "",
                fault: .duplicateKey)
        case .reader(let reason, _, _, _):
            return ConfigurationProblem(origin: whole, key: "", fault: .malformed(reason: reason))
        default:
            return ConfigurationProblem(origin: whole, key: "", fault: .malformed(reason: "\(error)"))
        }
    }

    /// Where decoding fails first, from 0; nil for UTF-8.
    private static func firstOffsetOutsideUTF8(_ bytes: [UInt8]) -> Int? {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let scalar): offset += scalar.count
            case .error: return offset
            case .emptyInput: return nil
            }
        }
    }
}
