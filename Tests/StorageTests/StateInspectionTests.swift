import Foundation
import GRDB
import Testing

@testable import Storage

/// State folders that are looked at from outside or opened in a state that no run of ours leaves.
@Suite struct StateInspectionTests {
    let folder: TemporaryFolder
    let network = [UInt8](repeating: 7, count: 32)
    private var path: String { folder.path + "/state" }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func store(_ path: String? = nil) throws -> CheckpointStore {
        try CheckpointStore(folder: path ?? self.path, networkID: network)
    }

    /// A folder that a daemon has left.
    private func leave(_ work: (CheckpointStore) throws -> Void = { _ in }) throws {
        let store = try store()
        try work(store)
        try store.close()
    }

    private func inspection() throws -> StateInspection {
        try StateInspection(folder: path, networkID: network)
    }

    /// Changes the database behind the program's back.
    private func tamper(_ statements: String) throws {
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA writable_schema = ON") }
        let queue = try DatabaseQueue(
            path: path + "/" + CheckpointStore.databaseName, configuration: configuration)
        try queue.write { try $0.execute(sql: statements) }
        try queue.close()
    }

    @Test func `a folder below one that is missing cannot be made, which names that one`() {
        let missing = folder.path + "/missing"
        #expect(throws: StorageError.system(call: .open, path: missing, code: ENOENT)) {
            try StateInspection(folder: missing + "/state", networkID: network)
        }
    }

    @Test func `an empty folder holds nothing yet`() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        let found = try inspection()
        #expect(found.exists && !found.isInUse && found.freeBytes > 0 && found.state == nil)
    }

    @Test func `the folder of another network is named, also from outside`() throws {
        try leave()
        let other = [UInt8](repeating: 8, count: 32)
        #expect(throws: StorageError.otherNetwork(path: path, expected: other, found: network)) {
            try StateInspection(folder: path, networkID: other)
        }
    }

    @Test func `a database that no network has claimed yet reads as empty`() throws {
        try leave()
        try tamper("DELETE FROM folder")
        #expect(try inspection().state?.checkpoint == nil)
    }

    /// `NOT NULL` is taken from the table while a null is put in, and given back: a state that the pages alone do not show.
    private func putNull(in column: String, of table: String) throws {
        let rule = "\(column) BLOB NOT NULL"
        try tamper(
            "UPDATE sqlite_schema SET sql = replace(sql, '\(rule)', '\(column) BLOB') WHERE name = '\(table)'"
        )
        try tamper("UPDATE \(table) SET \(column) = NULL")
        try tamper(
            "UPDATE sqlite_schema SET sql = replace(sql, '\(column) BLOB', '\(rule)') WHERE name = '\(table)'"
        )
    }

    @Test func `a table that breaks its own rules is damage, at a start and from outside`() throws {
        try leave { try $0.saveCheckpoint(round: 1, payload: [1]) }
        try putNull(in: "payload", of: "checkpoint")
        #expect(throws: StorageError.damagedDatabase(code: 11)) { try inspection() }
        #expect(throws: StorageError.damagedDatabase(code: 11)) { _ = try store() }
    }

    @Test func `a record with a negative round or without payload or hash counts as damaged`() throws {
        try leave {
            try $0.saveCheckpoint(round: 1, payload: [1])
            try $0.saveJournal(round: 1, payload: [1])
        }
        try tamper(
            """
            UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE name = 'journal';
            UPDATE checkpoint SET round = -1
            """)
        try tamper("UPDATE journal SET payload = NULL, hash = NULL")
        let state = try inspection().state
        #expect(state?.checkpoint == nil && state?.damagedCheckpoints.count == 1)
        #expect(state?.journal == nil && state?.isJournalDamaged == true)
    }

    @Test func `a line of the ledger that no run writes is damage`() throws {
        let line = LedgerLine(exchange: 1, kind: 1, digest: [UInt8](repeating: 1, count: 32))
        try leave { try $0.saveCheckpoint(round: 1, payload: [1], journal: [2], ledger: [line]) }
        try tamper("UPDATE ledger SET exchange = -1")
        let store = try store()
        #expect(throws: StorageError.damagedDatabase(code: 0)) { try store.ledger() }
    }

    @Test func `the ledger of a folder named with a slash lies beside it`() throws {
        let store = try store(path + "/")
        #expect(store.ledgerFile.path == path + ".ledger")
    }

    @Test func `a database whose commits are not synced is refused`() throws {
        let queue = try DatabaseQueue()
        try queue.inDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
        #expect(throws: StorageError.commitsNotSynced(found: 1)) { try Schema.migrate(queue, path: path) }
    }

    @Test func `any other fault of the database keeps its code`() {
        #expect(throws: StorageError.database(code: 5)) {
            try translated { throw DatabaseError(resultCode: .SQLITE_BUSY) }
        }
        #expect(throws: StorageError.database(code: -1)) {
            try translated { throw CocoaError(.fileNoSuchFile) }
        }
    }
}
