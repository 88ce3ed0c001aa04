import Glibc

/// One private vector that a participant has made up its mind to send. What the numbers mean is the caller's business.
package struct LedgerLine: Sendable, Equatable {
    /// The exchange the vector is for.
    package let exchange: UInt64
    package let kind: UInt8
    /// 32 bytes.
    package let digest: [UInt8]

    /// - Precondition: 32 bytes.
    package init(exchange: UInt64, kind: UInt8, digest: [UInt8]) {
        precondition(digest.count == 32, "a digest of \(digest.count) bytes")
        self.exchange = exchange
        self.kind = kind
        self.digest = digest
    }
}

/// The ledger again, beside the state folder: `FOLDER.ledger`, a line a private vector, never rewritten.
///
/// A state folder put back from a backup has forgotten what was sent since; this file has not, unless it was put back too. A
/// line is written after the database holds it and is on the disk before the vector leaves, so the file is never ahead of a
/// database that nobody touched.
///
/// A line: `collabdict-ledger-1`, network id, exchange (20 digits), kind (3 digits), digest, in hexadecimal where they are
/// bytes, with single spaces and a line feed: as many bytes as any other.
struct LedgerFile {
    private static let prefix = "collabdict-ledger-1"
    private static let lineLength = 19 + 1 + 64 + 1 + 20 + 1 + 3 + 1 + 64 + 1
    /// No run of ours sends more.
    private static let lineLimit = 10_000_000

    let path: String
    let networkID: [UInt8]

    /// The lines of this network; other networks' are left alone. No file is no line.
    ///
    /// A torn last line was not on the disk when its vector would have left; it says nothing.
    ///
    /// - Throws: ``StorageError/ledgerMalformed(path:line:)``, ``StorageError/system(call:path:code:)``.
    func read() throws(StorageError) -> [LedgerLine] {
        guard let bytes = try content() else { return [] }
        var lines: [LedgerLine] = []
        for number in 0..<bytes.count / Self.lineLength {
            let start = number * Self.lineLength
            let text = String(decoding: bytes[start..<start + Self.lineLength], as: UTF8.self)
            guard let (network, line) = Self.parse(text) else {
                throw .ledgerMalformed(path: path, line: number + 1)
            }
            if network == networkID { lines.append(line) }
        }
        return lines
    }

    /// Adds lines and waits until they are on the disk. What a torn write left is cut off first.
    ///
    /// - Throws: ``StorageError/system(call:path:code:)``, ``StorageError/wrongOwner(path:owner:user:)``.
    func append(_ lines: [LedgerLine]) throws(StorageError) {
        guard !lines.isEmpty else { return }
        let descriptor = unsafe open(
            path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, mode_t(0o600))
        guard descriptor >= 0 else { throw .system(call: .open, path: path, code: errno) }
        defer { close(descriptor) }
        let facts = try facts(of: descriptor)
        guard facts.st_uid == geteuid() else {
            throw .wrongOwner(path: path, owner: facts.st_uid, user: geteuid())
        }
        let whole = Int(facts.st_size) / Self.lineLength * Self.lineLength
        guard Int(facts.st_size) == whole || ftruncate(descriptor, whole) == 0 else {
            throw .system(call: .write, path: path, code: errno)
        }
        let bytes = lines.flatMap { Array(text($0).utf8) }
        let written = unsafe Glibc.write(descriptor, bytes, bytes.count)
        guard written == bytes.count else {
            throw .system(call: .write, path: path, code: written >= 0 ? ENOSPC : errno)
        }
        guard fsync(descriptor) == 0 else { throw .system(call: .fsync, path: path, code: errno) }
        if facts.st_size == 0 { try Folder.sync(Folder.parent(of: path)) }
    }

    private func content() throws(StorageError) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .system(call: .open, path: path, code: errno)
        }
        defer { close(descriptor) }
        guard try facts(of: descriptor).st_size <= Self.lineLimit * Self.lineLength else {
            throw .ledgerMalformed(path: path, line: Self.lineLimit + 1)
        }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe Glibc.read(descriptor, &block, block.count)
            guard count >= 0 else { throw .system(call: .read, path: path, code: errno) }
            if count == 0 { return bytes }
            bytes += block[..<count]
        }
    }

    private func facts(of descriptor: Int32) throws(StorageError) -> stat {
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else {
            throw .system(call: .stat, path: path, code: errno)
        }
        return facts
    }

    private func text(_ line: LedgerLine) -> String {
        let fields = [
            Self.prefix, Self.hexadecimal(networkID), Self.padded(line.exchange, 20),
            Self.padded(UInt64(line.kind), 3),
            Self.hexadecimal(line.digest),
        ]
        return fields.joined(separator: " ") + "\n"
    }

    private static func parse(_ text: String) -> (network: [UInt8], line: LedgerLine)? {
        guard text.hasSuffix("\n") else { return nil }
        let fields = text.dropLast().split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0] == prefix, let network = bytes(fields[1]),
            let exchange = UInt64(fields[2]), let kind = UInt8(fields[3]), let digest = bytes(fields[4])
        else { return nil }
        return (network, LedgerLine(exchange: exchange, kind: kind, digest: digest))
    }

    private static func padded(_ number: UInt64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// 32 bytes of 64 digits.
    private static func bytes(_ digits: Substring) -> [UInt8]? {
        let values = digits.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.utf8.count == 64, values.count == 64 else { return nil }
        return (0..<32).map { UInt8(values[2 * $0] << 4 | values[2 * $0 + 1]) }
    }
}
