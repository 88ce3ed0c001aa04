/// The names of a CSV file's columns.
struct CSVHeader: Sendable, Equatable {
    /// In the order of the file; empty for an unnamed column.
    let names: [String]
    /// The first byte of the first record.
    let end: Int
    /// The line on which the first record begins.
    let line: Int

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Reads the first line that is not blank.
    ///
    /// - Parameters:
    ///   - bytes: from the start of the file.
    ///   - isPresent: whether that line holds names; otherwise it is only counted, and names are x1, x2, ….
    ///   - isLast: whether the file ends where `bytes` end.
    /// - Returns: nil when the line goes on behind the bytes, or when there is none and the file has not
    ///   ended.
    /// - Throws: ``DatasetError/Problem/empty``, ``DatasetError/Problem/notUTF8(line:)``,
    ///   ``DatasetError/Problem/unterminatedQuote(line:)``.
    static func read(
        _ bytes: Span<UInt8>, isPresent: Bool, isLast: Bool
    ) throws(DatasetError.Problem) -> CSVHeader? {
        guard bytes.count >= byteOrderMark.count || isLast else { return nil }
        var start = 0
        while start < byteOrderMark.count, start < bytes.count, bytes[start] == byteOrderMark[start] {
            start += 1
        }
        if start < byteOrderMark.count { start = 0 }
        var line = 1
        while start < bytes.count,
            bytes[start] == CSVByte.lineFeed || bytes[start] == CSVByte.carriageReturn
        {
            guard let next = CSVCell.lineStart(after: start, in: bytes, isLast: isLast) else { return nil }
            start = next
            line += 1
        }
        guard start < bytes.count else {
            if isLast { throw .empty }
            return nil
        }
        guard let record = try Self.cells(bytes, from: start, line: line, isLast: isLast) else { return nil }
        guard isPresent else {
            return CSVHeader(names: (1...record.contents.count).map { "x\($0)" }, end: start, line: line)
        }
        var names: [String] = []
        for content in record.contents {
            guard let name = String(validating: content, as: UTF8.self) else { throw .notUTF8(line: line) }
            names.append(name)
        }
        return CSVHeader(names: names, end: record.end, line: line + record.lineCount)
    }

    private struct Record {
        var contents: [[UInt8]] = []
        var lineCount = 1
        var end = 0
    }

    private static func cells(
        _ bytes: Span<UInt8>, from start: Int, line: Int, isLast: Bool
    ) throws(DatasetError.Problem) -> Record? {
        var record = Record()
        var position = start
        while true {
            let cell: CSVCell?
            do { cell = try CSVCell.scan(bytes, at: position, isLast: isLast) } catch {
                if case .unterminatedQuote = error {
                    throw .unterminatedQuote(line: line + record.lineCount - 1)
                }
                throw error
            }
            guard let cell else { return nil }
            record.contents.append(cell.content(in: bytes))
            record.lineCount += cell.lineCount
            guard cell.end < bytes.count else {
                record.end = cell.end
                return record
            }
            guard bytes[cell.end] == CSVByte.comma else {
                guard let end = CSVCell.lineStart(after: cell.end, in: bytes, isLast: isLast) else {
                    return nil
                }
                record.end = end
                return record
            }
            position = cell.end + 1
        }
    }
}
