import Foundation
import GRDB

extension CheckpointStore {
    /// Adds lines that are not there yet; within the transaction of the record that makes the vectors durable.
    static func insert(_ lines: [LedgerLine], into database: Database) throws {
        for line in lines {
            try database.execute(
                sql: "INSERT OR IGNORE INTO ledger (exchange, kind, digest) VALUES (?, ?, ?)",
                arguments: [databaseInteger(line.exchange), Int64(line.kind), Data(line.digest)])
        }
    }

    /// The file beside the folder.
    var ledgerFile: LedgerFile {
        var path = folder
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return LedgerFile(path: path + ".ledger", networkID: networkID)
    }

    /// Every private vector that was counted: the database's lines, then those that only the file beside the folder still
    /// knows, as the database was put back from a backup.
    ///
    /// Lines that the file lacks, as the process ended between the two, are added to it: their vectors may leave from now on.
    ///
    /// - Throws: ``StorageError``, ``StorageError/ledgerMalformed(path:line:)`` among them.
    package func ledger() throws(StorageError) -> (lines: [LedgerLine], forgottenCount: Int) {
        let known = try translated { () throws -> [LedgerLine] in
            try queue.read { database in
                try Row.fetchAll(
                    database, sql: "SELECT exchange, kind, digest FROM ledger ORDER BY rowid"
                ).map(Self.line)
            }
        }
        let beside = try ledgerFile.read()
        try ledgerFile.append(known.filter { !beside.contains($0) })
        let forgotten = beside.filter { !known.contains($0) }
        return (known + forgotten, forgotten.count)
    }

    private static func line(_ row: Row) throws -> LedgerLine {
        let digest = Array(row["digest"] as Data)
        guard digest.count == 32, let exchange = UInt64(exactly: row["exchange"] as Int64),
            let kind = UInt8(exactly: row["kind"] as Int64)
        else { throw StorageError.damagedDatabase(code: 0) }
        return LedgerLine(exchange: exchange, kind: kind, digest: digest)
    }
}
