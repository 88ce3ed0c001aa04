import Agreement
import ArgumentParser
import Datasets
import Simulator

/// `collabdict demo`.
struct DemoVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Real peer processes on loopback learn from real data; ends with a comparison.",
        discussion: """
            Without FILE it runs the data of seven clinics. Keys, agreement and peer files are made in a temporary \
            folder, which is removed at the end.
            """)
    static let schemaName = "demo"

    @Argument(help: "A topology file; the clinics when left out.") var file: String?
    @Option(help: "How many peers to run.") var peers: Int?
    @Option(help: "A folder with one NAME_train.csv, and perhaps NAME_test.csv, a participant.") var data:
        String?
    @Option(help: "The name of the label column, which is never learnt from.") var label = "label"
    @Flag(help: "Keep the folder of keys, files and logs, and print where it is.") var keep = false
    @OptionGroup var settings: SettingOptions
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func validate() throws {
        if let peers, !(2...1_000).contains(peers) {
            throw ValidationError("The value '\(peers)' is invalid for '--peers': 2 to 1000.")
        }
    }

    func perform() async throws -> Answer? {
        let clock = ContinuousClock()
        let began = clock.now
        var overrides = try settings.overrides()
        if let peers, data == nil {
            overrides.append(try SettingOverride(key: "simulation.participants", value: String(peers)))
        }
        let topology = try topologyFile(overrides)
        let scenario = try Scenario(file: topology, folder: data, labelName: label)
        let participants = try chosen(scenario.participants)
        let network = try DemoNetwork(
            columns: scenario.columns, participants: participants, settings: topology.settings)
        let outcome: DemoOutcome
        do {
            defer {
                network.end.take()
                if keep { Output.message("kept: \(network.folder)") } else { network.remove() }
            }
            outcome = try await DemoRun(network: network).run()
        }
        let report = try DemoReport(
            outcome: outcome, participants: participants, settings: topology.settings,
            columnCount: scenario.columns.count)
        let lines = DemoLines(
            report: report, settings: topology.settings, wallSeconds: (clock.now - began).seconds)
        return Answer(data: lines.value, text: lines.text)
    }

    private func topologyFile(_ overrides: [SettingOverride]) throws -> TopologyFile {
        if let file { return try TopologyFile(file: file, overrides: overrides) }
        if let clinics = ClinicsData.path { return try TopologyFile(file: clinics, overrides: overrides) }
        guard data != nil else {
            throw Failure(
                status: .usage, code: "NO_DATA", message: "the clinics' data is not beside this program",
                fix: "Run in a clone of the repository, or name a topology file or --data.")
        }
        return try TopologyFile(overrides: overrides)
    }

    private func chosen(_ participants: [ParticipantData]) throws(Failure) -> [ParticipantData] {
        guard let peers, peers < participants.count else {
            guard let peers, peers > participants.count else { return participants }
            throw .data(
                "\(data ?? "the data") has \(participants.count) participants, \(peers) are asked for",
                fix: "Ask for at most \(participants.count).")
        }
        return Array(participants.prefix(peers))
    }
}
