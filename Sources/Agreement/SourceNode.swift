/// A YAML value with the place it stands at: what the checks walk over.
struct SourceNode {
    /// Of the value itself; an entry's key has its own.
    var origin: ConfigurationOrigin
    var content: Content

    enum Content {
        /// Nothing, `~` or `null`.
        case nothing
        case scalar(text: String, isQuoted: Bool)
        case list([SourceNode])
        case mapping([Entry])
    }

    struct Entry {
        let key: String
        let keyOrigin: ConfigurationOrigin
        var value: SourceNode
    }

    /// What a message calls it: `'12'`, `a list`.
    var summary: String {
        switch content {
        case .nothing: "empty"
        case .scalar(let text, _): "'\(text.count > 80 ? text.prefix(77) + "…" : text[...])'"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }

    var entries: [Entry] {
        if case .mapping(let entries) = content { entries } else { [] }
    }

    /// The value of a key, unless this is no mapping or has no such key.
    func value(of key: String) -> SourceNode? { entries.first { $0.key == key }?.value }
}
