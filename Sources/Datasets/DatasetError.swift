/// Rows that cannot be read: which file, and what is wrong with it. The CLI words it.
package struct DatasetError: Error, Equatable {
    /// The file or folder as the caller named it; `-` for standard input.
    package let file: String
    /// What is wrong, with where.
    package let problem: Problem

    package init(file: String, problem: Problem) {
        self.file = file
        self.problem = problem
    }

    /// Lines are counted from 1, line feeds inside quotes included.
    package enum Problem: Error, Equatable {
        /// There is no such file or folder.
        case notFound
        /// This user may not read it.
        case notPermitted
        /// A folder where a file belongs.
        case isFolder
        /// A file where a folder belongs.
        case isNotFolder
        /// The system's error number for everything else.
        case unreadable(code: Int)

        /// The rows are too many for memory and cannot be put there: the system's error number, such as of a full disk.
        case rowsNotKept(folder: String, code: Int)

        /// Not a single line.
        case empty
        /// A header and nothing below it.
        case noRows
        /// Rows, but each lacks a cell that is needed: any cell, or all of them where incomplete rows are kept.
        case everyRowIncomplete(rowCount: Int)

        /// The header is not UTF-8 text.
        case notUTF8(line: Int)
        /// Every name in the header is a number, so that it is more likely a row.
        case numericHeader(names: [String])
        /// Two columns of one name; positions are counted from 1.
        case duplicateColumn(name: String, first: Int, second: Int)
        /// Columns the agreement names and the header does not.
        case missingColumns([MissingColumn])
        /// The label column is needed and the header does not name it.
        case missingLabelColumn(MissingColumn)
        /// The label column is named among the columns to learn from.
        case labelAmongColumns(label: String)
        /// No column is left to learn from.
        case noColumns(ignored: [String])

        /// A cell that is neither a finite number nor missing. `value` is cut after 64 bytes.
        case badCell(line: Int, column: String, value: String)
        /// A label that is neither 0 nor 1.
        case badLabel(line: Int, column: String, value: String)
        /// A row with more or fewer cells than the header.
        case ragged(line: Int, expected: Int, found: Int)
        /// A quote that is opened on this line and never closed.
        case unterminatedQuote(line: Int)
        /// A row of more bytes than any row may have.
        case rowTooLong(line: Int, byteCountMax: Int)

        /// No `NAME_train.csv` in the folder.
        case noParticipants
        /// A `NAME_test.csv` without its `NAME_train.csv`.
        case testWithoutTrain(name: String)
    }
}

/// A column that was looked for in vain, with what may have been meant.
package struct MissingColumn: Sendable, Equatable {
    package let name: String
    /// The nearest name of the header by edit distance; nil when none is near.
    package let nearest: String?

    package init(name: String, nearest: String?) {
        self.name = name
        self.nearest = nearest
    }
}
