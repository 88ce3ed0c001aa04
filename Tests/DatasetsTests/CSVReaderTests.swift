import LinearAlgebra
import Testing

@testable import Datasets

/// The table of a text, with all of the reader's defaults but those set here.
func table(
    _ text: String, columns: [String]? = nil, labels: CSVOptions.Labels = .ignored,
    adjusting adjust: (inout CSVOptions) -> Void = { _ in }
) throws(DatasetError) -> RowTable {
    var options = CSVOptions()
    options.columns = columns
    options.labels = labels
    adjust(&options)
    return try CSVReader.read(bytes: Array(text.utf8), file: "rows.csv", options: options)
}

/// What is wrong with a text.
func problem(
    _ text: String, columns: [String]? = nil, labels: CSVOptions.Labels = .ignored,
    adjusting adjust: (inout CSVOptions) -> Void = { _ in }
) -> DatasetError.Problem? {
    do {
        _ = try table(text, columns: columns, labels: labels, adjusting: adjust)
        return nil
    } catch {
        return error.file == "rows.csv" ? error.problem : nil
    }
}

@Suite struct CSVReaderTests {
    @Test(arguments: [
        "a,b\n1,2\n3,4\n", "a,b\n1,2\n3,4", "a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4\r", "a,b\r1,2\r3,4",
        "\u{FEFF}a,b\n1,2\n3,4\n", "\n\r\na,b\n\n1,2\n\r\n3,4\n\n", "\"a\",\"b\"\n\"1\",2\n3,\"4\"\n",
        " a , b \n 1 ,\t2\n3, 4 \n", "a,b\n+1,2.\n3.0,4e0\n", "a,b\n01,0.2E+1\n30e-1,+0004.000\n",
    ])
    func `all ways to write the same table give the same table`(text: String) throws {
        let table = try table(text)
        #expect(table.columns == ["a", "b"])
        #expect(table.rows == Matrix(rowCount: 2, columnCount: 2, elements: [1, 2, 3, 4]))
        #expect(table.droppedRowCount == 0)
        #expect(table.labels == nil)
    }

    /// Numbers of all lengths before and behind the point, in every order, and in pieces cut anywhere.
    @Test(arguments: [1, 4], [1, 7, 64, 1 << 20])
    func `plain numbers of any length are read as strtod reads them`(columnCount: Int, piece: Int) throws {
        let wholes = ["0", "1", "12", "123", "1234567", "12345678", "123456789012345678", "00", ""]
        let decimals = [
            "", ".", ".0", ".5", ".25", ".123456", ".1234567", ".12345678", ".123456789012345678",
        ]
        var cells: [String] = []
        for whole in wholes {
            for decimal in decimals where !(whole.isEmpty && decimal.count < 2) {
                for sign in ["", "-"] { cells.append(sign + whole + decimal) }
            }
        }
        // Every cell after every other one, so that no guess from the last cell is always right.
        var order: [String] = []
        for step in [1, 5, 11, 29] {
            order += cells.indices.map { cells[$0 * step % cells.count] }
        }
        order = Array(order.prefix(order.count / columnCount * columnCount))
        var text = (1...columnCount).map { "x\($0)" }.joined(separator: ",") + "\n"
        for start in stride(from: 0, to: order.count, by: columnCount) {
            text += order[start..<start + columnCount].joined(separator: ",")
            text += columnCount == 1 ? "\r\n" : "\n"
        }
        var stream = CSVStream(file: "rows.csv", options: CSVOptions())
        var values: [Double] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            let block = try stream.append(Array(bytes[start..<min(start + piece, bytes.count)]))
            values += block?.rows.elements ?? []
        }
        values += try stream.finish().rows.elements
        #expect(values.map(\.bitPattern) == order.map { (Double($0) ?? .nan).bitPattern })
    }

    @Test func `what is wrong far behind plain rows is found on its line`() {
        let plain = String(repeating: "1.5,-2.25\n", count: 200)
        #expect(
            problem("a,b\n" + plain + "1.5,x\n" + plain) == .badCell(line: 202, column: "b", value: "x"))
        #expect(problem("a,b\n" + plain + "1.5\n" + plain) == .ragged(line: 202, expected: 2, found: 1))
        #expect(
            problem("a,b\n" + plain + "1.5,2.5,3.5\n" + plain) == .ragged(line: 202, expected: 2, found: 3))
        #expect(
            problem("a,b\n" + plain + "1.5,\"2\n" + plain) == .unterminatedQuote(line: 202))
    }

    @Test func `a missing cell among plain rows drops its row alone`() throws {
        let plain = String(repeating: "1.5,-2.25\n", count: 50)
        let found = try table("a,b\n" + plain + "1.5,\n" + plain) { $0.keepsLineNumbers = true }
        #expect(found.rows.rowCount == 100)
        #expect(found.rows.elements.allSatisfy { $0 == 1.5 || $0 == -2.25 })
        #expect(found.droppedLineNumbers == [52])
        #expect(found.lineNumbers == Array(2...51) + Array(53...102))
        let first = try table("a,b\n" + plain + "1.5,\n" + plain) { $0.rowLimit = 33 }
        #expect(first.rows.rowCount == 33)
    }

    @Test func `quoted fields hold commas, quotes and line ends`() throws {
        let text = "id,\"a \"\"x\"\", mm\",\"b\nc\"\n\"one, \"\"1\"\"\n\",1,2\nplain,3,4\n"
        let table = try table(text, columns: ["b\nc", "a \"x\", mm"]) { $0.keepsLineNumbers = true }
        #expect(table.rows.elements == [2, 1, 4, 3])
        #expect(table.ignoredColumns == ["id"])
        #expect(table.lineNumbers == [3, 5])
    }

    @Test func `columns are matched by name and the others ignored, whatever they hold`() throws {
        let text = "name,b,note,a,label\nx,1,\"?, \n\",2,1\ny,3,,4,oops\n"
        let table = try table(text, columns: ["a", "b"])
        #expect(table.columns == ["a", "b"])
        #expect(table.rows.elements == [2, 1, 4, 3])
        #expect(table.ignoredColumns == ["name", "note"])
        #expect(table.labels == nil)
    }

    @Test func `without given columns all named ones but the label are read`() throws {
        let table = try table(",a,label,b\n7,1,0,2\n8,3,1,4\n", labels: .ifPresent)
        #expect(table.columns == ["a", "b"])
        #expect(table.rows.elements == [1, 2, 3, 4])
        #expect(table.labels == [false, true])
        #expect(table.ignoredColumns == ["column 1"])
    }

    @Test func `a file without a header has columns x1 to xM`() throws {
        let table = try table("1,2,0\n3,4,1\n", labels: .required) {
            $0.hasHeader = false
            $0.labelName = "x3"
        }
        #expect(table.columns == ["x1", "x2"])
        #expect(table.rows.elements == [1, 2, 3, 4])
        #expect(table.labels == [false, true])
    }

    @Test(arguments: ["", "NA", "NaN", "nan", "null", "?", "\"\"", "\"NA\"", "  "])
    func `a row with a missing cell is dropped and counted`(cell: String) throws {
        let table = try table("a,b\n1,2\n\(cell),4\n5,6\n7,\(cell)\n") { $0.keepsLineNumbers = true }
        #expect(table.rows.elements == [1, 2, 5, 6])
        #expect(table.droppedRowCount == 2)
        #expect(table.lineNumbers == [2, 4])
        #expect(table.droppedLineNumbers == [3, 5])
    }

    @Test(arguments: ["", "NA", "\"\"", "  "])
    func `a row with a missing cell is kept where that is asked for, one without any cell is not`(
        cell: String
    ) throws {
        let text = "a,b,label\n1,2,0\n\(cell),4,1\n\(cell),\(cell),0\n7,\(cell),0\n8,9,1\n"
        let table = try table(text, labels: .required) {
            $0.incompleteRows = .kept
            $0.keepsLineNumbers = true
        }
        #expect(table.rows.rowCount == 4)
        #expect(table.rows.elements.map { $0.isNaN ? -1 : $0 } == [1, 2, -1, 4, 7, -1, 8, 9])
        #expect(table.labels == [false, true, false, true])
        #expect(table.incompleteRowCount == 2 && table.missingCellCount == 2 && table.droppedRowCount == 1)
        #expect(table.lineNumbers == [2, 3, 5, 6])
        #expect(table.droppedLineNumbers == [4])
        let limited = try self.tableOfKept(text, rowLimit: 2)
        #expect(limited.rows.rowCount == 2 && limited.incompleteRowCount == 1)
        #expect(problem("a,b\n,\n,NA\n") { $0.incompleteRows = .kept } == .everyRowIncomplete(rowCount: 2))
    }

    private func tableOfKept(_ text: String, rowLimit: Int) throws -> RowTable {
        try table(text) {
            $0.incompleteRows = .kept
            $0.rowLimit = rowLimit
        }
    }

    @Test func `a cell missing in an ignored column drops nothing`() throws {
        #expect(try table("a,b\n1,\n2,NA\n", columns: ["a"]).droppedRowCount == 0)
    }

    @Test func `an empty line is a missing cell where there is one column`() throws {
        let table = try table("a\n1\n\n2\n")
        #expect(table.rows.elements == [1, 2])
        #expect(table.droppedRowCount == 1)
    }

    @Test(arguments: [
        "abc", "1,5\"", "1 2", "--1", "1e", "e5", ".", "-", "+", "0x1p3", "inf", "-Inf", "Infinity", "1e400",
        "1_000", "½", "1.2.3", "true", "nan(3)",
    ])
    func `a cell that is no finite number is reported with line, column and value`(cell: String) {
        let text = "a,radius\n1,2\n\n3,\"\(cell.replacing("\"", with: "\"\""))\"\n"
        #expect(problem(text) == .badCell(line: 4, column: "radius", value: cell))
    }

    @Test func `lines are counted through quoted line ends, and long values are cut`() {
        let long = String(repeating: "y", count: 1000)
        #expect(
            problem("id,a\n\"1\n2\n3\",1\n\"4\n\",\(long)\n", columns: ["a"])
                == .badCell(line: 6, column: "a", value: String(repeating: "y", count: 64)))
    }

    @Test func `ragged rows are reported with their line and both counts`() {
        #expect(problem("a,b,c\n1,2,3\n4,5\n") == .ragged(line: 3, expected: 3, found: 2))
        #expect(problem("a,b,c\n1,2,3,4,5\n") == .ragged(line: 2, expected: 3, found: 5))
        #expect(problem("a,b,c\n1,2,3,") == .ragged(line: 2, expected: 3, found: 4))
        #expect(problem("a,b\n1") == .ragged(line: 2, expected: 2, found: 1))
    }

    @Test func `files without rows say what they lack`() {
        #expect(problem("") == .empty)
        #expect(problem("\u{FEFF}\n\r\n") == .empty)
        #expect(problem("a,b") == .noRows)
        #expect(problem("a,b\n\n") == .noRows)
        #expect(problem("a,b\n1,\n,2\n") == .everyRowIncomplete(rowCount: 2))
    }

    @Test func `a header that cannot be used is refused`() {
        #expect(problem("a,b,a\n1,2,3\n") == .duplicateColumn(name: "a", first: 1, second: 3))
        #expect(problem("1.5,2,3e1\n1,2,3\n") == .numericHeader(names: ["1.5", "2", "3e1"]))
        #expect(problem("label,\n1,2\n") == .noColumns(ignored: ["column 2"]))
        #expect(problem("a,\"b\nc\n1,2\n") == .unterminatedQuote(line: 1))
        #expect(problem("a,b\n1,2\n3,\"4\n5,6\n") == .unterminatedQuote(line: 3))
        #expect(problem("a,label\n1,2\n", columns: ["a", "label"]) == .labelAmongColumns(label: "label"))
        let latin = Array("a,gr".utf8) + [0xF6] + Array("sse\n1,2\n".utf8)
        #expect(throws: DatasetError(file: "f", problem: .notUTF8(line: 1))) {
            try CSVReader.read(bytes: latin, file: "f", options: CSVOptions())
        }
    }

    @Test func `missing columns are all listed with the nearest name`() {
        #expect(
            problem("Radius,textur,label\n1,2,0\n", columns: ["radius", "texture", "perimeter"])
                == .missingColumns([
                    MissingColumn(name: "radius", nearest: "Radius"),
                    MissingColumn(name: "texture", nearest: "textur"),
                    MissingColumn(name: "perimeter", nearest: nil),
                ]))
    }

    @Test func `labels are 0 or 1 and required where they are`() throws {
        #expect(try table("a,label\n1,0\n2,1.0\n3,1\n", labels: .required).labels == [false, true, true])
        #expect(
            problem("a,label\n1,0\n2,2\n", labels: .ifPresent)
                == .badLabel(line: 3, column: "label", value: "2"))
        #expect(
            problem("a,label\n1,0\n2,yes\n", labels: .ifPresent)
                == .badLabel(line: 3, column: "label", value: "yes"))
        #expect(
            problem("a,label\n1,\n", labels: .required) == .badLabel(line: 2, column: "label", value: ""))
        #expect(
            problem("a,labels\n1,0\n", labels: .required)
                == .missingLabelColumn(MissingColumn(name: "label", nearest: "labels")))
        #expect(try table("a\n1\n", labels: .ifPresent).labels == nil)
    }

    @Test func `the row limit counts complete rows and stops the reading`() throws {
        let text = "a,b\n1,2\n,3\n4,5\nbad,6\n"
        let table = try table(text) { $0.rowLimit = 2 }
        #expect(table.rows.elements == [1, 2, 4, 5])
        #expect(table.droppedRowCount == 1)
    }

    @Test func `plain numbers are read to the last bit`() throws {
        var generator = SeededGenerator(seed: 7, label: "numbers")
        var texts: [String] = [
            "0", "-0", "0.1", "-0.000001", "9007199254740992", "9007199254740993", "123456789012345678",
            "1234567890123456789", "0.1234567890123456789", "000000000000000000000001.5",
            "179769313486231570000000000000", "1.7976931348623157e308", "5e-324", "1e-400", "4.35", "2.675",
        ]
        for _ in 0..<20_000 {
            let word = generator.next()
            let digits = String(word >> (word % 50))
            let point = Int(generator.next() % UInt64(digits.count + 1))
            texts.append((word & 1 == 0 ? "-" : "") + digits.prefix(point) + "." + digits.dropFirst(point))
        }
        let rows = try table("a\n" + texts.joined(separator: "\n") + "\n").rows
        for (text, value) in zip(texts, rows.elements) {
            #expect(Double(text)?.bitPattern == value.bitPattern, "\(text)")
        }
        #expect(rows.rowCount == texts.count)
    }
}
