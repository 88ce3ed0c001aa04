import Logging
import NIOCore

/// Lets one line a second and cause through, and says with it how many it kept back.
struct LogLimiter {
    private static let pause = TimeAmount.seconds(1)

    private let logger: Logger
    private var last: [String: (time: NIODeadline, kept: Int)] = [:]

    init(logger: Logger) {
        self.logger = logger
    }

    /// - Parameter cause: a constant of ours, never bytes of the network: so the table stays small.
    mutating func log(
        _ level: Logger.Level, _ cause: String, now: NIODeadline, _ metadata: Logger.Metadata
    ) {
        if let (time, kept) = last[cause], now - time < Self.pause {
            last[cause] = (time, kept + 1)
            return
        }
        var metadata = metadata
        if let kept = last[cause]?.kept, kept > 0 { metadata["also"] = "\(kept)" }
        last[cause] = (now, 0)
        logger.log(level: level, "\(cause)", metadata: metadata)
    }
}
