import Foundation
package import LinearAlgebra

/// Rows in files of doubles that have no name: nobody else can open them, and the system removes them with the process.
///
/// Complete rows come first, then those that lack cells, sorted within runs: the order of a participant's passes. A file that
/// cannot be read back ends the process, as memory that cannot be read would.
package final class StoredRows: RowSource {
    private let complete: RowFile
    private let incomplete: RowFile
    /// Rows that lack no cell: the first ones.
    package let completeCount: Int
    package let rowCount: Int
    package let columnCount: Int

    init(
        complete: RowFile, incomplete: RowFile, completeCount: Int, rowCount: Int, columnCount: Int
    ) {
        self.complete = complete
        self.incomplete = incomplete
        self.completeCount = completeCount
        self.rowCount = rowCount
        self.columnCount = columnCount
    }

    package func block(_ range: Range<Int>) -> RowBlock {
        precondition(range.lowerBound >= 0 && range.upperBound <= rowCount, "rows \(range) of \(rowCount)")
        let whole = range.clamped(to: 0..<completeCount)
        let others = range.clamped(to: completeCount..<rowCount)
        var elements = complete.read(whole, of: columnCount)
        if !others.isEmpty {
            elements += incomplete.read(
                others.lowerBound - completeCount..<others.upperBound - completeCount, of: columnCount)
        }
        return RowBlock(
            matrix: Matrix(rowCount: range.count, columnCount: columnCount, elements: elements),
            range: 0..<range.count)
    }
}

/// A file of doubles without a name.
final class RowFile: Sendable {
    private let descriptor: Int32
    private let folder: String

    /// - Parameter folder: where there is room.
    /// - Throws: ``DatasetError/Problem/rowsNotKept(folder:code:)``.
    init(folder: String) throws(DatasetError.Problem) {
        self.folder = folder
        descriptor = try Self.open(in: folder)
    }

    deinit { close(descriptor) }

    private static func open(in folder: String) throws(DatasetError.Problem) -> Int32 {
        for number in 0..<1_000 {
            let path = "\(folder)/.collabdict-rows-\(getpid())-\(number)"
            // SAFETY: neither call keeps the path.
            let descriptor = unsafe Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 {
                _ = unsafe unlink(path)
                return descriptor
            }
            guard errno == EEXIST else { break }
        }
        throw .rowsNotKept(folder: folder, code: Int(errno))
    }

    /// Writes doubles.
    ///
    /// - Parameter count: how many doubles stand before them.
    /// - Throws: ``DatasetError/Problem/rowsNotKept(folder:code:)``, such as for a full disk.
    func write(_ values: [Double], behind count: Int) throws(DatasetError.Problem) {
        var (rest, count) = (values, count)
        while !rest.isEmpty {
            // SAFETY: the call reads the bytes that `rest` has, and keeps nothing.
            let written = unsafe pwrite(descriptor, rest, 8 * rest.count, off_t(8 * count))
            guard written > 0 || (written < 0 && errno == EINTR) else {
                throw .rowsNotKept(folder: folder, code: Int(errno))
            }
            // What is left of a double is written once more.
            let whole = max(written, 0) / 8
            count += whole
            if whole == rest.count { return }
            rest.removeFirst(whole)
        }
    }

    /// The rows of a range, row-major; they have been written.
    func read(_ rows: Range<Int>, of columnCount: Int) -> [Double] {
        var values = [Double](repeating: 0, count: rows.count * columnCount)
        let (byteCount, offset) = (8 * values.count, 8 * rows.lowerBound * columnCount)
        guard byteCount > 0 else { return values }
        while true {
            // SAFETY: the call writes at most `byteCount` bytes, which `values` has, and keeps nothing.
            let found = unsafe pread(descriptor, &values, byteCount, off_t(offset))
            if found == byteCount { return values }
            if found < 0 && errno == EINTR { continue }
            preconditionFailure("\(found) of \(byteCount) bytes at \(offset) of a row file, error \(errno)")
        }
    }
}

/// Takes the blocks of a file's rows and puts them in order.
struct StoredRowsWriter {
    private let columnCount: Int
    private let complete: RowFile
    private let incomplete: RowFile
    private var completeCount = 0
    private var incompleteCount = 0
    /// Incomplete rows that are not yet a run.
    private var waiting: [Double] = []

    /// - Throws: ``DatasetError/Problem/rowsNotKept(folder:code:)``.
    init(folder: String, columnCount: Int) throws(DatasetError.Problem) {
        self.columnCount = columnCount
        complete = try RowFile(folder: folder)
        incomplete = try RowFile(folder: folder)
    }

    /// - Parameter rows: the next ones of the file.
    /// - Throws: ``DatasetError/Problem/rowsNotKept(folder:code:)``.
    mutating func append(_ rows: Matrix) throws(DatasetError.Problem) {
        let d = columnCount
        precondition(rows.columnCount == d, "\(rows.columnCount) columns for \(d)")
        let lacking = rows.incompleteRows()
        var whole = rows.elements
        if !lacking.isEmpty {
            whole.removeAll(keepingCapacity: true)
            var next = 0
            for row in lacking {
                whole += rows.elements[next * d..<row * d]
                waiting += rows.elements[row * d..<(row + 1) * d]
                next = row + 1
                if waiting.count == Matrix.sortedRowCount * d { try writeWaiting() }
            }
            whole += rows.elements[(next * d)...]
        }
        try complete.write(whole, behind: completeCount * d)
        completeCount += whole.count / d
    }

    private mutating func writeWaiting() throws(DatasetError.Problem) {
        let count = waiting.count / columnCount
        let run = Matrix(rowCount: count, columnCount: columnCount, elements: waiting)
        waiting = []
        try incomplete.write(run.sortedByMissingCells().elements, behind: incompleteCount * columnCount)
        incompleteCount += count
    }

    /// All rows that were appended.
    ///
    /// - Throws: ``DatasetError/Problem/rowsNotKept(folder:code:)``.
    mutating func finish() throws(DatasetError.Problem) -> StoredRows {
        try writeWaiting()
        return StoredRows(
            complete: complete, incomplete: incomplete, completeCount: completeCount,
            rowCount: completeCount + incompleteCount, columnCount: columnCount)
    }
}
