/// Writes YAML for people: flow mappings on one line, long lists wrapped.
enum YAMLText {
    /// The longest line a list is wrapped to, in characters.
    private static let lineLength = 100

    /// Text as a YAML scalar: plain where every reader takes it for text, else in double quotes.
    static func scalar(_ text: String) -> String {
        let isPlain = text.utf8.first.map(isLetter) == true && text.utf8.allSatisfy(isPlainByte)
        if isPlain, !reserved.contains(text.lowercased()) { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where needsEscape(scalar):
                let digits = String(scalar.value, radix: 16)
                result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// `{a: 1, b: 2}` of values that are YAML already.
    static func flow(_ entries: [(String, String)]) -> String {
        "{" + entries.map { "\($0.0): \($0.1)" }.joined(separator: ", ") + "}"
    }

    /// `key: [a, b, …]`, wrapped, of values that are YAML already.
    static func list(_ key: String, _ items: [String]) -> String {
        var lines = ["\(key): ["]
        for (index, item) in items.enumerated() {
            let piece = item + (index + 1 < items.count ? "," : "]")
            let last = lines[lines.count - 1]
            if last.hasSuffix("[") {
                lines[lines.count - 1] = last + piece
            } else if last.count + 1 + piece.count <= lineLength {
                lines[lines.count - 1] = "\(last) \(piece)"
            } else {
                lines.append("  " + piece)
            }
        }
        return lines.joined(separator: "\n")
    }

    /// What some reader of YAML takes for something other than text.
    private static let reserved: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }

    private static func isPlainByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "._-/".utf8.contains(byte)
    }

    private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f...0x9f, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff: true
        default: false
        }
    }
}
