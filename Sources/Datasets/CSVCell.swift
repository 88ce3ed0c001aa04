/// The bytes that give a CSV file its shape.
enum CSVByte {
    static let comma = UInt8(ascii: ",")
    static let quote = UInt8(ascii: "\"")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")
}

/// Where one cell of a record lies in the bytes: RFC 4180, with CR, LF or CRLF at line ends.
struct CSVCell {
    /// The first byte, the opening quote if there is one.
    let start: Int
    /// The comma or line end behind the cell, or the end of the bytes.
    let end: Int
    let isQuoted: Bool
    /// Line ends inside the quotes.
    let lineCount: Int

    /// Finds the cell that begins here.
    ///
    /// - Parameters:
    ///   - start: at most `bytes.count`.
    ///   - isLast: whether the file ends where `bytes` end.
    /// - Returns: nil when the cell goes on behind the bytes.
    /// - Throws: ``DatasetError/Problem/unterminatedQuote(line:)`` with line 0, for the caller to fill in.
    static func scan(
        _ bytes: Span<UInt8>, at start: Int, isLast: Bool
    ) throws(DatasetError.Problem) -> CSVCell? {
        var position = start
        var lineCount = 0
        let isQuoted = start < bytes.count && bytes[start] == CSVByte.quote
        if isQuoted {
            position += 1
            while true {
                guard position < bytes.count else {
                    if isLast { throw .unterminatedQuote(line: 0) }
                    return nil
                }
                let byte = bytes[position]
                position += 1
                if byte == CSVByte.lineFeed { lineCount += 1 }
                if byte == CSVByte.quote {
                    guard position < bytes.count, bytes[position] == CSVByte.quote else { break }
                    position += 1
                }
            }
        }
        while position < bytes.count {
            let byte = bytes[position]
            if byte == CSVByte.comma || byte == CSVByte.lineFeed || byte == CSVByte.carriageReturn { break }
            position += 1
        }
        guard position < bytes.count || isLast else { return nil }
        return CSVCell(start: start, end: position, isQuoted: isQuoted, lineCount: lineCount)
    }

    /// The cell's text: quotes taken off, doubled quotes halved, blanks around unquoted text dropped.
    func content(in bytes: Span<UInt8>) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(end - start)
        guard isQuoted else {
            var first = start
            var last = end
            while first < last, Self.isBlank(bytes[first]) { first += 1 }
            while last > first, Self.isBlank(bytes[last - 1]) { last -= 1 }
            for position in first..<last { content.append(bytes[position]) }
            return content
        }
        var position = start + 1
        while position < end {
            if bytes[position] == CSVByte.quote {
                position += 1
                guard position < end, bytes[position] == CSVByte.quote else { break }
            }
            content.append(bytes[position])
            position += 1
        }
        // What stands between the closing quote and the comma belongs to the cell and makes it no number.
        while position < end {
            content.append(bytes[position])
            position += 1
        }
        return content
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == CSVByte.space || byte == CSVByte.tab }

    /// The first byte behind the line end at `position`, one of CR, LF and CRLF.
    ///
    /// - Returns: nil when a line feed may follow behind the bytes.
    static func lineStart(after position: Int, in bytes: Span<UInt8>, isLast: Bool) -> Int? {
        guard bytes[position] == CSVByte.carriageReturn else { return position + 1 }
        guard position + 1 < bytes.count else { return isLast ? position + 1 : nil }
        return bytes[position + 1] == CSVByte.lineFeed ? position + 2 : position + 1
    }
}
