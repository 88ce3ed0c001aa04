/// Why bytes are not the JSON that was expected; offsets count bytes from 0.
package enum JSONFault: Error, Equatable {
    /// The text ends too early.
    case truncated(offset: Int)
    /// A byte that cannot stand there.
    case unexpected(byte: UInt8, offset: Int)
    /// A number that is none, or out of the range of a double.
    case malformedNumber(offset: Int)
    /// A bad escape or a character that is not UTF-8.
    case malformedText(offset: Int)
    /// More levels than any of our files has.
    case tooDeep(levelLimit: Int)
    /// A key stands twice in one object.
    case duplicateKey(offset: Int)
}

/// Reads JSON (RFC 8259) strictly into a ``CanonicalValue``: every key once, nothing behind the value.
package struct JSONReader {
    /// Levels of lists and objects within one another.
    private static let levelLimit = 64
    private let bytes: [UInt8]
    private var offset = 0
    private var level = 0

    /// The value that the bytes spell.
    ///
    /// - Throws: ``JSONFault``.
    package static func value(of bytes: [UInt8]) throws(JSONFault) -> CanonicalValue {
        var reader = JSONReader(bytes: bytes)
        let value = try reader.readValue()
        reader.skipSpace()
        guard reader.offset == bytes.count else {
            throw .unexpected(byte: bytes[reader.offset], offset: reader.offset)
        }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func readValue() throws(JSONFault) -> CanonicalValue {
        skipSpace()
        switch try peek() {
        case UInt8(ascii: "{"): return try readObject()
        case UInt8(ascii: "["): return try readList()
        case UInt8(ascii: "\""): return .text(try readText())
        case UInt8(ascii: "t"): return try readWord("true", .bool(true))
        case UInt8(ascii: "f"): return try readWord("false", .bool(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        default: return try readNumber()
        }
    }

    private mutating func readObject() throws(JSONFault) -> CanonicalValue {
        try enter()
        var entries: [(String, CanonicalValue)] = []
        var keys: Set<String> = []
        skipSpace()
        guard try peek() != UInt8(ascii: "}") else { return leave(.object([])) }
        while true {
            skipSpace()
            let start = offset
            let key = try readText()
            guard keys.insert(key).inserted else { throw .duplicateKey(offset: start) }
            skipSpace()
            try expect(UInt8(ascii: ":"))
            entries.append((key, try readValue()))
            skipSpace()
            guard try peek() == UInt8(ascii: ",") else { break }
            offset += 1
        }
        guard try peek() == UInt8(ascii: "}") else { throw .unexpected(byte: try peek(), offset: offset) }
        return leave(.object(entries))
    }

    private mutating func readList() throws(JSONFault) -> CanonicalValue {
        try enter()
        var items: [CanonicalValue] = []
        skipSpace()
        guard try peek() != UInt8(ascii: "]") else { return leave(.list([])) }
        while true {
            items.append(try readValue())
            skipSpace()
            guard try peek() == UInt8(ascii: ",") else { break }
            offset += 1
        }
        guard try peek() == UInt8(ascii: "]") else { throw .unexpected(byte: try peek(), offset: offset) }
        return leave(.list(items))
    }

    private mutating func enter() throws(JSONFault) {
        level += 1
        guard level <= Self.levelLimit else { throw .tooDeep(levelLimit: Self.levelLimit) }
        offset += 1
    }

    private mutating func leave(_ value: CanonicalValue) -> CanonicalValue {
        level -= 1
        offset += 1
        return value
    }

    private mutating func readWord(_ word: String, _ value: CanonicalValue) throws(JSONFault)
        -> CanonicalValue
    {
        for byte in word.utf8 { try expect(byte) }
        return value
    }

    private mutating func readNumber() throws(JSONFault) -> CanonicalValue {
        let start = offset
        while offset < bytes.count, Self.isNumberByte(bytes[offset]) { offset += 1 }
        guard offset > start else { throw .unexpected(byte: bytes[start], offset: start) }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let startsWell = digits.utf8.first.map { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ?? false
        let hasLeadingZero =
            digits.hasPrefix("0") && digits.dropFirst().utf8.first.map { $0 >= 48 && $0 <= 57 } == true
        guard startsWell, !hasLeadingZero, !digits.hasSuffix("."), !digits.contains(".e"),
            !digits.contains(".E")
        else {
            throw .malformedNumber(offset: start)
        }
        if let whole = Int(text), text != "-0" { return .integer(whole) }
        if let seed = UInt64(text) { return .seed(seed) }
        guard let number = Double(text), number.isFinite else { throw .malformedNumber(offset: start) }
        return .number(number)
    }

    private static func isNumberByte(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "e")
            || byte == UInt8(ascii: "E")
    }

    private mutating func skipSpace() {
        while offset < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[offset]) { offset += 1 }
    }

    private func peek() throws(JSONFault) -> UInt8 {
        guard offset < bytes.count else { throw .truncated(offset: offset) }
        return bytes[offset]
    }

    private mutating func expect(_ byte: UInt8) throws(JSONFault) {
        guard try peek() == byte else { throw .unexpected(byte: bytes[offset], offset: offset) }
        offset += 1
    }
}

extension JSONReader {
    private mutating func readText() throws(JSONFault) -> String {
        let start = offset
        try expect(UInt8(ascii: "\""))
        var text: [UInt8] = []
        while true {
            let byte = try peek()
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                guard let valid = String(validating: text, as: UTF8.self) else {
                    throw .malformedText(offset: start)
                }
                return valid
            case UInt8(ascii: "\\"):
                offset += 1
                text += Array(String(try readEscape()).utf8)
            case 0..<0x20: throw .malformedText(offset: offset)
            default:
                text.append(byte)
                offset += 1
            }
        }
    }

    private mutating func readEscape() throws(JSONFault) -> Unicode.Scalar {
        let byte = try peek()
        offset += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try readUnicodeEscape()
        default: throw .malformedText(offset: offset - 1)
        }
    }

    /// Four hexadecimal digits, or eight around a second `\u` for a character beyond the basic plane.
    private mutating func readUnicodeEscape() throws(JSONFault) -> Unicode.Scalar {
        let start = offset
        let first = try readHexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00 else { throw .malformedText(offset: start) }
        try expect(UInt8(ascii: "\\"))
        try expect(UInt8(ascii: "u"))
        let second = try readHexadecimal()
        guard second >= 0xdc00, second < 0xe000,
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
        else { throw .malformedText(offset: start) }
        return scalar
    }

    private mutating func readHexadecimal() throws(JSONFault) -> UInt32 {
        guard offset + 4 <= bytes.count else { throw .truncated(offset: bytes.count) }
        let digits = bytes[offset..<offset + 4]
        guard digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw .malformedText(offset: offset) }
        offset += 4
        return number
    }
}
