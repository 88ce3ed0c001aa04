import Agreement
import ArgumentParser
import Datasets
import LinearAlgebra

/// `collabdict score`.
struct ScoreVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "score", abstract: "Score rows; one line a row, as they come in.",
        discussion: """
            A line is the score and, where the model has a threshold, 1 for an anomaly or 0. The larger the score, \
            the odder the row. A row with missing cells is scored by the cells it has; one without any gives an empty line.
            """)
    static let schemaName = "score"
    /// Enough rows of a file for several threads; a pipe gives what it has.
    private static let pieceByteCount = 1 << 22

    @Option(help: "The model file.") var model: String
    @Option(help: "A CSV file, or - for standard input.") var data: String
    @Option(help: "Call rows of at least this score anomalies; the model's own when left out.") var threshold:
        Double?
    @OptionGroup var threads: ThreadOption
    @OptionGroup var rows: RowOptions
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func perform() async throws -> Answer? {
        ArithmeticNote.tell()
        let loaded = try LoadedModel(path: model)
        var options = rows.options(columns: loaded.file.columns)
        options.keepsLineNumbers = true
        var stream = CSVStream(file: data, options: options)
        var input = try ByteSource(data, pieceByteCount: Self.pieceByteCount)
        var tally = Tally(threshold: threshold ?? loaded.file.threshold, keepsScores: wantsJSON)
        while let piece = try input.next() {
            guard let block = try stream.append(piece) else { continue }
            tally.take(block, scores: loaded.scores(block.rows, on: threads.runner))
        }
        let block = try stream.finish()
        tally.take(block, scores: loaded.scores(block.rows, on: threads.runner))
        return wantsJSON ? tally.answer : nil
    }

    /// What has been scored so far.
    private struct Tally {
        let threshold: Double?
        let keepsScores: Bool
        var scores: [CanonicalValue] = []
        var anomalyCount = 0
        var rowCount = 0
        var droppedCount = 0

        private static let lineFeed = UInt8(ascii: "\n")
        private static let anomaly = [UInt8](",1".utf8)
        private static let normal = [UInt8](",0".utf8)

        init(threshold: Double?, keepsScores: Bool) {
            self.threshold = threshold
            self.keepsScores = keepsScores
        }

        /// Prints a block's rows in the order of the file, dropped ones as empty lines.
        mutating func take(_ block: RowTable, scores blockScores: [Double]) {
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
                let isAnomaly = threshold.map { score >= $0 } ?? false
                if isAnomaly { anomalyCount += 1 }
                if keepsScores {
                    scores.append(.finite(score))
                } else {
                    text += score.description.utf8
                    if threshold != nil { text += isAnomaly ? Self.anomaly : Self.normal }
                    text.append(Self.lineFeed)
                }
            }
            text += dropped.map { _ in Self.lineFeed }
            if !keepsScores, !text.isEmpty { Output.bytes(text) }
        }

        var answer: Answer {
            Answer(
                data: .object([
                    ("rows", .integer(rowCount)), ("droppedRows", .integer(droppedCount)),
                    ("anomalies", threshold == nil ? .null : .integer(anomalyCount)),
                    ("threshold", .finite(threshold)), ("scores", .list(scores)),
                ]), text: "")
        }
    }
}
