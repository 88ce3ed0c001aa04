import Agreement
import ArgumentParser
import Consensus
import Datasets
import Foundation
import Learning
import Models
import Privacy
import Simulator
import Topology

/// `collabdict simulate`.
struct SimulateVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "The whole network in one process, on a virtual clock.",
        discussion: """
            The same file, data, seed and settings print the same bytes, apart from wallSeconds and peakMemoryBytes.
            """)
    static let schemaName = "simulate"

    @Argument(help: "A topology file.") var file: String
    @Option(help: "Sets simulation.seed.") var seed: UInt64?
    @Option(
        help: ArgumentHelp(
            "Many runs with faults, a seed each; stops at the first violated invariant.", valueName: "A..B"))
    var seeds: String?
    @Option(
        help: ArgumentHelp(
            "With --seeds: a topology file whose faults take the place of drawn ones.", valueName: "file"))
    var faults: String?
    @Option(help: "A folder with one NAME_train.csv, and perhaps NAME_test.csv, a participant.") var data:
        String?
    @Option(help: "The name of the label column, which is never learnt from. (default: label)")
    var label: String?
    @Option(
        help: ArgumentHelp(
            "Write every participant's model file NAME.json into a folder.", valueName: "folder"))
    var output: String?
    @OptionGroup var threads: ThreadOption
    @OptionGroup var settings: SettingOptions
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func validate() throws {
        guard seeds != nil else {
            if faults != nil { throw ValidationError("--faults goes with --seeds.") }
            return
        }
        let others = [
            ("--seed", seed != nil), ("--data", data != nil), ("--label", label != nil),
            ("--output", output != nil),
        ]
        if let (option, _) = others.first(where: { $0.1 }) {
            throw ValidationError(
                "\(option) does not go with --seeds, whose runs take their rows from the file and a seed each."
            )
        }
    }

    func perform() async throws -> Answer? {
        let clock = ContinuousClock()
        let began = clock.now
        var overrides = try settings.overrides()
        if let seed { overrides.append(try SettingOverride(key: "simulation.seed", value: String(seed))) }
        let topology = try TopologyFile(file: file, overrides: overrides)
        ArithmeticNote.tell()
        if let seeds { return try sweep(topology, seeds: SeedRange(seeds).range) }
        var scenario = try Scenario(file: topology, folder: data, labelName: label ?? "label")
        scenario.runner = threads.runner
        let bar = ProgressBar("simulate")
        let report: SimulationReport
        do {
            defer { bar.finish() }
            report = try scenario.report(settings: topology.settings) { summary in
                bar.update(
                    Int(summary.exchange) + 1, of: 0,
                    note: "exchanges, objective \(Figure.decimal(summary.objective?.perRow, places: 6))")
            }
        }
        if let output { try write(report, of: scenario, score: topology.settings.score, to: output) }
        let members = NetworkMembers(scenario)
        let methods = try MethodTable(
            members, vectorCount: topology.settings.vectorCount(columnCount: members.columnCount))
        let lines = SimulationLines(
            report: report, settings: topology.settings, methods: methods,
            wallSeconds: (clock.now - began).seconds)
        return Answer(data: lines.value, text: lines.text)
    }

    /// Many runs with faults.
    private func sweep(_ topology: TopologyFile, seeds: ClosedRange<UInt64>) throws -> Answer {
        var planned: [Fault]? =
            topology.simulation.faults.isEmpty ? nil : topology.simulation.faults.map(Fault.init)
        if let faults {
            planned = try TopologyFile(file: faults, overrides: []).simulation.faults.map(Fault.init)
        }
        var lines = SweepLines()
        let bar = ProgressBar("simulate")
        defer { bar.finish() }
        try SeedSweep(file: topology, faults: planned).run(seeds: seeds, on: threads.runner) { run in
            lines.add(run)
            bar.update(lines.runCount, of: 0, note: "seeds without a violation")
        }
        return Answer(data: lines.value, text: lines.text)
    }

    /// One model file a participant, in a folder that is made where it is missing.
    private func write(
        _ report: SimulationReport, of scenario: Scenario, score: ScoreKind, to folder: String
    ) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let networkID = hexadecimal(scenario.learning.aggregation.networkID)
        for (participant, trainer) in zip(scenario.participants, report.outcome.trainers) {
            guard
                let file = ModelFile(
                    trainer: trainer, networkID: networkID, participant: participant.name,
                    round: report.rounds, columns: scenario.columns, score: score)
            else { continue }
            try FileText.replace(file.encoded(), at: folder + "/" + participant.name + ".json")
        }
    }
}

/// A simulation's report in the keys of docs/interface.md, and for people.
struct SimulationLines {
    let report: SimulationReport
    let settings: AgreementSettings
    let methods: MethodTable
    let wallSeconds: Double

    /// The JSON `data`.
    var value: CanonicalValue {
        let outcome = report.outcome
        return .object([
            ("participants", .integer(report.participantCount)), ("rounds", .integer(report.rounds)),
            ("converged", .bool(report.converged)), ("logLikelihood", .finite(report.logLikelihood)),
            ("patternsActive", .integer(report.patternsActive)),
            ("warning", report.warning.map { .text($0.text) } ?? .null),
            (
                "consensus",
                .object([
                    ("method", .text(settings.consensus.method.rawValue)),
                    ("weights", settings.consensus.weightsInForce.map { .text($0.rawValue) } ?? .null),
                    ("stepsPerSession", .integer(outcome.stepsPerSession)),
                    ("sessions", .integer(outcome.sessionCount)),
                    ("relativeError", .finite(outcome.relativeError)),
                    ("messages", .integer(outcome.messageCount)), ("bytes", .integer(outcome.byteCount)),
                ])
            ),
            ("methods", methods.value), ("stateHashes", .integer(report.stateHashCount)),
            ("stateHash", outcome.stateHashes.first.map { .text(hexadecimal($0)) } ?? .null),
            ("privacy", PrivacyLines.value(of: report)),
            ("detection", report.detection.map { DetectionTable($0).value } ?? .null),
            ("faults", .integer(report.faultCount)), ("wallSeconds", .finite(wallSeconds)),
            ("virtualSeconds", .finite(outcome.virtualTime.seconds)),
            ("peakMemoryBytes", .optional(ProcessMemory.peakBytes)),
        ])
    }

    /// The promise, in the words that say what it is and is not.
    private var budgetText: String {
        guard let budget = report.budget else { return "" }
        let coalition = settings.colluders(participantCount: report.participantCount)
        return """

            privacy         epsilon \(Figure.decimal(budget.spent, places: 3)) of \(budget.epsilon) at delta \(budget.delta), \
            adding or removing one \(budget.unit), for everything derived from the sums, against coalitions of up to \(coalition)
            """
    }

    /// The same for people.
    var text: String {
        let outcome = report.outcome
        let summary = """
            participants    \(report.participantCount)
            rounds          \(report.rounds)\(report.converged ? ", converged" : "")
            log-likelihood  \(Figure.decimal(report.logLikelihood, places: 4)) per row
            patterns        \(report.patternsActive)\(report.warning.map { ", \($0.text)" } ?? "")
            consensus       \(settings.consensus.weightsInForce?.rawValue ?? "exact"), \(outcome.stepsPerSession) steps a session, \
            \(outcome.sessionCount) sessions, relative error \(Figure.power(outcome.relativeError))
            traffic         \(outcome.messageCount) messages, \(Figure.bytes(Double(outcome.byteCount)))
            state hashes    \(report.stateHashCount)\(report.stateHashCount == 1 ? "" : " (must be 1)")
            ℓ-diversity     \(Figure.decimal(report.lDiversityMinimum, places: 1)) at least, \
            \(Figure.decimal(report.lDiversityMaximum, places: 1)) at most; \(PrivacyLines.gate(of: report))
            time            \(Figure.decimal(wallSeconds, places: 1)) s here, \
            \(Figure.decimal(outcome.virtualTime.seconds, places: 1)) s in the simulated network
            """
        let all = summary + budgetText + "\n\n" + methods.text(inForce: settings.consensus)
        return report.detection.map { all + "\n\n" + DetectionTable($0).text } ?? all
    }
}
