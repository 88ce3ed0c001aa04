/// Finds files of aliases before the parser does: a few lines of aliases to lists of aliases stand for more values than
/// there is time to compare, and the parser compares keys.
enum AliasGuard {
    /// So few aliases repeat their values so few times that the parser may see them; it names the place better.
    private static let aliasLimit = 4

    /// Line and column, from 1, of the first alias of a file that has more than ``aliasLimit``.
    ///
    /// Finds every alias, for one stands at the start of a line or after one of `[ { , : - ?`. What looks like one
    /// in quotes counts as well; comments do not, unless quotes leave it open whether they are comments.
    static func firstAlias(in bytes: [UInt8]) -> (line: Int, column: Int)? {
        var first: (line: Int, column: Int)?
        var count = 0
        for (number, line) in bytes.split(separator: newline, omittingEmptySubsequences: false).enumerated() {
            for column in columnsOfAliases(in: line) {
                first = first ?? (number + 1, column)
                count += 1
            }
        }
        return count > aliasLimit ? first : nil
    }

    private static func columnsOfAliases(in line: ArraySlice<UInt8>) -> [Int] {
        var columns: [Int] = []
        // The last byte that is no white space; none at the start of the line.
        var last: UInt8?
        for index in line.indices {
            let byte = line[index]
            if byte == UInt8(ascii: "#"), index == line.startIndex || isSpace(line[index - 1]) {
                let tail = line[index...].dropLast(line.last == carriageReturn ? 1 : 0)
                let mayEnd = tail.contains { $0 == carriageReturn || breakEnds.contains($0) }
                let hasQuote = tail.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }
                if !mayEnd, last == nil || !hasQuote { break }
            }
            let mayStart = last.map { "[{,:-?".utf8.contains($0) || breakEnds.contains($0) } ?? true
            if byte == UInt8(ascii: "*"), mayStart, index + 1 < line.endIndex, isNameByte(line[index + 1]) {
                columns.append(index - line.startIndex + 1)
            }
            if byte == carriageReturn { last = nil } else if !isSpace(byte) { last = byte }
        }
        return columns
    }

    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    /// The last bytes of the other line breaks of YAML 1.1: U+0085, U+2028, U+2029.
    private static let breakEnds: [UInt8] = [0x85, 0xa8, 0xa9]

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0d].contains(byte) }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
