import Agreement
import ArgumentParser
import Datasets
import LinearAlgebra
import Models

/// `collabdict score`.
struct ScoreVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "score", abstract: "Score rows; one line a row, as they come in.",
        discussion: """
            A line is the score and, where the model has a threshold, 1 for an anomaly or 0. The larger the score, \
            the odder the row. A row with missing cells is scored by the cells it has; one without any gives an empty line.

            With --explain three columns and the row's patterns follow behind tabs. A column is named with its value, \
            what the other cells and the model make one expect, the usual deviation from that, the centre of the \
            pattern that fits best, and in brackets -ln p(value | other cells); a pattern by its number and its part. \
            It is the file's first model that explains, where a calibrated score blends several.
            """)
    static let schemaName = "score"
    /// Enough rows of a file for several threads; a pipe gives what it has.
    private static let pieceByteCount = 1 << 22

    @Option(help: "The model file.") var model: String
    @Option(help: "A CSV file, or - for standard input.") var data: String
    @Option(
        parsing: .unconditional,
        help: "Call rows of at least this score anomalies; the model's own when left out.")
    var threshold: Double?
    @Flag(help: "Say which columns and patterns make a row's score.") var explain = false
    @OptionGroup var threads: ThreadOption
    @OptionGroup var rows: RowOptions
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func validate() throws {
        if let threshold, !threshold.isFinite {
            throw ValidationError("--threshold is a number, not \(threshold).")
        }
    }

    func perform() async throws -> Answer? {
        ArithmeticNote.tell()
        let loaded = try LoadedModel(path: model)
        var options = rows.options(columns: loaded.file.columns)
        options.keepsLineNumbers = true
        var stream = CSVStream(file: data, options: options)
        var input = try ByteSource(data, pieceByteCount: Self.pieceByteCount)
        var tally = Tally(
            threshold: threshold ?? loaded.file.threshold, keepsScores: wantsJSON,
            columns: loaded.file.columns,
            explains: explain)
        while let piece = try input.next() {
            guard let block = try stream.append(piece) else { continue }
            try take(block, with: loaded, into: &tally)
        }
        try take(try stream.finish(), with: loaded, into: &tally)
        return wantsJSON ? tally.answer : nil
    }

    private func take(_ block: RowTable, with loaded: LoadedModel, into tally: inout Tally) throws {
        try tally.take(
            block, scores: loaded.scores(block.rows, on: threads.runner),
            explanations: explain ? try loaded.explanations(block.rows, on: threads.runner) : nil)
    }

    /// What has been scored so far.
    private struct Tally {
        let threshold: Double?
        let keepsScores: Bool
        let columns: [String]
        var scores: [CanonicalValue] = []
        /// nil unless asked for.
        var explanations: [CanonicalValue]?
        var anomalyCount = 0
        var rowCount = 0
        var droppedCount = 0

        private static let lineFeed = UInt8(ascii: "\n")
        private static let anomaly = [UInt8](",1".utf8)
        private static let normal = [UInt8](",0".utf8)

        init(threshold: Double?, keepsScores: Bool, columns: [String], explains: Bool) {
            self.threshold = threshold
            self.keepsScores = keepsScores
            self.columns = columns
            explanations = explains ? [] : nil
        }

        /// Prints a block's rows in the order of the file, dropped ones as empty lines.
        mutating func take(
            _ block: RowTable, scores blockScores: [Double], explanations blockExplanations: [RowExplanation]?
        ) throws(OutputError) {
            rowCount += block.rows.rowCount
            droppedCount += block.droppedRowCount
            var text: [UInt8] = []
            text.reserveCapacity(22 * (blockScores.count + block.droppedLineNumbers.count))
            var dropped = block.droppedLineNumbers[...]
            for (index, score) in blockScores.enumerated() {
                while let line = dropped.first, line < block.lineNumbers[index] {
                    text.append(Self.lineFeed)
                    dropped = dropped.dropFirst()
                }
                let explanation = blockExplanations.map { explanations in
                    ExplanationText(
                        columns: columns, row: (0..<columns.count).map { block.rows[index, $0] },
                        explanation: explanations[index])
                }
                let isAnomaly = threshold.map { score >= $0 } ?? false
                if isAnomaly { anomalyCount += 1 }
                if keepsScores {
                    scores.append(.finite(score))
                    if let explanation { explanations?.append(explanation.value) }
                } else {
                    text += score.description.utf8
                    if threshold != nil { text += isAnomaly ? Self.anomaly : Self.normal }
                    if let explanation { text += "\t\(explanation.line)".utf8 }
                    text.append(Self.lineFeed)
                }
            }
            text += dropped.map { _ in Self.lineFeed }
            if !keepsScores, !text.isEmpty { try Output.bytes(text) }
        }

        var answer: Answer {
            let entries: [(String, CanonicalValue)] = [
                ("rows", .integer(rowCount)), ("droppedRows", .integer(droppedCount)),
                ("anomalies", threshold == nil ? .null : .integer(anomalyCount)),
                ("threshold", .finite(threshold)), ("scores", .list(scores)),
            ]
            return Answer(
                data: .object(entries + (explanations.map { [("explanations", .list($0))] } ?? [])), text: "")
        }
    }
}
