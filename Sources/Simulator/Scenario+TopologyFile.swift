package import Agreement
import Consensus
package import Datasets
import Learning
import LinearAlgebra
package import Sodium

/// Why a topology file describes no network that can run.
package enum ScenarioError: Error {
    case data(DatasetError)
    /// The file asks for more participants than the folder has.
    case tooFewParticipants(folder: String, found: Int, asked: Int)
    /// A fault names a participant that does not exist.
    case unknownPeer(peer: Int, participantCount: Int)
    /// The private run's ranges are not one, and not one a column.
    case rangeCount(found: Int, columnCount: Int)
    /// Fewer than two participants with data.
    case noNetwork(found: Int)
}

extension Scenario {
    /// The network that a topology file describes, on generated rows or on a folder of files.
    ///
    /// - Parameters:
    ///   - file: as read and checked.
    ///   - folder: takes the place of the file's own data (`--data`); any number of participants.
    ///   - labelName: the column that is never read for training.
    /// - Throws: ``ScenarioError``.
    package init(
        file: TopologyFile, folder: String? = nil, labelName: String = "label"
    ) throws(ScenarioError) {
        let (columns, participants) = try Scenario.rows(of: file, folder: folder, labelName: labelName)
        guard participants.count >= 2 else { throw .noNetwork(found: participants.count) }
        if let ranges = file.settings.privacy.dp?.ranges.count, ranges != 1, ranges != columns.count {
            throw .rangeCount(found: ranges, columnCount: columns.count)
        }
        for fault in file.simulation.faults where fault.peer >= participants.count {
            throw .unknownPeer(peer: fault.peer, participantCount: participants.count)
        }
        let seed = file.simulation.seed
        let roster = Scenario.roster(count: participants.count, seed: seed)
        let networkID = file.networkID(participantCount: participants.count)
        let learning = file.settings.learning(
            aggregation: file.settings.aggregation(
                networkID: networkID, participantCount: participants.count), roster: roster,
            columnCount: columns.count)
        self.init(
            columns: columns, participants: participants,
            training: file.settings.training(
                columnCount: columns.count, participantCount: participants.count),
            learning: learning,
            seed: seed, latency: file.simulation.network.latency, jitter: file.simulation.network.jitter,
            loss: file.simulation.network.loss, faults: file.simulation.faults.map(Fault.init))
    }

    /// Keys of simulated members: real ones, from the seed.
    package static func roster(count: Int, seed: UInt64) -> [PublicIdentity] {
        var generator = SeededGenerator(seed: seed, label: "identities")
        return (0..<count).compactMap { _ in
            let words = (0..<4).map { _ in generator.next() }
            let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
            return try? SecretIdentity(seed: bytes).publicIdentity
        }
    }

    private static func rows(
        of file: TopologyFile, folder: String?, labelName: String
    ) throws(ScenarioError) -> (columns: [String], participants: [ParticipantData]) {
        let simulation = file.simulation
        switch (folder, simulation.data) {
        case (nil, .generated(let data)):
            let count = simulation.participantCount ?? SimulationSettings.defaultParticipantCount
            let generated = HeterogeneousClusters.generate(
                participantCount: count, rows: data.rows, columns: data.columns, clusters: data.clusters,
                seed: simulation.seed)
            return (
                (1...data.columns).map { "x\($0)" },
                generated.map { limited($0, to: file.rowLimit) }
            )
        case (let folder?, _):
            return try read(folder: folder, file: file, labelName: labelName)
        case (nil, .directory(let folder)):
            let found = try read(folder: folder, file: file, labelName: labelName)
            guard let asked = simulation.participantCount else { return found }
            guard asked <= found.participants.count else {
                throw .tooFewParticipants(folder: folder, found: found.participants.count, asked: asked)
            }
            return (found.columns, Array(found.participants.prefix(asked)))
        }
    }

    private static func read(
        folder: String, file: TopologyFile, labelName: String
    ) throws(ScenarioError) -> (columns: [String], participants: [ParticipantData]) {
        var options = CSVOptions()
        options.labelName = labelName
        options.incompleteRows = .kept
        do throws(DatasetError) {
            let read = try ParticipantFolder(path: folder).read(options: options)
            return (read.columns, read.participants.map { limited($0, to: file.rowLimit) })
        } catch {
            throw .data(error)
        }
    }

    private static func limited(_ data: ParticipantData, to limit: Int?) -> ParticipantData {
        guard let limit, limit < data.train.rowCount else { return data }
        let train = Matrix(
            rowCount: limit, columnCount: data.train.columnCount,
            elements: Array(data.train.elements.prefix(limit * data.train.columnCount)))
        return ParticipantData(name: data.name, train: train, test: data.test, testLabels: data.testLabels)
    }
}
