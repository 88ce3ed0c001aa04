/// A JSON value with exactly one way to be written: what is hashed.
///
/// Keys sorted by their UTF-8 bytes, no white space, and numbers as short as they can be read back: whole numbers
/// below 2^53 without a point, others by Swift's `description` (`0.1`, `1e-09`, `1e+16`). Text is UTF-8 as it is but
/// for `"`, `\` and control characters (`\b \t \n \f \r`, others `\u001f`). Python writes the same bytes with
/// `json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)` once its whole floats are ints.
package enum CanonicalValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case seed(UInt64)
    case number(Double)
    case text(String)
    case list([CanonicalValue])
    /// Entries in any order; each key once.
    case object([(String, CanonicalValue)])

    /// The value in canonical form.
    ///
    /// - Precondition: every number is finite and no key stands twice in an object.
    package var canonicalForm: String {
        var result = ""
        write(to: &result)
        return result
    }

    /// Shortest text that reads back as the same number.
    ///
    /// - Precondition: `number` is finite.
    package static func text(of number: Double) -> String {
        precondition(number.isFinite, "\(number) has no canonical form")
        if let whole = Int64(exactly: number), whole.magnitude < 1 << 53 { return String(whole) }
        return number.description
    }

    package static func == (first: CanonicalValue, second: CanonicalValue) -> Bool {
        first.canonicalForm == second.canonicalForm
    }

    private func write(to result: inout String) {
        switch self {
        case .null: result += "null"
        case .bool(let flag): result += flag ? "true" : "false"
        case .integer(let number): result += String(number)
        case .seed(let number): result += String(number)
        case .number(let number): result += Self.text(of: number)
        case .text(let text): Self.write(text, to: &result)
        case .list(let items):
            result += "["
            for (index, item) in items.enumerated() {
                if index > 0 { result += "," }
                item.write(to: &result)
            }
            result += "]"
        case .object(let entries):
            let sorted = entries.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
            result += "{"
            for (index, entry) in sorted.enumerated() {
                precondition(index == 0 || sorted[index - 1].0 != entry.0, "the key \(entry.0) stands twice")
                if index > 0 { result += "," }
                Self.write(entry.0, to: &result)
                result += ":"
                entry.1.write(to: &result)
            }
            result += "}"
        }
    }

    private static func write(_ text: String, to result: inout String) {
        result += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{08}": result += "\\b"
            case "\t": result += "\\t"
            case "\n": result += "\\n"
            case "\u{0c}": result += "\\f"
            case "\r": result += "\\r"
            case "\u{00}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        result += "\""
    }
}
