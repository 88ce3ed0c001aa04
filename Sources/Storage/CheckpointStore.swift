import Foundation
import GRDB
import Sodium

/// One peer's memory across restarts: a SQLite database in its state folder.
///
/// A checkpoint is whole or absent, and one that was saved is on the disk when the call returns: WAL with
/// `synchronous = FULL` (GRDB itself would choose NORMAL, which may lose the last commits at a power cut),
/// one transaction a checkpoint, and a hash of ours over every record, since SQLite has none. The last two
/// checkpoints are kept. All calls block for the commit (some milliseconds) and may come from any thread.
/// After ``StorageError/inputOutput(code:)`` the store must not be used any more: a failed sync may have
/// lost data that a second sync would report as written.
package final class CheckpointStore: Sendable {
    /// Checkpoints that are kept: the newest, and the one to fall back to.
    private static let keptCheckpoints = 2
    /// The database in its folder.
    static let databaseName = "collabdict.sqlite"
    private static let networkQuery = "SELECT value FROM folder WHERE name = 'networkID'"
    private static let hashLabel = Array("collabdict/stored-record/v1".utf8)

    /// The folder, as it was given.
    package let folder: String
    let networkID: [UInt8]
    let queue: DatabaseQueue
    private let lock: FolderLock

    /// Opens the folder, or makes it with mode 0700, and locks it for this process.
    ///
    /// - Parameters:
    ///   - folder: path of the state folder; the folder above it must exist.
    ///   - networkID: 32 bytes; a folder of another network is refused.
    /// - Throws: ``StorageError``; nothing in the folder has been changed when it belongs to another network,
    ///   another process, or a later version.
    package init(folder: String, networkID: [UInt8]) throws(StorageError) {
        precondition(networkID.count == 32, "network id of \(networkID.count) bytes, not 32")
        try Folder.prepare(folder)
        lock = try FolderLock(folder: folder)
        self.folder = folder
        self.networkID = networkID
        queue = try translated { () throws -> DatabaseQueue in
            let queue = try DatabaseQueue(
                path: folder + "/" + Self.databaseName, configuration: Schema.configuration())
            try Schema.migrate(queue, path: folder)
            return queue
        }
        try claim()
    }

    /// Frees the database; the lock goes with the object.
    package func close() throws(StorageError) {
        try translated { () throws -> Void in try queue.close() }
    }

    // MARK: Checkpoints

    /// Saves the state after a round, in one transaction; the previous checkpoint is kept, older ones go.
    ///
    /// - Parameters:
    ///   - journal: the record of the round that begins; both are there after a crash, or neither.
    ///   - history: a line that belongs to the round; it is saved with it or not at all.
    ///   - ledger: private vectors that the journal makes durable, counted with it and beside the folder.
    /// - Throws: ``StorageError/roundWentBack(round:newest:)`` and everything of SQLite; nothing has been
    ///   changed then.
    package func saveCheckpoint(
        round: UInt64, payload: [UInt8], journal: [UInt8]? = nil, history: RoundRecord? = nil,
        ledger: [LedgerLine] = []
    ) throws(StorageError) {
        let number = try databaseInteger(round)
        let hash = Self.recordHash("checkpoint", round: round, payload: payload, networkID)
        try translated { () throws -> Void in
            try queue.write { database in
                let newest = try Int64.fetchOne(database, sql: "SELECT MAX(round) FROM checkpoint") ?? 0
                guard number >= newest else {
                    throw StorageError.roundWentBack(round: round, newest: UInt64(newest))
                }
                try database.execute(
                    sql: "INSERT OR REPLACE INTO checkpoint (round, hash, payload) VALUES (?, ?, ?)",
                    arguments: [number, Data(hash), Data(payload)])
                try database.execute(
                    sql: """
                        DELETE FROM checkpoint WHERE round NOT IN
                            (SELECT round FROM checkpoint ORDER BY round DESC LIMIT ?)
                        """, arguments: [Self.keptCheckpoints])
                if let journal { try self.insert(journal: journal, round: round, number, into: database) }
                if let history { try Self.insert(history, into: database) }
                try Self.insert(ledger, into: database)
            }
        }
        try ledgerFile.append(ledger)
    }

    /// Saves the record of the round under way (attempt, inputs, vote) in place of the one before.
    ///
    /// - Parameter ledger: as in ``saveCheckpoint(round:payload:journal:history:ledger:)``.
    package func saveJournal(
        round: UInt64, payload: [UInt8], ledger: [LedgerLine] = []
    ) throws(StorageError) {
        let number = try databaseInteger(round)
        try translated { () throws -> Void in
            try queue.write { database in
                try self.insert(journal: payload, round: round, number, into: database)
                try Self.insert(ledger, into: database)
            }
        }
        try ledgerFile.append(ledger)
    }

    private func insert(
        journal: [UInt8], round: UInt64, _ number: Int64, into database: Database
    ) throws {
        let hash = Self.recordHash("journal", round: round, payload: journal, networkID)
        try database.execute(
            sql: "INSERT OR REPLACE INTO journal (id, round, hash, payload) VALUES (0, ?, ?, ?)",
            arguments: [number, Data(hash), Data(journal)])
    }

    /// Reads the newest whole checkpoint and the journal, each checked against its hash.
    package func load() throws(StorageError) -> StoredState {
        try translated { () throws -> StoredState in
            try Self.load(from: queue, networkID: networkID, folder: folder)
        }
    }

    /// The same of any open database.
    ///
    /// - Throws: ``StorageError/otherNetwork(path:expected:found:)`` and everything of SQLite.
    static func load(from queue: DatabaseQueue, networkID: [UInt8], folder: String) throws -> StoredState {
        try queue.read { database in
            let owner = try Data.fetchOne(database, sql: networkQuery).map(Array.init) ?? networkID
            guard owner == networkID else {
                throw StorageError.otherNetwork(path: folder, expected: networkID, found: owner)
            }
            var damaged: [UInt64] = []
            var checkpoint: StoredRecord?
            for row in try Row.fetchAll(
                database, sql: "SELECT round, hash, payload FROM checkpoint ORDER BY round DESC")
            where checkpoint == nil {
                let (record, isWhole) = record(in: row, kind: "checkpoint", networkID)
                if isWhole { checkpoint = record } else { damaged.append(record.round) }
            }
            let row = try Row.fetchOne(
                database, sql: "SELECT round, hash, payload FROM journal WHERE id = 0")
            let journal = row.map { record(in: $0, kind: "journal", networkID) }
            return StoredState(
                checkpoint: checkpoint, journal: journal?.isWhole == true ? journal?.record : nil,
                damagedCheckpoints: damaged, isJournalDamaged: journal?.isWhole == false)
        }
    }

    // MARK: History

    /// Adds a line to the history; a line of the same round is replaced, as a round that runs again after a
    /// restart has one outcome only.
    package func appendHistory(_ record: RoundRecord) throws(StorageError) {
        try translated { () throws -> Void in
            try queue.write { database in try Self.insert(record, into: database) }
        }
    }

    /// The last `limit` lines of the history, oldest first.
    package func history(limit: Int = 1_000) throws(StorageError) -> [RoundRecord] {
        try translated { () throws -> [RoundRecord] in
            try queue.read { database in
                try Row.fetchAll(
                    database, sql: "SELECT * FROM history ORDER BY round DESC LIMIT ?", arguments: [limit]
                ).reversed().map(RoundRecord.init(row:))
            }
        }
    }

    private static func insert(_ record: RoundRecord, into database: Database) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO history (round, stage, objective, residual, steps, attempts, sentBytes,
                    receivedBytes, seconds, sessionSeconds, stateHash, warning, lDiversityMin, lDiversityMax,
                    networkRowsMin, gate)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                databaseInteger(record.round), record.stage, record.objective, record.residual, record.steps,
                record.attempts, databaseInteger(record.sentBytes), databaseInteger(record.receivedBytes),
                record.seconds, record.sessionSeconds, Data(record.stateHash), record.warning,
                record.lDiversityMin, record.lDiversityMax, record.networkRowsMin, record.gate,
            ])
    }

    // MARK: Records

    /// Writes the network id into a new folder, or compares it with the one that is there.
    private func claim() throws(StorageError) {
        try translated { () throws -> Void in
            try queue.write { database in
                let found = try Data.fetchOne(database, sql: Self.networkQuery)
                if let found {
                    guard Array(found) == networkID else {
                        throw StorageError.otherNetwork(
                            path: folder, expected: networkID, found: Array(found))
                    }
                } else {
                    try database.execute(
                        sql: "INSERT INTO folder (name, value) VALUES ('networkID', ?)",
                        arguments: [Data(networkID)])
                }
            }
        }
    }

    /// A row as a record, and whether its hash holds. A row whose types are wrong counts as damaged.
    private static func record(
        in row: Row, kind: String, _ networkID: [UInt8]
    ) -> (record: StoredRecord, isWhole: Bool) {
        let round = Int64.fromDatabaseValue(row["round"]).flatMap { UInt64(exactly: $0) } ?? 0
        let payload = Data.fromDatabaseValue(row["payload"]).map(Array.init) ?? []
        let hash = Data.fromDatabaseValue(row["hash"]).map(Array.init) ?? []
        let isWhole = hash == recordHash(kind, round: round, payload: payload, networkID)
        return (StoredRecord(round: round, payload: payload), isWhole)
    }

    /// BLAKE2b-256 of label ‖ kind ‖ network id ‖ round ‖ payload: a row moved from another place fails too.
    private static func recordHash(
        _ kind: String, round: UInt64, payload: [UInt8], _ networkID: [UInt8]
    ) -> [UInt8] {
        let number = (0..<8).map { UInt8(truncatingIfNeeded: round >> UInt64(8 * $0)) }
        return BLAKE2b.hash256(hashLabel + Array(kind.utf8) + [0] + networkID + number + payload)
    }
}

extension RoundRecord {
    fileprivate init(row: Row) {
        self.init(
            round: UInt64(clamping: row["round"] as Int64), stage: row["stage"], objective: row["objective"],
            residual: row["residual"], steps: row["steps"], attempts: row["attempts"],
            sentBytes: UInt64(clamping: row["sentBytes"] as Int64),
            receivedBytes: UInt64(clamping: row["receivedBytes"] as Int64), seconds: row["seconds"],
            sessionSeconds: row["sessionSeconds"], stateHash: Array(row["stateHash"] as Data),
            warning: row["warning"], lDiversityMin: row["lDiversityMin"], lDiversityMax: row["lDiversityMax"],
            networkRowsMin: row["networkRowsMin"], gate: row["gate"])
    }
}
