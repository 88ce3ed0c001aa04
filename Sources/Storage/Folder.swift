import Glibc

/// The state folder: exists, belongs to this user, and nobody else may enter it.
enum Folder {
    /// Permission bits of a state folder: its owner only.
    static let mode: mode_t = 0o700

    /// Makes the folder with mode 0700, or checks the one that is there.
    ///
    /// - Throws: ``StorageError/system(call:path:code:)``, ``StorageError/notFolder(path:)``,
    ///   ``StorageError/wrongOwner(path:owner:user:)``, ``StorageError/folderOpen(path:mode:)``.
    static func prepare(_ path: String) throws(StorageError) {
        if unsafe mkdir(path, mode) == 0 {
            try sync(parent(of: path))
        } else if errno != EEXIST {
            throw .system(call: .mkdir, path: path, code: errno)
        }
        try check(path)
    }

    /// Whether the folder that is there belongs to this user, and nobody else may enter it.
    ///
    /// - Throws: ``StorageError/system(call:path:code:)``, ``StorageError/notFolder(path:)``,
    ///   ``StorageError/wrongOwner(path:owner:user:)``, ``StorageError/folderOpen(path:mode:)``.
    static func check(_ path: String) throws(StorageError) {
        let facts = try status(path)
        guard facts.st_mode & S_IFMT == S_IFDIR else { throw .notFolder(path: path) }
        guard facts.st_uid == geteuid() else {
            throw .wrongOwner(path: path, owner: facts.st_uid, user: geteuid())
        }
        guard facts.st_mode & 0o077 == 0 else {
            throw .folderOpen(path: path, mode: UInt32(facts.st_mode & 0o7777))
        }
    }

    /// The status of what `path` names; symbolic links are followed.
    static func status(_ path: String) throws(StorageError) -> stat {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else {
            throw .system(call: .stat, path: path, code: errno)
        }
        return facts
    }

    /// Writes the entries of a folder to the disk, so that a name made in it survives a power cut.
    static func sync(_ path: String) throws(StorageError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: .open, path: path, code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(call: .fsync, path: path, code: errno) }
    }

    /// The folder that holds `path`.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// The exclusive lock of a state folder, held as long as the object lives and freed by the kernel when
/// the process ends in whatever way; a file with a process number could not promise that.
final class FolderLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``StorageError/folderInUse(path:)``, ``StorageError/system(call:path:code:)``.
    init(folder: String) throws(StorageError) {
        let path = folder + "/lock"
        let opened = unsafe open(path, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, mode_t(0o600))
        guard opened >= 0 else { throw .system(call: .open, path: path, code: errno) }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(opened)
            guard code == EWOULDBLOCK else { throw .system(call: .flock, path: path, code: code) }
            throw .folderInUse(path: folder)
        }
        descriptor = opened
    }

    deinit {
        close(descriptor)
    }

    /// Whether some process holds the lock at this moment.
    static func isHeld(folder: String) -> Bool {
        let opened = unsafe open(folder + "/lock", O_RDWR | O_NOFOLLOW | O_CLOEXEC)
        guard opened >= 0 else { return false }
        defer { close(opened) }
        return flock(opened, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
