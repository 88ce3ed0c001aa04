/// Why the control socket cannot be served or asked.
package enum ControlError: Error, Equatable {
    /// Nobody listens at the socket: the daemon is not running.
    case notRunning(path: String)
    /// The system refused: `code` is an `errno` value.
    case system(path: String, code: Int32)
    /// The kernel takes no socket path of more than `limit` bytes.
    case pathTooLong(path: String, byteCount: Int, limit: Int)
    /// HTTP is served on loopback only.
    case notLoopback(host: String)
    /// The daemon answered with this HTTP status.
    case refused(route: String, status: Int)
    /// No whole answer came within the time.
    case noAnswer(path: String, seconds: Int)
    /// The answer is not what this version expects.
    case unexpectedAnswer(route: String, byteCount: Int)
}

/// Figures that bound what a client of the control socket can cost.
package enum ControlLimits {
    /// Bytes of one request, its headers included.
    package static let requestBytes = 4_096
    /// Seconds from the connection to the end of the request.
    package static let requestSeconds: Int64 = 1
    /// Seconds from the end of the request to the end of the connection.
    package static let answerSeconds: Int64 = 5
    /// Connections at a time; further ones wait.
    package static let clients = 8
    /// Bytes of a Unix socket path, by the kernel's structure.
    package static let socketPathBytes = 107
}
