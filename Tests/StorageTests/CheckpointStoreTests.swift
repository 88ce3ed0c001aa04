import Foundation
import GRDB
import Sodium
import Testing

@testable import Storage

@Suite struct CheckpointStoreTests {
    let folder: TemporaryFolder
    let network = [UInt8](repeating: 7, count: 32)
    var path: String { folder.path + "/state" }

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `a new folder holds nothing, is private and syncs every commit`() throws {
        let store = try CheckpointStore(folder: path, networkID: network)
        let state = try store.load()
        #expect(state.checkpoint == nil)
        #expect(state.journal == nil)
        #expect(state.damagedCheckpoints.isEmpty)
        #expect(try folder.mode(of: "state") == 0o700)
        try store.saveCheckpoint(round: 1, payload: [1])
        #expect(try store.pragma("synchronous") == "2")
        #expect(try store.pragma("journal_mode") == "wal")
    }

    @Test func `what was saved is there after a restart`() throws {
        let payload = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let line = RoundRecord(
            round: 3, stage: "round", objective: -4.25, residual: 1e-10, steps: 88, attempts: 2, sentBytes: 9,
            receivedBytes: 8, seconds: 0.5, sessionSeconds: 0.25, stateHash: [1, 2, 3],
            warning: "posterior collapse")
        do {
            let store = try CheckpointStore(folder: path, networkID: network)
            try store.saveCheckpoint(round: 3, payload: payload, history: line)
            try store.saveJournal(round: 4, payload: [9, 9])
            try store.close()
        }
        let store = try CheckpointStore(folder: path, networkID: network)
        let state = try store.load()
        #expect(state.checkpoint == StoredRecord(round: 3, payload: payload))
        #expect(state.journal == StoredRecord(round: 4, payload: [9, 9]))
        #expect(try store.history() == [line])
    }

    /// BLAKE2b-256 of label ‖ kind ‖ 0 ‖ network id ‖ round u64 little-endian ‖ payload.
    @Test func `a record is stored under the hash of its kind, network, round and payload`() throws {
        let store = try CheckpointStore(folder: path, networkID: network)
        try store.saveCheckpoint(round: 0x0102, payload: [0xaa, 0xbb])
        let bytes = Array("collabdict/stored-record/v1checkpoint".utf8) + [0] + network
        let expected = BLAKE2b.hash256(bytes + [2, 1, 0, 0, 0, 0, 0, 0] + [0xaa, 0xbb])
        let hex = expected.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
        #expect(
            try store.integers("SELECT count(*) FROM checkpoint WHERE hash = X'\(hex)' AND payload = X'AABB'")
                == [1])
    }

    @Test func `the previous checkpoint is kept, older ones go`() throws {
        let store = try CheckpointStore(folder: path, networkID: network)
        for round in 1...5 { try store.saveCheckpoint(round: UInt64(round), payload: [UInt8(round)]) }
        #expect(try store.integers("SELECT round FROM checkpoint ORDER BY round") == [4, 5])
    }

    @Test(arguments: ["payload = X'00'", "hash = X'00'", "payload = 'text'"])
    func `a damaged checkpoint is passed over, and said`(change: String) throws {
        let store = try CheckpointStore(folder: path, networkID: network)
        try store.saveCheckpoint(round: 1, payload: [1])
        try store.saveCheckpoint(round: 2, payload: [2])
        try? store.execute("UPDATE checkpoint SET \(change) WHERE round = 2")
        let state = try store.load()
        if state.checkpoint?.round == 1 {
            #expect(state.checkpoint == StoredRecord(round: 1, payload: [1]))
            #expect(state.damagedCheckpoints == [2])
        } else {
            // A STRICT table does not even take the wrong type.
            #expect(change.contains("text") && state.checkpoint?.round == 2)
        }
        try store.saveCheckpoint(round: 2, payload: [22])
        #expect(try store.load().checkpoint == StoredRecord(round: 2, payload: [22]))
    }

    @Test func `a checkpoint moved to another round does not pass`() throws {
        let store = try CheckpointStore(folder: path, networkID: network)
        try store.saveCheckpoint(round: 1, payload: [1])
        try store.execute("UPDATE checkpoint SET round = 9")
        let state = try store.load()
        #expect(state.checkpoint == nil)
        #expect(state.damagedCheckpoints == [9])
    }

    @Test func `a damaged journal is left out, and said`() throws {
        let store = try CheckpointStore(folder: path, networkID: network)
        try store.saveJournal(round: 2, payload: [1, 2, 3])
        try store.execute("UPDATE journal SET payload = X'010204'")
        let state = try store.load()
        #expect(state.journal == nil)
        #expect(state.isJournalDamaged)
    }

    @Test func `a journal takes the place of the one before`() throws {
        let store = try CheckpointStore(folder: path, networkID: network)
        try store.saveJournal(round: 2, payload: [1])
        try store.saveJournal(round: 2, payload: [2])
        #expect(try store.load().journal == StoredRecord(round: 2, payload: [2]))
    }

    @Test func `rounds never go back`() throws {
        let store = try CheckpointStore(folder: path, networkID: network)
        try store.saveCheckpoint(round: 5, payload: [5])
        #expect(throws: StorageError.roundWentBack(round: 4, newest: 5)) {
            try store.saveCheckpoint(round: 4, payload: [4])
        }
        #expect(throws: StorageError.roundOutOfRange(round: .max)) {
            try store.saveCheckpoint(round: .max, payload: [])
        }
        #expect(try store.load().checkpoint?.round == 5)
    }

    @Test func `only one daemon at a time has the folder`() throws {
        let store = try CheckpointStore(folder: path, networkID: network)
        #expect(throws: StorageError.folderInUse(path: path)) {
            try CheckpointStore(folder: path, networkID: network)
        }
        try store.close()
    }

    @Test func `the folder of another network is refused and left alone`() throws {
        do {
            let store = try CheckpointStore(folder: path, networkID: network)
            try store.saveCheckpoint(round: 1, payload: [1])
        }
        let other = [UInt8](repeating: 8, count: 32)
        #expect(throws: StorageError.otherNetwork(path: path, expected: other, found: network)) {
            try CheckpointStore(folder: path, networkID: other)
        }
        let store = try CheckpointStore(folder: path, networkID: network)
        #expect(try store.load().checkpoint?.round == 1)
    }

    @Test func `a folder that others may enter is refused`() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        #expect(throws: StorageError.folderOpen(path: path, mode: 0o755)) {
            try CheckpointStore(folder: path, networkID: network)
        }
    }

    @Test func `a database of a later version is refused`() throws {
        do {
            let store = try CheckpointStore(folder: path, networkID: network)
            try store.execute("INSERT INTO grdb_migrations (identifier) VALUES ('9: later')")
        }
        #expect(throws: StorageError.newerSchema(path: path)) {
            try CheckpointStore(folder: path, networkID: network)
        }
    }

    @Test func `a file that is no database is refused`() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        try Data(repeating: 0x41, count: 8_192).write(to: URL(fileURLWithPath: path + "/collabdict.sqlite"))
        #expect(throws: StorageError.self) { try CheckpointStore(folder: path, networkID: network) }
    }

    @Test func `a full disk is told apart, and keeps what was there`() throws {
        let store = try CheckpointStore(folder: path, networkID: network)
        try store.saveCheckpoint(round: 1, payload: [1])
        let pages = try store.pragma("page_count")
        _ = try store.pragma("max_page_count = \(pages)")
        #expect(throws: StorageError.diskFull) {
            try store.saveCheckpoint(round: 2, payload: [UInt8](repeating: 1, count: 1 << 20))
        }
        #expect(try store.load().checkpoint == StoredRecord(round: 1, payload: [1]))
    }

    @Test func `a round of the history that ran again is there once`() throws {
        let store = try CheckpointStore(folder: path, networkID: network)
        for (round, steps) in [(1, 10), (2, 11), (2, 12)] {
            try store.appendHistory(
                RoundRecord(round: UInt64(round), stage: "round", steps: steps, seconds: 1, stateHash: []))
        }
        #expect(try store.history().map(\.steps) == [10, 12])
        #expect(try store.history(limit: 1).map(\.round) == [2])
    }
}

extension CheckpointStore {
    /// Damages or inspects the database, as no caller of the room can.
    fileprivate func execute(_ sql: String) throws {
        try queue.write { try $0.execute(sql: sql) }
    }

    fileprivate func integers(_ sql: String) throws -> [Int] {
        try queue.read { try Int.fetchAll($0, sql: sql) }
    }

    fileprivate func pragma(_ name: String) throws -> String {
        try queue.writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA \(name)") ?? "" }
    }
}
