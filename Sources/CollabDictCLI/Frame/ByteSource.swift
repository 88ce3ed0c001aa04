import Foundation

/// A file or standard input, read as far as it has come: a pipe's rows are not held back until a piece is full.
struct ByteSource {
    private let name: String
    private let file: FileHandle
    private var piece: [UInt8]

    /// Opens a file, or standard input for `-`.
    ///
    /// - Parameter pieceByteCount: the most that ``next()`` returns, ≥ 1.
    /// - Throws: ``Failure`` of status 8.
    init(_ name: String, pieceByteCount: Int) throws(Failure) {
        precondition(pieceByteCount >= 1, "pieces of \(pieceByteCount) bytes")
        self.name = name
        piece = [UInt8](repeating: 0, count: pieceByteCount)
        do {
            file =
                name == "-" ? .standardInput : try FileHandle(forReadingFrom: URL(fileURLWithPath: name))
        } catch {
            throw Self.unreadable(name)
        }
    }

    /// The next bytes, waiting for at least one; nil at the end.
    ///
    /// - Throws: ``Failure`` of status 8.
    mutating func next() throws(Failure) -> [UInt8]? {
        while true {
            // SAFETY: the call writes at most `piece.count` bytes into `piece` and keeps nothing.
            let count = unsafe read(file.fileDescriptor, &piece, piece.count)
            if count > 0 { return Array(piece[..<count]) }
            if count == 0 { return nil }
            guard errno == EINTR else { throw Self.unreadable(name) }
        }
    }

    private static func unreadable(_ name: String) -> Failure {
        .data("\(name) cannot be read", fix: "Check the path and its permissions.")
    }
}
