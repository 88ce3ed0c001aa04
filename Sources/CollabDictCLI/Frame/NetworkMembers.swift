import Agreement
import Consensus
import Datasets
import Learning
import Simulator
import Sodium

/// Who takes part in the network that a file describes, and how it adds up vectors.
struct NetworkMembers {
    /// In the order of the file, or of the folder of data.
    let names: [String]
    let roster: [PublicIdentity]
    let aggregation: AggregationSettings
    /// Columns that everybody's rows have; those of generated data where a folder cannot be read.
    let columnCount: Int

    /// - Throws: `DatasetError` for a folder of data that cannot be listed; ``Failure`` for fewer than two members.
    init(_ file: NetworkFile) throws {
        switch file {
        case .agreement(let agreement):
            names = agreement.participants.map(\.name)
            roster = agreement.participants.map(\.key)
            aggregation = agreement.aggregation
            columnCount = agreement.columns.count
        case .topology(let topology):
            let found = try Self.names(of: topology)
            names = found
            // As `simulate` makes them.
            roster = Scenario.roster(count: found.count, seed: topology.simulation.seed)
            aggregation = topology.settings.aggregation(
                networkID: topology.networkID(participantCount: found.count), participantCount: found.count)
            columnCount = Self.columnCount(of: topology)
        }
        guard names.count >= 2 else {
            throw Failure.data(
                "the network has \(names.count) participants, at least 2 are needed", fix: "Add participants."
            )
        }
    }

    /// Those of a simulation.
    init(_ scenario: Scenario) {
        names = scenario.participants.map(\.name)
        roster = scenario.learning.roster
        aggregation = scenario.learning.aggregation
        columnCount = scenario.columns.count
    }

    /// The place of a participant given by name or 0-based number.
    ///
    /// - Throws: ``Failure`` of usage.
    func place(of text: String) throws(Failure) -> Int {
        if let place = names.firstIndex(of: text) { return place }
        if let place = Int(text), names.indices.contains(place) { return place }
        throw .usage(
            "there is no participant '\(text)'",
            fix: "Name one of them, or a number from 0 to \(names.count - 1).")
    }

    private static func columnCount(of file: TopologyFile) -> Int {
        switch file.simulation.data {
        case .generated(let data): data.columns
        case .directory:
            // The table says for how long a vector its figures are, so a stand-in does no harm.
            (try? Scenario(file: file))?.columns.count ?? GeneratedData().columns
        }
    }

    private static func names(of file: TopologyFile) throws(DatasetError) -> [String] {
        let asked = file.simulation.participantCount
        if case .directory(let folder) = file.simulation.data {
            do throws(DatasetError) {
                let found = try ParticipantFolder(path: folder).participants.map(\.name)
                if asked ?? 0 <= found.count { return Array(found.prefix(asked ?? found.count)) }
            } catch {
                // The number is all an audit needs; names make it readable.
                if asked == nil { throw error }
            }
        }
        return (0..<(asked ?? SimulationSettings.defaultParticipantCount)).map {
            $0 < 10 ? "p0\($0)" : "p\($0)"
        }
    }
}
