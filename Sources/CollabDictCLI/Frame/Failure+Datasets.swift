import Datasets

extension Failure {
    /// Rows that cannot be read: file, line, column, value.
    init(_ error: DatasetError) {
        let name = error.file == "-" ? "standard input" : error.file
        let (message, fix) = Self.words(for: error.problem)
        self.init(status: .data, code: "DATA", message: "\(name)\(message)", fix: fix)
    }

    private static func words(for problem: DatasetError.Problem) -> (String, String) {
        switch problem {
        case .notFound: (": there is no such file or folder", "Check the path.")
        case .notPermitted: (" may not be read by this user", "Change its permissions.")
        case .isFolder: (" is a folder", "Name a CSV file.")
        case .isNotFolder: (" is not a folder", "Name a folder with one NAME_train.csv a participant.")
        case .unreadable(let code): (" cannot be read: error \(code)", "Check the disk and the path.")
        case .rowsNotKept(let folder, let code):
            (
                ": its rows are more than memory should hold, and cannot be put into \(folder): error \(code)",
                "Make room there, name another folder, or allow more memory."
            )
        case .empty: (" is empty", "The first line names the columns; rows follow.")
        case .noRows: (" has a header and no rows", "Add rows.")
        case .everyRowIncomplete(let count):
            (
                ": each of the \(count) rows lacks a cell that is needed",
                "Fill the missing cells, or leave out that column."
            )
        case .notUTF8(let line): (":\(line): the header is not UTF-8", "Save the file as UTF-8.")
        case .numericHeader(let names):
            (
                ":1: the first line (\(names.prefix(3).joined(separator: ", "))…) looks like a row",
                "Add a header line, or say --no-header."
            )
        case .duplicateColumn(let name, let first, let second):
            (
                ": columns \(first) and \(second) are both called '\(name)'", "Rename one of them."
            )
        case .missingColumns(let columns):
            (": \(listed(columns))", "Add the columns, or correct their names.")
        case .missingLabelColumn(let column): (": \(listed([column]))", "Name the label column with --label.")
        case .labelAmongColumns(let label):
            (
                ": '\(label)' is the label and cannot be a column to learn from",
                "Name another label with --label."
            )
        case .noColumns(let ignored):
            (
                ": no column is left to learn from (\(ignored.count) ignored)", "Add numeric columns."
            )
        case .badCell(let line, let column, let value):
            (
                ":\(line): column '\(column)' holds '\(value)', not a finite number",
                "Correct the cell, or leave it empty."
            )
        case .badLabel(let line, let column, let value):
            (
                ":\(line): label '\(column)' holds '\(value)', not 0 or 1",
                "Use 0 for normal and 1 for an anomaly."
            )
        case .ragged(let line, let expected, let found):
            (
                ":\(line): \(found) cells where the header has \(expected)",
                "Correct the row; quote cells that hold commas."
            )
        case .unterminatedQuote(let line):
            (":\(line): a quote is opened and never closed", "Close the quote.")
        case .rowTooLong(let line, let limit):
            (
                ":\(line): the row is longer than \(limit) bytes", "Look for a quote that is never closed."
            )
        case .noParticipants: (" holds no NAME_train.csv", "Put one NAME_train.csv a participant there.")
        case .testWithoutTrain(let name):
            (
                " holds \(name)_test.csv and no \(name)_train.csv",
                "Add the training file, or remove the test file."
            )
        }
    }

    private static func listed(_ columns: [MissingColumn]) -> String {
        let names = columns.prefix(5).map { column in
            column.nearest.map { "'\(column.name)' (nearest: '\($0)')" } ?? "'\(column.name)'"
        }
        let more = columns.count > 5 ? " and \(columns.count - 5) more" : ""
        return "there is no column \(names.joined(separator: ", "))\(more)"
    }
}
