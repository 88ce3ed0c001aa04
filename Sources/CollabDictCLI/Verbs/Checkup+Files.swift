import Agreement
import Datasets
import Logging
import Models
import Node
import Sodium
import Storage
import Topology

/// What `doctor` looks at, from the files outwards; what needs an earlier finding is left out where that failed.
extension Checkup {
    /// Bytes that a state folder should have left: some checkpoints, and SQLite's log of them.
    private static let freeBytesMinimum: UInt64 = 64 << 20

    static func run(configurationPath path: String) async -> Checkup {
        var checkup = Checkup()
        guard
            let configuration = await checkup.look(
                "configuration", at: { (try PeerConfiguration(file: path), "\(path) is in order") })
        else { return checkup }
        let identity = await checkup.key(configuration)
        let agreement = await checkup.look("agreement") {
            let agreement = try NetworkAgreement(file: configuration.network)
            let id = hexadecimal(agreement.networkID)
            let text =
                "\(configuration.network) is in order: \(agreement.participants.count) participants, "
                + "\(agreement.columns.count) columns, id \(Figure.short(id))"
            return (agreement, text)
        }
        guard let agreement else { return checkup }
        var member: Int?
        if let identity {
            member = await checkup.look("membership") {
                let member = try PeerNode.member(of: identity, configuration, agreement)
                let name = agreement.participants[member].name
                return (member, "the key is that of participant '\(name)'")
            }
        }
        let isRunning = await checkup.stateFolder(configuration, agreement)
        await checkup.rows(configuration, agreement)
        await checkup.listening(configuration, isRunning: isRunning)
        if let identity, let member {
            await checkup.neighbours(of: member, identity, agreement)
        }
        checkup.limits(memberCount: agreement.participants.count)
        return checkup
    }

    private mutating func key(_ configuration: PeerConfiguration) async -> SecretIdentity? {
        await look("key") {
            (try KeyFile.load(at: configuration.key), "\(configuration.key) is its owner's alone")
        }
    }

    /// - Returns: whether a daemon runs in the folder.
    private mutating func stateFolder(
        _ configuration: PeerConfiguration, _ agreement: NetworkAgreement
    ) async -> Bool {
        let folder = configuration.state
        let found = await look("state") {
            let found = try StateInspection(folder: folder, networkID: agreement.networkID)
            return (found, found.exists ? "\(folder) is its owner's alone" : "\(folder) will be made")
        }
        guard let found else { return false }
        if let state = found.state {
            let round = state.checkpoint.map { "round \($0.round)" } ?? "no round yet"
            if state.isJournalDamaged || !state.damagedCheckpoints.isEmpty {
                let what = state.isJournalDamaged ? "the journal" : "a checkpoint"
                fail(
                    "database",
                    Failure(
                        status: .failure, code: "STATE", message: "\(what) fails its hash; whole: \(round)",
                        fix: state.isJournalDamaged
                            ? "Move \(folder) away; without its journal this peer could vote twice."
                            : "Nothing, if the daemon starts: it takes the checkpoint that is whole."))
            } else {
                pass("database", "every page and record is whole: \(round)")
            }
        }
        guard found.freeBytes < Self.freeBytesMinimum else {
            pass("disk", "\(Figure.bytes(Double(found.freeBytes))) free")
            return found.isInUse
        }
        fail(
            "disk",
            Failure(
                status: .failure, code: "DISK_FULL",
                message: "\(Figure.bytes(Double(found.freeBytes))) free for \(folder)",
                fix: "Make room for at least \(Figure.bytes(Double(Self.freeBytesMinimum)))."))
        return found.isInUse
    }

    private mutating func rows(_ configuration: PeerConfiguration, _ agreement: NetworkAgreement) async {
        _ = await look("rows") {
            // What the daemon would log of ignored columns and dropped rows is no problem.
            let logger = Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }
            let rows = try PeerNode.rows(configuration, agreement, logger)
            return (
                rows.rowCount,
                "\(configuration.data.train): \(rows.rowCount) rows of \(rows.columnCount) columns"
            )
        }
    }
}
