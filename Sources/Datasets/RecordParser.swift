import LinearAlgebra

/// Turns the records below the header into numeric rows.
///
/// A record that the bytes do not hold to its end is left for the next call, so that a file can be read in
/// pieces cut anywhere.
struct RecordParser: Sendable {
    private static let skipped = -1
    private static let label = -2

    private let plan: ColumnPlan
    private let keepsLineNumbers: Bool
    private let keepsIncompleteRows: Bool
    private let rowCountMax: Int
    /// One entry a cell: a column of the matrix, ``skipped`` or ``label``.
    private let targets: [Int]

    /// The line on which the next record begins.
    private(set) var line: Int
    /// Rows so far that are not dropped.
    private(set) var rowCount = 0
    /// Rows left out so far.
    private(set) var droppedRowCount = 0

    /// Digits behind the point of the last plain number.
    private var decimalCount = 0
    /// Rows of plain numbers, before they are appended.
    private var plainRows: [Double]
    /// The row being read.
    private var row: [Double]
    // What `drain` hands out.
    private var elements: [Double] = []
    private var labels: [Bool] = []
    private var lineNumbers: [Int] = []
    private var droppedLineNumbers: [Int] = []
    private var drainedDropCount = 0
    private var incompleteRowCount = 0
    private var missingCellCount = 0

    init(plan: ColumnPlan, options: CSVOptions, line: Int) {
        self.plan = plan
        self.line = line
        keepsLineNumbers = options.keepsLineNumbers
        keepsIncompleteRows = options.incompleteRows == .kept
        rowCountMax = options.rowLimit ?? Int.max
        row = [Double](repeating: 0, count: plan.columns.count)
        plainRows = [Double](repeating: 0, count: Self.plainRowCountMax * plan.columns.count)
        targets = plan.uses.map { use in
            switch use {
            case .skipped: Self.skipped
            case .label: Self.label
            case .column(let column): column
            }
        }
    }

    /// Whether the row limit is reached.
    var isDone: Bool { rowCount >= rowCountMax }

    /// Reads all complete records.
    ///
    /// - Parameters:
    ///   - start: the first byte of a record.
    ///   - isLast: whether the file ends where `bytes` end.
    /// - Returns: the first byte not read: the start of a record.
    /// - Throws: ``DatasetError/Problem`` for a cell, a label, a ragged row or an open quote.
    mutating func parse(
        _ bytes: Span<UInt8>, from start: Int, isLast: Bool
    ) throws(DatasetError.Problem) -> Int {
        var position = start
        while position < bytes.count, !isDone {
            if !plan.hasLabel { position = readPlainRows(bytes, from: position) }
            guard position < bytes.count, !isDone else { break }
            guard let next = try parseRecord(bytes, at: position, isLast: isLast) else { break }
            position = next
        }
        return position
    }

    /// Rows since the last call, at most ``CSVOptions/rowLimit`` in all.
    mutating func drain() -> RowTable {
        let columnCount = plan.columns.count
        let table = RowTable(
            columns: plan.columns,
            rows: Matrix(
                rowCount: elements.count / columnCount, columnCount: columnCount, elements: elements),
            labels: plan.hasLabel ? labels : nil, incompleteRowCount: incompleteRowCount,
            missingCellCount: missingCellCount, droppedRowCount: droppedRowCount - drainedDropCount,
            ignoredColumns: plan.ignoredColumns, lineNumbers: lineNumbers,
            droppedLineNumbers: droppedLineNumbers)
        drainedDropCount = droppedRowCount
        incompleteRowCount = 0
        missingCellCount = 0
        elements = []
        labels = []
        lineNumbers = []
        droppedLineNumbers = []
        return table
    }

    /// Bytes of the rows that ``drain()`` would give.
    var heldByteCount: Int { 8 * elements.count }

    /// Makes room for the rows that the rest of a file should hold, as long as the rows so far.
    ///
    /// - Parameters:
    ///   - byteCount: bytes still to come.
    ///   - readByteCount: bytes of the rows so far.
    ///   - heldByteCountMax: no room is made where the rows would take more bytes.
    mutating func reserve(byteCount: Int, readByteCount: Int, heldByteCountMax: Int) {
        guard rowCount > 0, readByteCount > 0 else { return }
        let expected = Double(byteCount) / Double(readByteCount) * Double(rowCount) * 1.02 + 16
        let rows = min(expected, Double(rowCountMax - rowCount))
        guard 8 * rows * Double(plan.columns.count) <= Double(heldByteCountMax) else { return }
        elements.reserveCapacity(elements.count + Int(rows) * plan.columns.count)
    }

    /// Reads records of plain numbers only, as far as they go: nearly all of most files.
    ///
    /// - Returns: the start of a record that is another one, or that may go on behind the bytes.
    private mutating func readPlainRows(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var position = start
        while true {
            let wanted = min(Self.plainRowCountMax, rowCountMax - rowCount)
            let found = Self.readPlainRows(
                bytes, from: position, count: wanted, targets: targets, columnCount: plan.columns.count,
                decimalCount: &decimalCount, into: &plainRows)
            elements += plainRows[..<(found.rowCount * plan.columns.count)]
            if keepsLineNumbers { lineNumbers += line..<line + found.rowCount }
            rowCount += found.rowCount
            line += found.rowCount
            position = found.end
            guard found.rowCount == wanted, !isDone else { return position }
        }
    }

    /// Rows that are kept together before they are appended.
    private static let plainRowCountMax = 32

    /// At most `count` records of plain numbers into the first rows of `rows`.
    private static func readPlainRows(
        _ bytes: Span<UInt8>, from start: Int, count: Int, targets: [Int], columnCount: Int,
        decimalCount: inout Int, into rows: inout [Double]
    ) -> (rowCount: Int, end: Int) {
        let powers = CellNumber.powersOfTen
        let (targets, powersOfTen) = (targets.span, powers.span)
        var values = rows.mutableSpan
        // A local copy can live in a register.
        var decimals = decimalCount
        var position = start
        var rowCount = 0
        while rowCount < count,
            let next = Self.readPlainRow(
                bytes, at: position, targets: targets, powersOfTen: powersOfTen,
                decimalCount: &decimals, into: &values, offset: rowCount &* columnCount)
        {
            rowCount &+= 1
            position = next
        }
        decimalCount = decimals
        return (rowCount, position)
    }

    /// One record into `values[offset…]`.
    ///
    /// - Parameter decimalCount: see ``CellNumber/foreseen(_:at:decimalCount:powersOfTen:)``.
    /// - Returns: the start of the next record; nil when this one is not of plain numbers only.
    @inline(__always)
    private static func readPlainRow(
        _ bytes: Span<UInt8>, at start: Int, targets: Span<Int>, powersOfTen: Span<Double>,
        decimalCount: inout Int, into values: inout MutableSpan<Double>, offset: Int
    ) -> Int? {
        var position = start
        var field = 0
        while true {
            let target = targets[field]
            guard target >= 0,
                let cell = CellNumber.foreseen(
                    bytes, at: position, decimalCount: &decimalCount, powersOfTen: powersOfTen)
                    ?? CellNumber.plain(bytes, at: position, powersOfTen: powersOfTen)
            else { return nil }
            values[offset &+ target] = cell.value
            position = cell.end &+ 1
            field &+= 1
            let isInside = bytes[cell.end] == CSVByte.comma
            guard isInside == (field < targets.count) else { return nil }
            guard !isInside else { continue }
            guard bytes[cell.end] == CSVByte.carriageReturn else { return position }
            guard position < bytes.count else { return nil }
            return bytes[position] == CSVByte.lineFeed ? position &+ 1 : position
        }
    }

    /// - Returns: the start of the next record; nil when this one goes on behind the bytes.
    private mutating func parseRecord(
        _ bytes: Span<UInt8>, at start: Int, isLast: Bool
    ) throws(DatasetError.Problem) -> Int? {
        if targets.count > 1, Self.isLineEnd(bytes[start]) {
            // A blank line is no record, unless one empty cell makes one.
            guard let next = CSVCell.lineStart(after: start, in: bytes, isLast: isLast) else { return nil }
            line += 1
            return next
        }
        var position = start
        var cellLine = line
        var field = 0
        var missingCount = 0
        var isAnomaly = false
        let targets = targets
        let powersOfTen = CellNumber.powersOfTen
        while true {
            let run = Self.readPlainCells(
                bytes, at: position, field: field, targets: targets, powersOfTen: powersOfTen, into: &row)
            position = run.position
            field = run.field
            if !run.isBehindCell {
                guard let cell = try scan(bytes, at: position, line: cellLine, isLast: isLast) else {
                    return nil
                }
                if targets[field] != Self.skipped {
                    try read(
                        cell, in: bytes, field: field, line: cellLine, missingCount: &missingCount,
                        isAnomaly: &isAnomaly)
                }
                cellLine += cell.lineCount
                position = cell.end
                field += 1
            }
            if field == targets.count { break }
            guard position < bytes.count, bytes[position] == CSVByte.comma else {
                throw .ragged(line: line, expected: targets.count, found: field)
            }
            position += 1
        }
        guard let next = try recordEnd(bytes, at: position, line: cellLine, isLast: isLast) else {
            return nil
        }
        store(missingCount: missingCount, isAnomaly: isAnomaly)
        line = cellLine + 1
        return next
    }

    /// Reads cells that are plain numbers, from this one on as far as they go: nearly all of most files.
    ///
    /// - Returns: either the start of a cell that is none, or, with `isBehindCell`, the end of the last one
    ///   read, where no further cell is expected or no comma stands.
    @inline(__always)
    private static func readPlainCells(
        _ bytes: Span<UInt8>, at start: Int, field first: Int, targets: [Int], powersOfTen: [Double],
        into row: inout [Double]
    ) -> (position: Int, field: Int, isBehindCell: Bool) {
        let targets = targets.span
        let powersOfTen = powersOfTen.span
        var row = row.mutableSpan
        var position = start
        var field = first
        while true {
            let target = targets[field]
            guard target >= 0, let plain = CellNumber.plain(bytes, at: position, powersOfTen: powersOfTen)
            else { return (position, field, false) }
            row[target] = plain.value
            position = plain.end
            field &+= 1
            guard field < targets.count, bytes[position] == CSVByte.comma else {
                return (position, field, true)
            }
            position &+= 1
        }
    }

    /// The start of the next record, when the last expected cell ends here.
    private func recordEnd(
        _ bytes: Span<UInt8>, at end: Int, line cellLine: Int, isLast: Bool
    ) throws(DatasetError.Problem) -> Int? {
        guard end < bytes.count else { return end }
        guard bytes[end] == CSVByte.comma else {
            return CSVCell.lineStart(after: end, in: bytes, isLast: isLast)
        }
        var found = targets.count
        var position = end
        var currentLine = cellLine
        while position < bytes.count, bytes[position] == CSVByte.comma {
            guard let cell = try scan(bytes, at: position + 1, line: currentLine, isLast: isLast) else {
                return nil
            }
            found += 1
            currentLine += cell.lineCount
            position = cell.end
        }
        throw .ragged(line: line, expected: targets.count, found: found)
    }

    private mutating func store(missingCount: Int, isAnomaly: Bool) {
        guard missingCount == 0 || (keepsIncompleteRows && missingCount < row.count) else {
            droppedRowCount += 1
            if keepsLineNumbers { droppedLineNumbers.append(line) }
            return
        }
        rowCount += 1
        if missingCount > 0 { incompleteRowCount += 1 }
        missingCellCount += missingCount
        elements.append(contentsOf: row)
        if plan.hasLabel { labels.append(isAnomaly) }
        if keepsLineNumbers { lineNumbers.append(line) }
    }

    /// Reads a cell that is no plain number.
    private mutating func read(
        _ cell: CSVCell, in bytes: Span<UInt8>, field: Int, line: Int, missingCount: inout Int,
        isAnomaly: inout Bool
    ) throws(DatasetError.Problem) {
        let content = cell.content(in: bytes)
        let target = targets[field]
        switch CellNumber(content: content) {
        case .number(let value) where target >= 0:
            row[target] = value
        case .missing where target >= 0:
            row[target] = .nan
            missingCount += 1
        case .number(let value) where value == 0 || value == 1:
            isAnomaly = value == 1
        default:
            let value = String(decoding: content.prefix(Self.quotedByteCountMax), as: UTF8.self)
            let column = plan.fileNames[field]
            if target == Self.label { throw .badLabel(line: line, column: column, value: value) }
            throw .badCell(line: line, column: column, value: value)
        }
    }

    /// How much of a bad cell an error holds.
    private static let quotedByteCountMax = 64

    private func scan(
        _ bytes: Span<UInt8>, at position: Int, line: Int, isLast: Bool
    ) throws(DatasetError.Problem) -> CSVCell? {
        do {
            return try CSVCell.scan(bytes, at: position, isLast: isLast)
        } catch {
            if case .unterminatedQuote = error { throw .unterminatedQuote(line: line) }
            throw error
        }
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool {
        byte == CSVByte.lineFeed || byte == CSVByte.carriageReturn
    }
}
