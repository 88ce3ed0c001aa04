import Foundation
import LinearAlgebra
import Testing

@testable import Datasets

@Suite struct ParticipantFolderTests {
    /// Runs with a folder of its own that holds these files, and removes it.
    static func withFolder(_ files: [(name: String, text: String)], _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for file in files {
            try Data(file.text.utf8).write(to: folder.appending(path: file.name))
        }
        try body(folder.path(percentEncoded: false) + "/")
    }

    @Test func `participants are listed by name with the files they have`() throws {
        try Self.withFolder([
            ("south_train.csv", ""), ("north_train.csv", ""), ("north_test.csv", ""), ("meta.json", ""),
            ("_train.csv", ""), (".hidden_train.csv", ""),
        ]) { folder in
            let participants = try ParticipantFolder(path: folder).participants
            #expect(participants.map(\.name) == ["north", "south"])
            #expect(participants.map { $0.testPath != nil } == [true, false])
            #expect(participants[1].trainPath.hasSuffix("/south_train.csv"))
            #expect(!participants[1].trainPath.contains("//"))
        }
    }

    @Test func `rows are read with the first participant's columns and labels only from test files`() throws {
        try Self.withFolder([
            ("a_train.csv", "x,y,label\n1,2,oops\n"), ("a_test.csv", "y,x,label\n3,4,1\n5,,0\n"),
            ("b_train.csv", "label,y,x,z\n0,6,5,9\n0,8,7,9\n"),
        ]) { folder in
            let result = try ParticipantFolder(path: folder).read(options: CSVOptions())
            #expect(result.columns == ["x", "y"])
            #expect(result.droppedRowCount == 1)
            #expect(result.participants.map(\.train.elements) == [[1, 2], [5, 6, 7, 8]])
            #expect(result.participants.map(\.test.elements) == [[4, 3], []])
            #expect(result.participants.map(\.testLabels) == [[true], []])
        }
    }

    @Test func `a folder without participants is refused`() throws {
        try Self.withFolder([("rows.csv", "a\n1\n")]) { folder in
            #expect(throws: DatasetError(file: folder, problem: .noParticipants)) {
                try ParticipantFolder(path: folder)
            }
        }
        try Self.withFolder([("a_train.csv", "a\n1\n"), ("b_test.csv", "a\n1\n")]) { folder in
            #expect(throws: DatasetError(file: folder, problem: .testWithoutTrain(name: "b"))) {
                try ParticipantFolder(path: folder)
            }
        }
    }

    @Test func `paths that cannot be read say why`() throws {
        try Self.withFolder([("rows.csv", "a\n1\n")]) { folder in
            let missing = folder + "nowhere"
            #expect(throws: DatasetError(file: missing, problem: .notFound)) {
                try ParticipantFolder(path: missing)
            }
            #expect(throws: DatasetError(file: missing, problem: .notFound)) {
                try CSVReader.read(path: missing, options: CSVOptions())
            }
            #expect(throws: DatasetError(file: folder, problem: .isFolder)) {
                try CSVReader.read(path: folder, options: CSVOptions())
            }
            let file = folder + "rows.csv"
            #expect(throws: DatasetError(file: file, problem: .isNotFolder)) {
                try ParticipantFolder(path: file)
            }
        }
    }

    /// The folder of real data sets beside the repository, where it is there.
    static var dataSets: String? {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.deletingLastPathComponent().appending(path: "shared/data")
            .path(percentEncoded: false)
        return FileManager.default.fileExists(atPath: folder) ? folder : nil
    }

    @Test(
        .enabled(if: Self.dataSets != nil),
        arguments: [
            // Participants, columns, all training rows, all test rows, all test anomalies.
            ("clinics", [7, 30, 140, 315, 98]), ("wdbc", [3, 30, 213, 192, 48]),
            ("satellite", [6, 36, 2640, 2069, 310]), ("smd", [8, 37, 11_200, 7200, 466]),
            ("cardio", [4, 21, 1099, 732, 71]),
        ])
    func `the real data sets are read whole`(name: String, figures: [Int]) throws {
        let folder = try #require(Self.dataSets) + "/" + name
        let result = try ParticipantFolder(path: folder).read(options: CSVOptions())
        #expect(result.participants.map(\.name) == result.participants.indices.map { "p0\($0)" })
        #expect(result.droppedRowCount == 0)
        #expect(!result.columns.contains("label"))
        let found = [
            result.participants.count, result.columns.count,
            result.participants.map(\.train.rowCount).reduce(0, +),
            result.participants.map(\.test.rowCount).reduce(0, +),
            result.participants.map { $0.testLabels.count { $0 } }.reduce(0, +),
        ]
        #expect(found == figures)
    }
}
