import Foundation
import LinearAlgebra

/// A participant's rows as a file gave them, in memory or, where they are many, in a file of their own.
package struct TrainingTable: Sendable {
    /// Columns and counts of the whole file, and its rows where memory holds them: none otherwise.
    package let table: RowTable
    /// The rows that memory should not hold; nil where it does.
    package let stored: StoredRows?

    /// Rows of the file that were not left out.
    package var rowCount: Int { stored?.rowCount ?? table.rows.rowCount }
}

/// Where rows may be kept.
package struct RowRoom: Sendable, Equatable {
    /// What a participant's rows may take of memory, in bytes: raw, and in two systems of units.
    package let memoryByteCount: Int
    /// Where the others are put.
    package let folder: String

    /// Copies of the rows that learning holds.
    private static let copyCount = 3

    /// - Parameters:
    ///   - memoryByteCount: > 0; nil for half of the machine's memory.
    ///   - folder: of a disk with room for the rows as doubles.
    package init(memoryByteCount: Int? = nil, folder: String) {
        let byteCount = memoryByteCount ?? Int(ProcessInfo.processInfo.physicalMemory / 2)
        precondition(byteCount > 0, "a memory of \(byteCount) bytes")
        self.memoryByteCount = byteCount
        self.folder = folder
    }

    /// Bytes of one copy of the rows.
    var copyByteCount: Int { memoryByteCount / Self.copyCount }
}

/// What blocks of rows say of the whole file.
struct BlockTotals {
    private var incompleteRowCount = 0
    private var missingCellCount = 0
    private var droppedRowCount = 0

    mutating func add(_ block: RowTable) {
        incompleteRowCount += block.incompleteRowCount
        missingCellCount += block.missingCellCount
        droppedRowCount += block.droppedRowCount
    }

    /// `last`, with the counts of all blocks and without rows.
    func table(like last: RowTable) -> RowTable {
        RowTable(
            columns: last.columns, rows: Matrix(rowCount: 0, columnCount: last.columns.count), labels: nil,
            incompleteRowCount: incompleteRowCount, missingCellCount: missingCellCount,
            droppedRowCount: droppedRowCount, ignoredColumns: last.ignoredColumns, lineNumbers: [],
            droppedLineNumbers: [])
    }
}
