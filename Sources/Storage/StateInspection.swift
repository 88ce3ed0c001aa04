import Foundation
import GRDB
import Glibc

/// A look at a state folder from outside: nothing in it changes, and a daemon that runs in it goes on.
package struct StateInspection: Sendable, Equatable {
    /// Whether the folder is there; a daemon makes it.
    package let exists: Bool
    /// Whether a daemon holds its lock.
    package let isInUse: Bool
    /// Bytes that this user may still write on its disk.
    package let freeBytes: UInt64
    /// What the database holds; nil in a new folder.
    package let state: StoredState?

    /// Checks owner and permissions, the whole database page by page, its version, its network, and every record's hash.
    ///
    /// - Parameters:
    ///   - folder: path of the state folder; where it is not there, the folder above it is looked at.
    ///   - networkID: 32 bytes.
    /// - Throws: ``StorageError`` as opening the folder would, and ``StorageError/damagedDatabase(code:)``.
    package init(folder: String, networkID: [UInt8]) throws(StorageError) {
        guard unsafe access(folder, F_OK) == 0 else {
            let parent = Folder.parent(of: folder)
            guard unsafe access(parent, W_OK | X_OK) == 0 else {
                throw .system(call: .open, path: parent, code: errno)
            }
            exists = false
            isInUse = false
            freeBytes = try Self.freeBytes(parent)
            state = nil
            return
        }
        try Folder.check(folder)
        guard unsafe access(folder, R_OK | W_OK | X_OK) == 0 else {
            throw .system(call: .open, path: folder, code: errno)
        }
        exists = true
        isInUse = FolderLock.isHeld(folder: folder)
        freeBytes = try Self.freeBytes(folder)
        let path = folder + "/" + CheckpointStore.databaseName
        guard unsafe access(path, F_OK) == 0 else {
            state = nil
            return
        }
        state = try translated { () throws -> StoredState in
            var configuration = Configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let found = try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check(1)") }
            guard found == ["ok"] else {
                throw StorageError.damagedDatabase(code: ResultCode.SQLITE_CORRUPT.rawValue)
            }
            try Schema.refuseLater(queue, path: folder)
            return try CheckpointStore.load(from: queue, networkID: networkID, folder: folder)
        }
    }

    /// What the file system leaves to this user.
    private static func freeBytes(_ path: String) throws(StorageError) -> UInt64 {
        var facts = statvfs()
        guard unsafe statvfs(path, &facts) == 0 else { throw .system(call: .stat, path: path, code: errno) }
        return UInt64(facts.f_bavail) * UInt64(facts.f_frsize)
    }
}
