import Glibc
import Storage

/// Files that only the owner may read.
enum PrivateFile {
    /// Writes a file of mode 0600 whole or not at all.
    ///
    /// - Throws: ``NodeError/storage(_:)``.
    static func write(_ bytes: [UInt8], to path: String) throws(NodeError) {
        let temporary = path + ".new"
        let descriptor = unsafe open(
            temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .storage(.system(call: .open, path: temporary, code: errno))
        }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe Glibc.write(descriptor, Array(rest), rest.count)
            guard count > 0 else { throw .storage(.system(call: .write, path: temporary, code: errno)) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else {
            throw .storage(.system(call: .fsync, path: temporary, code: errno))
        }
        guard unsafe rename(temporary, path) == 0 else {
            throw .storage(.system(call: .link, path: path, code: errno))
        }
    }
}
