package import Logging
package import NIOCore

/// Lets one line a second, cause and participant through, and says with it how many it kept back.
package struct LogLimiter {
    private static let pause = TimeAmount.seconds(1)

    private let logger: Logger
    private var last: [String: (time: NIODeadline, kept: Int)] = [:]

    /// - Parameter logger: takes what is let through.
    package init(logger: Logger) {
        self.logger = logger
    }

    /// Logs a line, or counts it.
    ///
    /// - Parameters:
    ///   - cause: a constant of ours, never bytes of the network: so the table stays small.
    ///   - participant: whom it is about, by the agreement; nil for a line about anybody.
    package mutating func log(
        _ level: Logger.Level, _ cause: String, of participant: String? = nil, now: NIODeadline = .now(),
        _ metadata: Logger.Metadata
    ) {
        let key = participant.map { "\(cause) \($0)" } ?? cause
        if let (time, kept) = last[key], now - time < Self.pause {
            last[key] = (time, kept + 1)
            return
        }
        var metadata = metadata
        if let kept = last[key]?.kept, kept > 0 { metadata["also"] = "\(kept)" }
        last[key] = (now, 0)
        logger.log(level: level, "\(cause)", metadata: metadata)
    }
}
