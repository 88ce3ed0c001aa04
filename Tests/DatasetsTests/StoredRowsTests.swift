import Foundation
import LinearAlgebra
import Testing

@testable import Datasets

/// Training files whose rows are more than memory should hold.
@Suite struct StoredRowsTests {
    /// Rows of three columns, every seventh of which lacks one or two cells.
    private static func text(_ count: Int) -> String {
        var text = "a,b,c\n"
        for row in 0..<count {
            switch row % 21 {
            case 6: text += ",\(row),0.5\n"
            case 13: text += "\(row),,-1\n"
            case 20: text += ",\(row),\n"
            default: text += "\(row),\(row % 10).25,-3\n"
            }
        }
        return text
    }

    /// Comparable, missing cells as well.
    private static func bits(_ values: [Double]) -> [UInt64] { values.map(\.bitPattern) }

    private static func options() -> CSVOptions {
        var options = CSVOptions()
        options.incompleteRows = .kept
        return options
    }

    /// Reads with `memory` bytes for three copies of the rows.
    private static func read(_ folder: String, memory: Int) throws -> TrainingTable {
        try CSVReader.readTraining(
            path: folder + "rows.csv", options: options(),
            room: RowRoom(memoryByteCount: memory, folder: folder))
    }

    @Test func `rows beyond memory are kept complete ones first, in order, and leave no name behind`() throws
    {
        let count = 40_000
        try ParticipantFolderTests.withFolder([("rows.csv", Self.text(count))]) { folder in
            let held = try Self.read(folder, memory: 1 << 30)
            #expect(held.stored == nil && held.rowCount == count)
            let read = try Self.read(folder, memory: 1 << 16)
            let stored = try #require(read.stored)
            #expect(read.rowCount == count && stored.columnCount == 3)
            #expect(read.table.incompleteRowCount == held.table.incompleteRowCount)
            #expect(read.table.missingCellCount == held.table.missingCellCount)
            #expect(read.table.rows.rowCount == 0 && read.table.columns == ["a", "b", "c"])
            let incomplete = held.table.rows.incompleteRows()
            let lacking = Set(incomplete)
            let complete = (0..<count).filter { !lacking.contains($0) }
            #expect(stored.completeCount == complete.count)
            let wanted =
                held.table.rows.gathered(complete).elements
                + held.table.rows.gathered(incomplete).sortedByMissingCells().elements
            #expect(Self.bits(stored.block(0..<count).rows.elements) == Self.bits(wanted))
            // A block over the seam of both files, and an empty one.
            let seam = stored.completeCount - 2..<stored.completeCount + 3
            #expect(
                Self.bits(stored.block(seam).rows.elements)
                    == Self.bits(Array(wanted[3 * seam.lowerBound..<3 * seam.upperBound])))
            #expect(stored.block(5..<5).rows.rowCount == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["rows.csv"])
        }
    }

    @Test func `a limit on rows holds for stored ones`() throws {
        try ParticipantFolderTests.withFolder([("rows.csv", Self.text(40_000))]) { folder in
            var options = Self.options()
            options.rowLimit = 30_001
            let read = try CSVReader.readTraining(
                path: folder + "rows.csv", options: options,
                room: RowRoom(memoryByteCount: 1 << 16, folder: folder))
            #expect(read.stored?.rowCount == 30_001)
        }
    }

    @Test func `incomplete rows are sorted within runs`() throws {
        let count = Matrix.sortedRowCount + 2
        var text = "a,b\n"
        for row in 0..<count { text += row.isMultiple(of: 2) ? "\(row),\n" : ",\(row)\n" }
        try ParticipantFolderTests.withFolder([("rows.csv", text)]) { folder in
            let stored = try #require(try Self.read(folder, memory: 1 << 16).stored)
            #expect(stored.completeCount == 0)
            let rows = stored.block(0..<count).rows
            let half = Matrix.sortedRowCount / 2
            // Rows that lack a come first, and once more in the second run.
            let first = (0..<count).map { rows[$0, 0].isNaN }
            #expect(first[..<half].allSatisfy { $0 } && !first[half..<2 * half].contains(true))
            #expect(first[(2 * half)...] == [true, false])
        }
    }

    @Test func `a folder without room is named with the system's error`() throws {
        try ParticipantFolderTests.withFolder([("rows.csv", Self.text(10_000))]) { folder in
            #expect(
                throws: DatasetError(
                    file: folder + "rows.csv",
                    problem: .rowsNotKept(folder: folder + "absent", code: Int(ENOENT)))
            ) {
                try CSVReader.readTraining(
                    path: folder + "rows.csv", options: Self.options(),
                    room: RowRoom(memoryByteCount: 3_000, folder: folder + "absent"))
            }
        }
    }

    @Test func `a bad cell far behind is told as where memory holds the rows`() throws {
        let text = Self.text(40_000) + "1,x,2\n"
        try ParticipantFolderTests.withFolder([("rows.csv", text)]) { folder in
            let wanted = DatasetError(
                file: folder + "rows.csv", problem: .badCell(line: 40_002, column: "b", value: "x"))
            for memory in [1 << 16, 1 << 30] {
                #expect(throws: wanted) { try Self.read(folder, memory: memory) }
            }
        }
    }
}
