import Agreement
import ArgumentParser
import Datasets
import Detection
import Learning
import LinearAlgebra
import Models

/// `collabdict fit`.
struct FitVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "One participant alone, with the same models.",
        discussion: """
            The baseline without collaboration. Settings are those of a topology file.

            --together says whether joining pays: it compares the model learnt alone with one learnt together, on \
            the rows of --test, or else on own rows held out a fifth at a time. Nothing leaves the machine.
            """)
    static let schemaName = "fit"

    @Option(help: "A CSV file of rows.") var data: String
    @Option(help: ArgumentHelp("Write the model file.", valueName: "model")) var output: String?
    @Option(help: ArgumentHelp("Compare with a model learnt together.", valueName: "model")) var together:
        String?
    @Option(help: "A CSV file of rows, with labels or without, that neither model was learnt from.")
    var test: String?
    @OptionGroup var memory: MemoryOption
    @OptionGroup var threads: ThreadOption
    @OptionGroup var settings: SettingOptions
    @OptionGroup var rows: RowOptions
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func validate() throws {
        if test != nil && together == nil { throw ValidationError("--test goes with --together.") }
    }

    func perform() async throws -> Answer? {
        let clock = ContinuousClock()
        let began = clock.now
        ArithmeticNote.tell()
        let file = try TopologyFile(overrides: try settings.overrides())
        if file.settings.privacy.dp != nil {
            Output.message("note: nothing leaves the machine, so privacy.dp does not apply")
        }
        let joint = try together.map { try LoadedModel(path: $0) }
        var options = rows.options(columns: joint?.file.columns)
        options.rowLimit = file.rowLimit
        let read = try CSVReader.readTraining(path: data, options: options, room: memory.room)
        let table = read.table
        if table.droppedRowCount > 0 {
            Output.message("note: \(table.droppedRowCount) rows without any cell were left out")
        }
        if table.incompleteRowCount > 0 {
            Output.message(
                "note: \(table.incompleteRowCount) rows lack \(table.missingCellCount) cells; they count by the others"
            )
        }
        var seconds = FitSeconds()
        seconds.read = (clock.now - began).seconds
        var trainer = try Trainer(
            rows: read.trainingRows,
            settings: file.settings.training(columnCount: table.columns.count, participantCount: 1))
        try learn(&trainer, seconds: &seconds, maximum: file.settings.rounds.maximum)
        let score = file.settings.score
        if let output {
            try FileText.replace(
                modelFile(of: trainer, columns: table.columns, score: score).encoded(), at: output)
        }
        let comparison = try joint.map { joint in
            try compare(read, joint, trainer: trainer, settings: file.settings)
        }
        seconds.total = (clock.now - began).seconds
        return answer(trainer, read: read, seconds: seconds, comparison: comparison)
    }

    private func compare(
        _ read: TrainingTable, _ joint: LoadedModel, trainer: Trainer, settings: AgreementSettings
    ) throws -> TogetherComparison {
        let runner = threads.runner
        let table = read.table
        func loaded(_ trainer: Trainer) throws -> LoadedModel {
            let file = try modelFile(of: trainer, columns: table.columns, score: settings.score)
            return try LoadedModel(file, name: "the model learnt alone")
        }
        if let test {
            var options = rows.options(columns: joint.file.columns)
            options.labels = .ifPresent
            return try TogetherComparison(
                alone: loaded(trainer), together: joint,
                test: try CSVReader.read(path: test, options: options),
                on: runner)
        }
        guard read.stored == nil else {
            throw Failure.data(
                "the \(read.rowCount) rows are more than memory should hold, and none of them can be held out",
                fix: "Name rows with --test, or allow more with --memory.")
        }
        let bar = ProgressBar("held-out rows")
        defer { bar.finish() }
        var foldCount = 0
        return try TogetherComparison(rows: table, together: joint, on: runner) { rows in
            bar.update(foldCount, of: TogetherComparison.foldCount)
            foldCount += 1
            var alone = try Trainer(
                rows: rows,
                settings: settings.training(columnCount: table.columns.count, participantCount: 1))
            try alone.learnAlone(on: runner)
            return try loaded(alone)
        }
    }

    private func learn(_ trainer: inout Trainer, seconds: inout FitSeconds, maximum: Int) throws {
        let clock = ContinuousClock()
        let bar = ProgressBar("fit")
        defer { bar.finish() }
        while trainer.stage != .finished {
            let stage = trainer.stage
            let start = clock.now
            let update = trainer.localUpdate(on: threads.runner)
            let updated = clock.now
            try trainer.absorb(update.shared, kept: update.kept)
            let absorbed = clock.now
            if case .round(let round) = stage {
                seconds.localUpdate += (updated - start).seconds
                seconds.optimise += (absorbed - updated).seconds
                bar.update(
                    round + 1, of: maximum,
                    note: "objective \(Figure.decimal(trainer.objective?.perRow, places: 6))")
            } else {
                seconds.initialise += (absorbed - start).seconds
            }
        }
    }

    private func modelFile(of trainer: Trainer, columns: [String], score: ScoreKind) throws(Failure)
        -> ModelFile
    {
        guard
            let file = ModelFile(
                trainer: trainer, networkID: nil, participant: nil, round: trainer.finishedRoundCount,
                columns: columns, score: score)
        else {
            throw Failure(
                status: .failure, code: "NO_MODEL", message: "no round was run, so there is no model",
                fix: "Raise rounds.maximum.")
        }
        return file
    }

    private func answer(
        _ trainer: Trainer, read: TrainingTable, seconds: FitSeconds, comparison: TogetherComparison?
    ) -> Answer {
        let objective = trainer.objective
        let columnCount = read.table.columns.count
        return Answer(
            data: .object(
                [
                    ("rows", .integer(read.rowCount)), ("columns", .integer(columnCount)),
                    ("iterations", .integer(trainer.finishedRoundCount)),
                    ("logLikelihood", .finite(objective?.logLikelihoodPerRow)),
                    ("objective", .finite(objective?.perRow)), ("seconds", seconds.value),
                ] + (comparison.map { [("together", $0.value)] } ?? [])),
            text: """
                rows            \(read.rowCount) of \(columnCount) columns\(read.stored == nil ? "" : ", read from disk in blocks")
                iterations      \(trainer.finishedRoundCount)\(trainer.hasConverged ? ", converged" : "")
                patterns        \(trainer.model?.activePatternCount ?? 0)\(trainer.warning.map { ", \($0.text)" } ?? "")
                log-likelihood  \(Figure.decimal(objective?.logLikelihoodPerRow, places: 4)) per row
                objective       \(Figure.decimal(objective?.perRow, places: 4)) per row
                seconds         \(Figure.decimal(seconds.total))
                """ + (comparison.map { "\n\n\($0.text)" } ?? ""))
    }
}

extension TrainingTable {
    /// The rows as a trainer takes them.
    fileprivate var trainingRows: TrainingRows {
        stored.map { TrainingRows(source: $0, completeCount: $0.completeCount) } ?? TrainingRows(table.rows)
    }
}

/// Where the time of a fit went.
private struct FitSeconds {
    var read = 0.0
    var initialise = 0.0
    var localUpdate = 0.0
    var optimise = 0.0
    var total = 0.0

    var value: CanonicalValue {
        .object([
            ("read", .finite(read)), ("initialise", .finite(initialise)),
            ("localUpdate", .finite(localUpdate)),
            ("optimise", .finite(optimise)), ("total", .finite(total)),
        ])
    }
}

extension Duration {
    /// The same in seconds.
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
