package import LinearAlgebra

/// Numeric rows, columns by name.
package struct RowTable: Sendable, Equatable {
    /// Names in the order of the matrix's columns.
    package let columns: [String]
    /// Shape `(n, columns.count)`; NaN where a cell is missing, finite elsewhere. Every row has at least one cell.
    package let rows: Matrix
    /// Shape `(n)`, true for an anomaly; nil when labels were not asked for or are not there.
    package let labels: [Bool]?
    /// Rows among `rows` that lack a cell; 0 where such rows are dropped.
    package let incompleteRowCount: Int
    /// Cells that `rows` lacks.
    package let missingCellCount: Int
    /// Rows left out because a cell, or every cell, was missing.
    package let droppedRowCount: Int
    /// Columns of the file that were not asked for, in its order; an unnamed one as `column 3`.
    package let ignoredColumns: [String]
    /// Shape `(n)`: the line on which each row begins; empty unless asked for.
    package let lineNumbers: [Int]
    /// The lines of the dropped rows; empty unless asked for.
    package let droppedLineNumbers: [Int]
}

/// How a CSV file is to be read.
package struct CSVOptions: Sendable, Equatable {
    /// What becomes of the label column.
    package enum Labels: Sendable, Equatable {
        /// Never read, whatever it holds: for training and scoring.
        case ignored
        /// Read when the column is there.
        case ifPresent
        /// Read; a file without it is an error.
        case required
    }

    /// What becomes of rows that lack some of their cells; a row without any cell is dropped in either case.
    package enum IncompleteRows: Sendable, Equatable {
        /// Left out and counted.
        case dropped
        /// Read, with NaN where a cell is missing, and counted.
        case kept
    }

    /// Whether the first line names the columns; otherwise they are x1, x2, ….
    package var hasHeader = true
    /// The columns to read, in the order of the matrix; nil for all of the file's named columns but the
    /// label.
    package var columns: [String]?
    /// The name of the label column, which is never part of the matrix.
    package var labelName = "label"
    /// What becomes of the label column.
    package var labels: Labels = .ignored
    /// What becomes of rows that lack some of their cells.
    package var incompleteRows: IncompleteRows = .dropped
    /// Stop after this many rows that are not dropped; nil for all. What follows is not looked at.
    package var rowLimit: Int?
    /// Whether to keep the line on which each row begins.
    package var keepsLineNumbers = false

    package init() {}
}
