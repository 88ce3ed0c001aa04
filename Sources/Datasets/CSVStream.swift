/// A CSV file that arrives in pieces, such as standard input: bytes in, blocks of rows out.
///
/// Where the pieces are cut changes nothing but the size of the blocks. After an error the stream is of no
/// further use.
package struct CSVStream: Sendable {
    /// No row may be longer: an open quote must not swallow a file of any size.
    package static let rowByteCountMax = 1 << 24

    private let file: String
    private let options: CSVOptions
    /// Bytes not read yet: the piece of a record.
    private var buffer: [UInt8] = []
    private var parser: RecordParser?

    /// - Parameter file: the name for errors; `-` for standard input.
    package init(file: String, options: CSVOptions) {
        self.file = file
        self.options = options
    }

    /// Whether ``CSVOptions/rowLimit`` is reached: what follows is not looked at.
    package var isDone: Bool { parser?.isDone ?? false }

    /// Rows so far that are not dropped.
    package var rowCount: Int { parser?.rowCount ?? 0 }

    /// Takes the next bytes and gives the rows they complete.
    ///
    /// - Returns: a block, perhaps of 0 rows; nil before the header is complete.
    /// - Throws: ``DatasetError``.
    package mutating func append(_ bytes: [UInt8]) throws(DatasetError) -> RowTable? {
        try consume(bytes)
        return drain()
    }

    /// Takes the end of the file and gives the last rows.
    ///
    /// - Throws: ``DatasetError``, ``DatasetError/Problem/empty`` and ``DatasetError/Problem/noRows`` among
    ///   them.
    package mutating func finish() throws(DatasetError) -> RowTable {
        try consumeEnd()
        guard var parser else { throw DatasetError(file: file, problem: .empty) }
        let block = parser.drain()
        self.parser = parser
        return block
    }

    /// Takes the next bytes and keeps the rows.
    mutating func consume(_ bytes: some Sequence<UInt8>) throws(DatasetError) {
        guard !isDone else { return }
        buffer.append(contentsOf: bytes)
        try parse(isLast: false)
        guard buffer.count <= Self.rowByteCountMax else {
            throw DatasetError(
                file: file,
                problem: .rowTooLong(line: parser?.line ?? 1, byteCountMax: Self.rowByteCountMax))
        }
    }

    /// Takes the end of the file and keeps the rows.
    mutating func consumeEnd() throws(DatasetError) {
        try parse(isLast: true)
        guard let parser, parser.rowCount + parser.droppedRowCount > 0 else {
            throw DatasetError(file: file, problem: .noRows)
        }
    }

    /// See ``RecordParser/reserve(byteCount:readByteCount:heldByteCountMax:)``.
    mutating func reserve(byteCount: Int, readByteCount: Int, heldByteCountMax: Int) {
        parser?.reserve(
            byteCount: byteCount, readByteCount: readByteCount, heldByteCountMax: heldByteCountMax)
    }

    /// Bytes of the rows that ``drain()`` would give.
    var heldByteCount: Int { parser?.heldByteCount ?? 0 }

    /// The rows so far; nil before the header is complete.
    mutating func drain() -> RowTable? { parser?.drain() }

    private mutating func parse(isLast: Bool) throws(DatasetError) {
        do throws(DatasetError.Problem) {
            var position = 0
            if parser == nil {
                guard
                    let header = try CSVHeader.read(
                        buffer.span, isPresent: options.hasHeader, isLast: isLast)
                else { return }
                try Self.check(header, options: options)
                parser = RecordParser(
                    plan: try ColumnPlan(names: header.names, options: options), options: options,
                    line: header.line)
                position = header.end
            }
            if var current = parser.take() {
                position = try current.parse(buffer.span, from: position, isLast: isLast)
                parser = current
            }
            buffer.removeFirst(position)
        } catch {
            throw DatasetError(file: file, problem: error)
        }
    }

    /// A first line of numbers is taken for a row, when nothing else says what the columns are called.
    private static func check(_ header: CSVHeader, options: CSVOptions) throws(DatasetError.Problem) {
        guard options.hasHeader, options.columns == nil else { return }
        let areNumbers = header.names.allSatisfy { name in
            if case .number = CellNumber(content: Array(name.utf8)) { return true }
            return false
        }
        if areNumbers { throw .numericHeader(names: header.names) }
    }
}
