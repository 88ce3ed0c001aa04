import Foundation

/// Files that verbs make for the person.
enum FileText {
    /// Writes a new file and never over one that is there.
    ///
    /// - Throws: ``Failure``.
    static func create(_ text: String, at path: String) throws(Failure) {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
        } catch let error as CocoaError where error.code == .fileWriteFileExists {
            throw Failure(
                status: .failure, code: "FILE_EXISTS", message: "\(path) is there already",
                fix: "Name another file, or move that one away.")
        } catch {
            throw cannotWrite(path, error)
        }
    }

    /// Writes a whole model file or leaves the old one as it was; symbolic links are followed.
    ///
    /// A new file is its owner's alone (0600), for models have a private part; one that is there keeps its mode. What is
    /// no regular file, such as a pipe, and what standard output goes to, is written to as it is.
    ///
    /// - Throws: ``Failure``.
    static func replace(_ bytes: [UInt8], at path: String) throws(Failure) {
        let target = destination(of: path)
        guard unsafe access(path, F_OK) == 0 else {
            guard errno == ENOENT else { throw cannotWrite(path, code: errno) }
            return try exchange(bytes, at: target, old: nil, name: path)
        }
        guard target != destination(of: "/proc/self/fd/\(STDOUT_FILENO)") else {
            let code = ByteSink.put(bytes, into: STDOUT_FILENO)
            guard code == 0 else { throw cannotWrite(path, code: code) }
            return
        }
        // A link of /proc may name a file that is gone; what it opens is there all the same.
        guard let old = try? FileManager.default.attributesOfItem(atPath: target),
            old[.type] as? FileAttributeType == .typeRegular
        else { return try fill(bytes, at: path) }
        try exchange(bytes, at: target, old: old, name: path)
    }

    /// The bytes of a file.
    ///
    /// - Throws: ``Failure`` of the status.
    static func read(_ path: String, status: ExitStatus, byteLimit: Int) throws(Failure) -> [UInt8] {
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            let bytes = Array(try file.read(upToCount: byteLimit + 1) ?? Data())
            guard bytes.count <= byteLimit else {
                throw Failure(
                    status: status, code: "FILE_TOO_LARGE",
                    message: "\(path) is larger than \(byteLimit) bytes",
                    fix: "Name the right file.")
            }
            return bytes
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                status: status, code: "FILE_UNREADABLE", message: "\(path) cannot be read: \(reason(error))",
                fix: "Check the path and its permissions.")
        }
    }

    // MARK: Replacing

    /// What a path names once its symbolic links are followed, whether it is there or not.
    private static func destination(of path: String) -> String {
        var path = path
        // The kernel follows as many.
        for _ in 0..<40 {
            guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { break }
            path = next.hasPrefix("/") ? next : folder(of: path) + "/" + next
        }
        return path
    }

    /// The folder that holds `path`.
    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "" : String(path[..<slash])
    }

    /// Writes into what is there.
    private static func fill(_ bytes: [UInt8], at path: String) throws(Failure) {
        let descriptor = unsafe open(path, O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw cannotWrite(path, code: errno) }
        defer { close(descriptor) }
        let code = ByteSink.put(bytes, into: descriptor)
        guard code == 0 else { throw cannotWrite(path, code: code) }
    }

    /// Writes a file beside `path` and gives it that name once all of it is on the disk; nothing is left of a failure.
    ///
    /// - Parameters:
    ///   - old: of the regular file that is there; nil where there is nothing.
    ///   - name: what messages call it.
    private static func exchange(
        _ bytes: [UInt8], at path: String, old: [FileAttributeKey: Any]?, name: String
    ) throws(Failure) {
        let temporary = folder(of: path) + "/.collabdict-" + UUID().uuidString
        let descriptor = unsafe open(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(0o600))
        guard descriptor >= 0 else { throw cannotWrite(name, code: errno) }
        var code = ByteSink.put(bytes, into: descriptor)
        if code == 0, let old {
            if let user = number(.ownerAccountID, of: old), let group = number(.groupOwnerAccountID, of: old)
            {
                // Only root can give a file away; for others it was theirs, or becomes theirs.
                fchown(descriptor, user, group)
            }
            if let mode = number(.posixPermissions, of: old), fchmod(descriptor, mode) != 0 { code = errno }
        }
        if code == 0, fsync(descriptor) != 0 { code = errno }
        close(descriptor)
        if code == 0, unsafe rename(temporary, path) != 0 { code = errno }
        guard code == 0 else {
            unsafe unlink(temporary)
            throw cannotWrite(name, code: code)
        }
    }

    private static func number(_ key: FileAttributeKey, of attributes: [FileAttributeKey: Any]) -> UInt32? {
        (attributes[key] as? NSNumber)?.uint32Value
    }

    // MARK: Failures

    private static func cannotWrite(_ path: String, _ error: any Error) -> Failure {
        cannotWrite(path, reason: reason(error))
    }

    /// - Parameter code: an `errno` value.
    private static func cannotWrite(_ path: String, code: Int32) -> Failure {
        cannotWrite(path, reason: Failure.systemText(code))
    }

    private static func cannotWrite(_ path: String, reason: String) -> Failure {
        Failure(
            status: .failure, code: "FILE_NOT_WRITTEN", message: "\(path) cannot be written: \(reason)",
            fix: "Check that its folder is there, is yours and has room.")
    }

    private static func reason(_ error: any Error) -> String {
        let system = (error as? CocoaError)?.underlying as? POSIXError ?? error as? POSIXError
        switch system?.code {
        case .ENOENT?: return "no such file or folder"
        case .EACCES?, .EPERM?: return "permission denied"
        case .ENOSPC?: return "no space left"
        case .EISDIR?: return "it is a folder"
        case let code?: return "error \(code.rawValue)"
        case nil:
            return (error as? CocoaError)?.code == .fileReadNoSuchFile
                ? "no such file or folder" : "\(error.localizedDescription)"
        }
    }
}
