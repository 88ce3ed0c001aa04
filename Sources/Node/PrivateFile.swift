import Glibc
import Storage

/// Files that only the owner may read.
enum PrivateFile {
    /// Waits so many seconds for a free descriptor: longer than any stranger keeps one.
    private static let descriptorWaits = 10

    /// As ``write(_:to:)``; strangers who hold all descriptors for a moment do not make it fail.
    static func writePatiently(_ bytes: [UInt8], to path: String) async throws {
        for _ in 0..<descriptorWaits {
            do throws(NodeError) {
                return try write(bytes, to: path)
            } catch {
                guard case .storage(.system(.open, _, let code)) = error, code == EMFILE || code == ENFILE
                else { throw error }
            }
            try await Task.sleep(for: .seconds(1))
        }
        try write(bytes, to: path)
    }

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
