import Agreement
import ArgumentParser
import Datasets
import Detection

/// `collabdict evaluate`.
struct EvaluateVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Compare a model's scores with labels: ROC-AUC, average precision, F1.")
    static let schemaName = "evaluate"

    @Option(help: "The model file.") var model: String
    @Option(help: "A CSV file with a label column of 0 (normal) and 1 (anomaly).") var data: String
    @OptionGroup var rows: RowOptions
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func perform() async throws -> Answer? {
        ArithmeticNote.tell()
        let loaded = try LoadedModel(path: model)
        var options = rows.options(columns: loaded.file.columns)
        options.labels = .required
        let table = try CSVReader.read(path: data, options: options)
        if table.droppedRowCount > 0 {
            Output.message("note: \(table.droppedRowCount) rows without any cell were left out")
        }
        let scores = loaded.scores(table.rows)
        let threshold = loaded.file.threshold
        let figures = DetectionFigures(
            scores: scores, labels: table.labels ?? [], threshold: threshold ?? .infinity)
        let confusion = threshold == nil ? nil : figures.confusion
        return Answer(
            data: .object([
                ("rows", .integer(figures.rowCount)), ("anomalies", .integer(figures.anomalyCount)),
                ("rocAuc", .finite(figures.rocAUC)), ("averagePrecision", .finite(figures.averagePrecision)),
                ("precision", .finite(confusion?.precision)), ("recall", .finite(confusion?.recall)),
                ("f1", .finite(confusion?.f1)), ("threshold", .finite(threshold)),
            ]),
            text: """
                rows               \(figures.rowCount), \(figures.anomalyCount) of them anomalies
                ROC-AUC            \(Figure.decimal(figures.rocAUC, places: 4))
                average precision  \(Figure.decimal(figures.averagePrecision, places: 4))
                at threshold       \(Figure.decimal(threshold, places: 4))
                precision          \(Figure.decimal(confusion?.precision, places: 4))
                recall             \(Figure.decimal(confusion?.recall, places: 4))
                F1                 \(Figure.decimal(confusion?.f1, places: 4))
                """)
    }
}
