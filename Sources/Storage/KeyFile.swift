import Glibc
package import Sodium

/// The secret key of one participant in a file.
///
/// The text is one line: `collabdict-key-1 `, the 32 bytes of the Ed25519 seed as 64 lower-case hexadecimal
/// digits, and a line feed. Nothing else may stand in the file.
package enum KeyFile {
    private static let prefix = Array("collabdict-key-1 ".utf8)
    private static let byteCount = prefix.count + 2 * SecretIdentity.seedLength + 1
    private static let digits = Array("0123456789abcdef".utf8)

    /// Writes a key, readable by its owner only, and never over a file that is there.
    ///
    /// The bytes go to a name of their own (`O_EXCL`, `O_NOFOLLOW`, 0600) and are synced before the final name
    /// is linked to them, so the final name holds the whole key or does not exist, also after a power cut.
    ///
    /// - Throws: ``StorageError/keyExists(path:)``, ``StorageError/system(call:path:code:)``; no file is left.
    package static func create(at path: String, _ secret: SecretIdentity) throws(StorageError) {
        let temporary = path + ".new-\(getpid())"
        var text = encoded(secret)
        defer { erase(&text) }
        try write(text, to: temporary)
        guard unsafe link(temporary, path) == 0 else {
            let code = errno
            unsafe unlink(temporary)
            guard code == EEXIST else { throw .system(call: .link, path: path, code: code) }
            throw .keyExists(path: path)
        }
        guard unsafe unlink(temporary) == 0 else {
            throw .system(call: .unlink, path: temporary, code: errno)
        }
        try Folder.sync(Folder.parent(of: path))
    }

    /// Reads a key, if nobody but its owner could have read or replaced it.
    ///
    /// - Throws: ``StorageError/keyMissing(path:)``, ``StorageError/keyReadableByOthers(path:mode:)``,
    ///   ``StorageError/wrongOwner(path:owner:user:)``,
    ///   ``StorageError/keyFolderWritableByOthers(path:mode:)``, ``StorageError/keyNotRegularFile(path:)``,
    ///   ``StorageError/keyMalformed(path:byteCount:)``, ``StorageError/system(call:path:code:)``.
    package static func load(at path: String) throws(StorageError) -> SecretIdentity {
        let folder = Folder.parent(of: path)
        let folderMode: mode_t
        do throws(StorageError) {
            folderMode = try Folder.status(folder).st_mode
        } catch {
            guard case .system(_, _, let code) = error, isMissing(code) else { throw error }
            throw .keyMissing(path: path)
        }
        // A folder like /tmp, where only the owner of a file may rename it, is as safe as one of one's own.
        guard folderMode & 0o022 == 0 || folderMode & S_ISVTX != 0 else {
            throw .keyFolderWritableByOthers(path: folder, mode: UInt32(folderMode & 0o7777))
        }
        let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            guard code != ELOOP else { throw .keyNotRegularFile(path: path) }
            guard !isMissing(code) else { throw .keyMissing(path: path) }
            throw .system(call: .open, path: path, code: code)
        }
        defer { close(descriptor) }
        // The open file is judged, not the name: the name may point elsewhere a moment later.
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else {
            throw .system(call: .stat, path: path, code: errno)
        }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw .keyNotRegularFile(path: path) }
        guard facts.st_uid == geteuid() else {
            throw .wrongOwner(path: path, owner: facts.st_uid, user: geteuid())
        }
        guard facts.st_mode & 0o077 == 0 else {
            throw .keyReadableByOthers(path: path, mode: UInt32(facts.st_mode & 0o7777))
        }
        var text = [UInt8](repeating: 0, count: byteCount + 1)
        defer { erase(&text) }
        let length = unsafe read(descriptor, &text, text.count)
        guard length >= 0 else { throw .system(call: .read, path: path, code: errno) }
        guard length == byteCount, let secret = decoded(text.dropLast()) else {
            throw .keyMalformed(path: path, byteCount: Int(facts.st_size))
        }
        return secret
    }

    /// Whether an `errno` value says that a path names nothing.
    private static func isMissing(_ code: Int32) -> Bool { code == ENOENT || code == ENOTDIR }

    // MARK: Text

    private static func encoded(_ secret: SecretIdentity) -> [UInt8] {
        var seed = secret.exportedSeed()
        defer { erase(&seed) }
        var text = prefix
        text.reserveCapacity(byteCount)
        for byte in seed {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        text.append(UInt8(ascii: "\n"))
        return text
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> SecretIdentity? {
        guard text.starts(with: prefix), text.last == UInt8(ascii: "\n") else { return nil }
        var seed: [UInt8] = []
        seed.reserveCapacity(SecretIdentity.seedLength)
        defer { erase(&seed) }
        var high: Int?
        for character in text.dropFirst(prefix.count).dropLast() {
            guard let digit = digits.firstIndex(of: character) else { return nil }
            if let first = high {
                seed.append(UInt8(first << 4 | digit))
                high = nil
            } else {
                high = digit
            }
        }
        return try? SecretIdentity(seed: seed)
    }

    /// Overwrites a text of ours that held a secret; copies that Swift made elsewhere are beyond reach.
    private static func erase(_ bytes: inout [UInt8]) {
        for index in bytes.indices { bytes[index] = 0 }
    }

    // MARK: Files

    private static func write(_ text: [UInt8], to path: String) throws(StorageError) {
        let descriptor = unsafe open(
            path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(0o600))
        guard descriptor >= 0 else { throw .system(call: .open, path: path, code: errno) }
        defer { close(descriptor) }
        let written = unsafe Glibc.write(descriptor, text, text.count)
        guard written == text.count, fsync(descriptor) == 0 else {
            let code = written >= 0 && written < text.count ? ENOSPC : errno
            unsafe unlink(path)
            throw .system(call: written == text.count ? .fsync : .write, path: path, code: code)
        }
    }
}
