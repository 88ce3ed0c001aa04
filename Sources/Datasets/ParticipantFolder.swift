import Foundation
package import LinearAlgebra

/// One participant's files in a folder of `NAME_train.csv` and `NAME_test.csv`.
package struct ParticipantFiles: Sendable, Equatable {
    package let name: String
    package let trainPath: String
    /// nil where the folder has no test file for this participant.
    package let testPath: String?
}

/// One participant's rows, in the units of the file.
package struct ParticipantData: Sendable, Equatable {
    package let name: String
    /// Shape `(n, d)`; NaN where a cell is missing.
    package let train: Matrix
    /// Shape `(t, d)`, t = 0 without test rows; NaN where a cell is missing.
    package let test: Matrix
    /// Shape `(t)`, true for an anomaly; empty when there are no labels.
    package let testLabels: [Bool]

    package init(name: String, train: Matrix, test: Matrix, testLabels: [Bool]) {
        precondition(
            testLabels.isEmpty || testLabels.count == test.rowCount,
            "\(testLabels.count) labels for \(test.rowCount) rows")
        self.name = name
        self.train = train
        self.test = test
        self.testLabels = testLabels
    }
}

/// A folder with one `NAME_train.csv` and optionally one `NAME_test.csv` a participant.
package struct ParticipantFolder: Sendable, Equatable {
    /// Sorted by name, scalar by scalar.
    package let participants: [ParticipantFiles]

    private static let trainSuffix = "_train.csv"
    private static let testSuffix = "_test.csv"

    /// Lists the folder.
    ///
    /// - Throws: ``DatasetError/Problem/noParticipants``, ``DatasetError/Problem/testWithoutTrain(name:)``,
    ///   and those of the file system.
    package init(path: String) throws(DatasetError) {
        let entries: [String]
        do {
            entries = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw DatasetError(file: path, problem: DatasetError.Problem(reading: error))
        }
        let trained = Self.names(in: entries, suffix: Self.trainSuffix)
        let tested = Self.names(in: entries, suffix: Self.testSuffix)
        guard !trained.isEmpty else { throw DatasetError(file: path, problem: .noParticipants) }
        if let name = tested.first(where: { !trained.contains($0) }) {
            throw DatasetError(file: path, problem: .testWithoutTrain(name: name))
        }
        participants = trained.map { name in
            ParticipantFiles(
                name: name, trainPath: Self.join(path, name + Self.trainSuffix),
                testPath: tested.contains(name) ? Self.join(path, name + Self.testSuffix) : nil)
        }
    }

    /// Reads all files, with the columns of the first participant unless they are given.
    ///
    /// - Parameter options: `labels` is chosen here: never read for training, read from test files that have
    ///   them.
    /// - Returns: columns in the order of the matrices, rows in the order of ``participants``.
    /// - Throws: ``DatasetError`` of the first file that cannot be read.
    package func read(
        options: CSVOptions
    ) throws(DatasetError) -> (columns: [String], participants: [ParticipantData], droppedRowCount: Int) {
        var trainOptions = options
        trainOptions.labels = .ignored
        var droppedRowCount = 0
        var read: [ParticipantData] = []
        for files in participants {
            let train = try CSVReader.read(path: files.trainPath, options: trainOptions)
            trainOptions.columns = train.columns
            droppedRowCount += train.droppedRowCount
            var test = Matrix(rowCount: 0, columnCount: train.columns.count)
            var testLabels: [Bool] = []
            if let testPath = files.testPath {
                var testOptions = trainOptions
                testOptions.labels = .ifPresent
                testOptions.rowLimit = nil
                let table = try CSVReader.read(path: testPath, options: testOptions)
                droppedRowCount += table.droppedRowCount
                test = table.rows
                testLabels = table.labels ?? []
            }
            read.append(
                ParticipantData(name: files.name, train: train.rows, test: test, testLabels: testLabels))
        }
        return (trainOptions.columns ?? [], read, droppedRowCount)
    }

    private static func names(in entries: [String], suffix: String) -> [String] {
        entries.filter { $0.hasSuffix(suffix) && $0.count > suffix.count && !$0.hasPrefix(".") }
            .map { String($0.dropLast(suffix.count)) }
            .sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    }

    private static func join(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }
}
