/// What can go wrong with the files of one peer; every case carries the facts a message needs.
package enum StorageError: Error, Equatable {
    /// A system call on `path` failed with `code` (an `errno` value).
    case system(call: SystemCall, path: String, code: Int32)
    /// Another process holds the lock of the state folder.
    case folderInUse(path: String)
    /// The path of the state folder names something else.
    case notFolder(path: String)
    /// The state folder has permissions for others; `mode` holds the permission bits.
    case folderOpen(path: String, mode: UInt32)
    /// The folder or file belongs to user `owner`, not to `user`, who runs this process.
    case wrongOwner(path: String, owner: UInt32, user: UInt32)
    /// The state folder was written under another agreement.
    case otherNetwork(path: String, expected: [UInt8], found: [UInt8])
    /// The database was written by a later version of the program, whose schema this one does not know.
    case newerSchema(path: String)
    /// SQLite does not sync every commit: `PRAGMA synchronous` reads `found`, not 2 (FULL).
    case commitsNotSynced(found: Int)
    /// The disk, or the quota, is full: nothing of the transaction was kept.
    case diskFull
    /// Reading or writing failed; data may be gone. The store must not be used any further.
    case inputOutput(code: Int32)
    /// The file is no SQLite database, or a damaged one.
    case damagedDatabase(code: Int32)
    /// Any other refusal of SQLite, as its extended result code.
    case database(code: Int32)
    /// A round that the database cannot count.
    case roundOutOfRange(round: UInt64)
    /// Rounds never go back: `newest` is already stored.
    case roundWentBack(round: UInt64, newest: UInt64)
    /// A line of the ledger beside the state folder is none.
    case ledgerMalformed(path: String, line: Int)
    /// A key file is never overwritten.
    case keyExists(path: String)
    /// The key file can be used by others than its owner; `mode` holds the permission bits.
    case keyReadableByOthers(path: String, mode: UInt32)
    /// The folder of the key file is writable by others; `mode` holds the permission bits.
    case keyFolderWritableByOthers(path: String, mode: UInt32)
    /// The key path names nothing.
    case keyMissing(path: String)
    /// The key path names something that is no regular file.
    case keyNotRegularFile(path: String)
    /// The key file does not hold one line of the key format.
    case keyMalformed(path: String, byteCount: Int)
}

/// The system calls that ``StorageError/system(call:path:code:)`` names.
package enum SystemCall: String, Sendable {
    case open, stat, mkdir, flock, read, write, fsync, link, unlink
}
