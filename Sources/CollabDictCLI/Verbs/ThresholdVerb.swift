import Agreement
import ArgumentParser
import Datasets
import Detection

/// `collabdict threshold`.
struct ThresholdVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "threshold",
        abstract: "Set the score from which a row is an anomaly, without learning anew.",
        discussion: """
            The rows should be normal ones that the model was not learnt from; where the file has labels, only rows of \
            label 0 count. The threshold is written into a copy of the model; without --output it is only printed.
            """)
    static let schemaName = "threshold"

    @Option(help: "The model file.") var model: String
    @Option(help: "A CSV file of normal rows.") var data: String
    @Option(help: "The part of normal rows that may raise an alarm, such as 0.01.") var falseAlarms: Double?
    @Option(help: "A percentile of the scores, such as 95.") var percentile: Double?
    @Option(
        parsing: .unconditional, help: "This many standard deviations above the mean score, such as 3.")
    var sigma: Double?
    @Option(help: ArgumentHelp("Write the copy of the model.", valueName: "model")) var output: String?
    @OptionGroup var rows: RowOptions
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func validate() throws {
        let given = [falseAlarms, percentile, sigma].compactMap { $0 }
        guard given.count == 1 else {
            throw ValidationError("Give one of --false-alarms, --percentile and --sigma.")
        }
        if let falseAlarms, !(0...1).contains(falseAlarms) {
            throw ValidationError("--false-alarms is a part of the rows, 0 to 1, not \(falseAlarms).")
        }
        if let percentile, !(0...100).contains(percentile) {
            throw ValidationError("--percentile is 0 to 100, not \(percentile).")
        }
        if let sigma, !sigma.isFinite { throw ValidationError("--sigma is a number, not \(sigma).") }
    }

    func perform() async throws -> Answer? {
        let loaded = try LoadedModel(path: model)
        var options = rows.options(columns: loaded.file.columns)
        options.labels = .ifPresent
        let table = try CSVReader.read(path: data, options: options)
        let all = loaded.scores(table.rows)
        let scores = zip(all, table.labels ?? all.map { _ in false }).filter { !$1 }.map(\.0)
        if let falseAlarms, falseAlarms > 0, Double(scores.count) * falseAlarms < 1 {
            Output.message(
                "note: \(scores.count) normal rows cannot show a rate of \(falseAlarms); the threshold lies above all"
            )
        }
        guard let threshold = rule.threshold(of: scores) else {
            throw Failure.data(
                "\(data) has \(scores.count) normal rows, too few for a threshold", fix: "Give more rows.")
        }
        if let output { try FileText.replace(loaded.file.with(threshold: threshold).encoded(), at: output) }
        let alarms = scores.count { $0 >= threshold }
        return Answer(
            data: .object([
                ("rows", .integer(scores.count)), ("threshold", .finite(threshold)),
                ("alarms", .integer(alarms)),
                ("before", .finite(loaded.file.threshold)), ("output", .optional(output)),
            ]),
            text: """
                threshold  \(threshold)
                before     \(loaded.file.threshold.map { "\($0)" } ?? "none")
                alarms     \(alarms) of \(scores.count) normal rows
                """)
    }

    private var rule: ThresholdRule {
        if let falseAlarms { return .falseAlarms(rate: falseAlarms) }
        if let percentile { return .percentile(percentile) }
        return .sigma(count: sigma ?? 3)
    }
}
