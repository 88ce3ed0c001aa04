import Foundation

/// Bytes into an open file, pipe or terminal.
enum ByteSink {
    private static let pieceByteCount = 1 << 20

    /// Writes all bytes, waiting where the other end is slow.
    ///
    /// - Returns: 0, or the `errno` value of the call that failed.
    static func put(_ bytes: [UInt8], into descriptor: Int32) -> Int32 {
        var offset = 0
        while offset < bytes.count {
            let piece = Array(bytes[offset..<min(offset + pieceByteCount, bytes.count)])
            let count = unsafe write(descriptor, piece, piece.count)
            if count > 0 {
                offset += count
                continue
            }
            let code = count == 0 ? EIO : errno
            switch code {
            case EINTR: continue
            case EAGAIN:
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                unsafe poll(&ready, 1, -1)
            default: return code
            }
        }
        return 0
    }
}
