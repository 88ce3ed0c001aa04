import Foundation
import GRDB

/// The tables, their versions, and the pragmas every connection must have.
enum Schema {
    /// `PRAGMA synchronous` of a connection that syncs every commit.
    private static let synchronousFull = 2

    /// A configuration that turns on WAL and full synchronisation, and fails where it cannot.
    static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.label = "collabdict"
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        }
        return configuration
    }

    /// Brings an older database up to date, each step in a transaction; refuses a later one.
    static func migrate(_ queue: DatabaseQueue, path: String) throws {
        let found = try queue.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? -1 }
        guard found == synchronousFull else { throw StorageError.commitsNotSynced(found: found) }
        try refuseLater(queue, path: path)
        try migrator().migrate(queue)
        try quickCheck(queue)
    }

    /// The records that a start relies on lie in a sound tree; their hashes are checked when they are read.
    private static func quickCheck(_ queue: DatabaseQueue) throws {
        for table in ["checkpoint", "journal"] {
            let found = try queue.read { try String.fetchAll($0, sql: "PRAGMA quick_check(\(table))") }
            guard found == ["ok"] else {
                throw StorageError.damagedDatabase(code: ResultCode.SQLITE_CORRUPT.rawValue)
            }
        }
    }

    /// - Throws: ``StorageError/newerSchema(path:)`` for a database that a later version has migrated.
    static func refuseLater(_ queue: DatabaseQueue, path: String) throws {
        let migrator = migrator()
        guard try queue.read({ try !migrator.hasBeenSuperseded($0) }) else {
            throw StorageError.newerSchema(path: path)
        }
    }

    private static func migrator() -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: checkpoints, journal, history") { database in
            try database.execute(
                sql: """
                    CREATE TABLE folder (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
                    CREATE TABLE checkpoint (
                        round INTEGER PRIMARY KEY, hash BLOB NOT NULL, payload BLOB NOT NULL) STRICT;
                    CREATE TABLE journal (
                        id INTEGER PRIMARY KEY CHECK (id = 0), round INTEGER NOT NULL, hash BLOB NOT NULL,
                        payload BLOB NOT NULL) STRICT;
                    CREATE TABLE history (
                        round INTEGER PRIMARY KEY, stage TEXT NOT NULL, objective REAL, residual REAL,
                        steps INTEGER NOT NULL, attempts INTEGER NOT NULL, sentBytes INTEGER NOT NULL,
                        receivedBytes INTEGER NOT NULL, seconds REAL NOT NULL,
                        sessionSeconds REAL NOT NULL, stateHash BLOB NOT NULL) STRICT;
                    """)
        }
        migrator.registerMigration("2: warnings in the history") { database in
            try database.execute(sql: "ALTER TABLE history ADD COLUMN warning TEXT")
        }
        migrator.registerMigration("3: diversity in the history") { database in
            try database.execute(
                sql: """
                    ALTER TABLE history ADD COLUMN lDiversityMin REAL;
                    ALTER TABLE history ADD COLUMN lDiversityMax REAL;
                    ALTER TABLE history ADD COLUMN networkRowsMin REAL;
                    ALTER TABLE history ADD COLUMN gate TEXT;
                    """)
        }
        migrator.registerMigration("4: ledger of private vectors") { database in
            try database.execute(
                sql: """
                    CREATE TABLE ledger (
                        exchange INTEGER NOT NULL, kind INTEGER NOT NULL, digest BLOB NOT NULL,
                        UNIQUE (exchange, kind, digest)) STRICT
                    """)
        }
        return migrator
    }
}

/// Runs database work and turns whatever it throws into one of our cases.
func translated<Value>(_ work: () throws -> Value) throws(StorageError) -> Value {
    do {
        return try work()
    } catch let error as StorageError {
        throw error
    } catch let error as DatabaseError {
        throw StorageError(error)
    } catch {
        throw .database(code: -1)
    }
}

/// A count as SQLite can hold it.
func databaseInteger(_ value: UInt64) throws(StorageError) -> Int64 {
    guard let number = Int64(exactly: value) else { throw .roundOutOfRange(round: value) }
    return number
}

extension StorageError {
    /// The case for what SQLite reports.
    init(_ error: DatabaseError) {
        let code = error.extendedResultCode.rawValue
        switch error.resultCode {
        case .SQLITE_FULL: self = .diskFull
        case .SQLITE_IOERR: self = .inputOutput(code: code)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damagedDatabase(code: code)
        default: self = .database(code: code)
        }
    }
}
