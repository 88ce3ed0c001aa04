import Agreement

/// What a verb found out, once for programs and once for people.
struct Answer {
    /// The `data` of the JSON answer.
    let data: CanonicalValue
    /// The text; without a newline at the end.
    let text: String

    /// The answer of `--json`.
    func envelope(schema: String) -> CanonicalValue {
        .object([("schema", .text(schema)), ("ok", .bool(true)), ("data", data)])
    }
}

extension CanonicalValue {
    /// A number, or `null` where it is missing or not finite.
    static func finite(_ number: Double?) -> CanonicalValue {
        guard let number, number.isFinite else { return .null }
        return .number(number)
    }

    /// A text, or `null`.
    static func optional(_ text: String?) -> CanonicalValue { text.map(CanonicalValue.text) ?? .null }

    /// A count, or `null`.
    static func optional(_ count: Int?) -> CanonicalValue { count.map(CanonicalValue.integer) ?? .null }

    /// The value of a key of an object; nil for other values and for `null`.
    subscript(key: String) -> CanonicalValue? {
        guard case .object(let entries) = self, let value = entries.first(where: { $0.0 == key })?.1 else {
            return nil
        }
        if case .null = value { return nil }
        return value
    }

    /// The items of a list; none for other values.
    var items: [CanonicalValue] {
        if case .list(let items) = self { items } else { [] }
    }

    /// The number, whole or not; nil for other values.
    var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .seed(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    /// The whole number; nil for other values.
    var whole: Int? { double.flatMap { Int(exactly: $0) } }

    /// The text; nil for other values.
    var string: String? {
        if case .text(let text) = self { text } else { nil }
    }
}
