/// Swift source whose comments, string literals and backticked names are blanked out, byte for byte, so that a
/// search finds code only. Newlines stay where they are. Code inside an interpolation is blanked as well.
struct BlankedSource {
    /// As long as the source, in UTF-8.
    private(set) var bytes: [UInt8]
    private var index = 0

    init(_ source: String) {
        bytes = Array(source.utf8)
        while index < bytes.count { skipOne() }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    private func starts(with prefix: String, at offset: Int) -> Bool {
        var position = offset
        for byte in prefix.utf8 {
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
        }
        return true
    }

    private mutating func skipOne() {
        if starts(with: "//", at: index) {
            while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { blank() }
        } else if starts(with: "/*", at: index) {
            skipBlockComment()
        } else if bytes[index] == UInt8(ascii: "`") {
            blank()
            while index < bytes.count, bytes[index] != UInt8(ascii: "`") { blank() }
            if index < bytes.count { blank() }
        } else if let hashes = hashesBeforeQuote() {
            skipString(hashes: hashes)
        } else {
            index += 1
        }
    }

    private mutating func blank() {
        if bytes[index] != UInt8(ascii: "\n") { bytes[index] = UInt8(ascii: " ") }
        index += 1
    }

    private mutating func blank(count: Int) {
        for _ in 0..<count where index < bytes.count { blank() }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*", at: index) {
                depth += 1
                blank(count: 2)
            } else if starts(with: "*/", at: index) {
                depth -= 1
                blank(count: 2)
            } else {
                blank()
            }
        } while depth > 0 && index < bytes.count
    }

    /// The number of `#` before an opening quote at the cursor; nil where no string starts.
    private func hashesBeforeQuote() -> Int? {
        var end = index
        while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
        return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - index : nil
    }

    private mutating func skipString(hashes: Int) {
        blank(count: hashes)
        let quotes = starts(with: "\"\"\"", at: index) ? 3 : 1
        blank(count: quotes)
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), isFollowedByHashes(hashes, at: index + 1) {
                blank(count: 1 + hashes)
                if index < bytes.count, bytes[index] == UInt8(ascii: "(") {
                    skipInterpolation()
                } else if index < bytes.count {
                    blank()
                }
            } else if isClosing(quotes: quotes, hashes: hashes) {
                blank(count: quotes + hashes)
                return
            } else {
                blank()
            }
        }
    }

    private func isFollowedByHashes(_ hashes: Int, at offset: Int) -> Bool {
        offset + hashes <= bytes.count
            && bytes[offset..<offset + hashes].allSatisfy { $0 == UInt8(ascii: "#") }
    }

    private func isClosing(quotes: Int, hashes: Int) -> Bool {
        index + quotes + hashes <= bytes.count
            && bytes[index..<index + quotes].allSatisfy { $0 == UInt8(ascii: "\"") }
            && isFollowedByHashes(hashes, at: index + quotes)
    }

    private mutating func skipInterpolation() {
        var depth = 0
        repeat {
            if let hashes = hashesBeforeQuote() {
                skipString(hashes: hashes)
                continue
            }
            if bytes[index] == UInt8(ascii: "(") { depth += 1 }
            if bytes[index] == UInt8(ascii: ")") { depth -= 1 }
            blank()
        } while depth > 0 && index < bytes.count
    }
}

extension BlankedSource {
    /// Lines from the keyword to the closing brace of every function, initialiser and subscript with a body.
    func functionSpans() -> [(firstLine: Int, lineCount: Int)] {
        var spans: [(firstLine: Int, lineCount: Int)] = []
        let words: [String] = ["func ", "init(", "init?(", "init<", "subscript(", "deinit "]
        var offset = 0
        var line = 1
        while offset < bytes.count {
            if bytes[offset] == UInt8(ascii: "\n") { line += 1 }
            let isWordStart = offset == 0 || !isPartOfName(bytes[offset - 1])
            if isWordStart, words.contains(where: { starts(with: $0, at: offset) }),
                let length = lineCount(from: offset)
            {
                spans.append((line, length))
            }
            offset += 1
        }
        return spans
    }

    private func isPartOfName(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
            || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
    }

    /// Lines up to the end of the body that starts after `offset`; nil for a requirement without one.
    private func lineCount(from offset: Int) -> Int? {
        var parentheses = 0
        var braces = 0
        var lines = 1
        var hasParameters = false
        for position in offset..<bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\n"):
                lines += 1
                let next = bytes[(position + 1)...].prefix { $0 == UInt8(ascii: " ") }
                let isBlankNext =
                    position + 1 + next.count < bytes.count
                    && bytes[position + 1 + next.count] == UInt8(ascii: "\n")
                if braces == 0, parentheses == 0, hasParameters, isBlankNext { return nil }
            case UInt8(ascii: "("):
                parentheses += 1
                hasParameters = true
            case UInt8(ascii: ")"):
                parentheses -= 1
                if parentheses < 0 { return nil }
            case UInt8(ascii: "{") where parentheses == 0:
                braces += 1
            case UInt8(ascii: "}") where parentheses == 0:
                braces -= 1
                if braces == 0 { return lines }
                if braces < 0 { return nil }
            default: break
            }
        }
        return nil
    }
}
