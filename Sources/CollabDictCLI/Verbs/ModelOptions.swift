import Agreement
import ArgumentParser
import Datasets
import Learning
import LinearAlgebra
import Models

/// Options of verbs that read rows.
struct RowOptions: ParsableArguments {
    @Option(help: "The name of the label column, which is never learnt from.") var label = "label"
    @Flag(name: .customLong("no-header"), help: "The file has no header; its columns are x1, x2, ….")
    var hasNoHeader = false

    /// How to read rows for these columns; nil for all.
    func options(columns: [String]?) -> CSVOptions {
        var options = CSVOptions()
        options.columns = columns
        options.labelName = label
        options.hasHeader = !hasNoHeader
        options.incompleteRows = .kept
        return options
    }
}

/// A model ready to score raw rows.
struct LoadedModel {
    private static let byteLimit = 1 << 28
    let file: ModelFile
    private let detector: Detector

    /// Reads and checks a model file.
    ///
    /// - Throws: ``Failure``, `ModelError`.
    init(path: String) throws {
        try self.init(bytes: FileText.read(path, status: .data, byteLimit: Self.byteLimit), name: path)
    }

    /// - Parameter name: what messages call it.
    /// - Throws: ``Failure``, `ModelError`.
    init(bytes: [UInt8], name: String) throws {
        do {
            try self.init(ModelFile(bytes: bytes), name: name)
        } catch let error as ModelFileError {
            throw Failure(explaining: error, file: name)
        }
    }

    /// - Parameter name: what messages call it.
    /// - Throws: ``Failure``, `ModelError`.
    init(_ file: ModelFile, name: String) throws {
        self.file = file
        guard Set(file.columns).count == file.columns.count else {
            throw Failure.data(
                "\(name) names a column twice", fix: "Use the file as fit or the daemon wrote it.",
                code: "MODEL_FILE")
        }
        guard let detector = try file.detector() else {
            throw Failure.data(
                "\(name) holds a model of kind '\(file.kind)', which this version does not know",
                fix: "Use one of: \(ModelCatalogue.kindNames.joined(separator: ", ")).", code: "MODEL_FILE")
        }
        self.detector = detector
    }

    /// Anomaly scores of raw rows; the larger the odder.
    ///
    /// - Parameters:
    ///   - rows: shape `(n, d)` in the units of the file.
    ///   - kind: the file's own when nil.
    ///   - runner: threads; they change no bit of a score.
    func scores(
        _ rows: Matrix, kind: ScoreKind? = nil, on runner: any ParallelRunner = SerialRunner()
    ) -> [Double] {
        detector.scores(rawRows: rows, kind: kind ?? file.score, on: runner)
    }

    /// Why each row has its score: what the first model of the file says, in the units of the file.
    ///
    /// - Throws: ``Failure`` where the kind explains nothing.
    func explanations(
        _ rows: Matrix, on runner: any ParallelRunner = SerialRunner()
    ) throws(Failure) -> [RowExplanation] {
        guard let explanations = detector.explanations(rawRows: rows, on: runner) else {
            throw .data(
                "a model of kind '\(file.kind)' does not explain its scores", fix: "Leave --explain out.")
        }
        return explanations
    }

    /// The patterns of the first model of the file, centres in the units of the file; none for kinds without.
    var patterns: [PatternDescription] { detector.patternDescriptions() }

    /// ln p(x) under the first model of the file, as a density in the units of the file.
    func logDensities(_ rows: Matrix, on runner: any ParallelRunner = SerialRunner()) -> [Double] {
        detector.rawLogDensities(rawRows: rows, on: runner)
    }

    /// Scores that can be ranked over participants.
    ///
    /// - Parameter rows: shape `(n, d)` in the units of the file.
    func comparableScores(_ rows: Matrix) -> [Double] {
        detector.comparableScores(rawRows: rows, kind: file.score)
    }
}

extension Failure {
    /// What is wrong with a model file.
    init(explaining error: ModelFileError, file: String) {
        let message =
            switch error {
            case .notJSON: "\(file) is not JSON"
            case .malformed(let key): "\(file): '\(key)' is missing or has another form"
            case .unknownSchema(let found): "\(file) has the schema '\(found)', not \(ModelFile.schema)"
            case .hashMismatch(let stated, let computed):
                "\(file) was changed: its hash says \(stated.prefix(12)), its contents \(computed.prefix(12))"
            }
        self = .data(message, fix: "Use the file as fit or the daemon wrote it.", code: "MODEL_FILE")
    }
}
