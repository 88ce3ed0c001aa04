import Agreement
import Logging
import Synchronization

/// The level of a daemon's log, which may change while it runs.
final class LogLevelSwitch: Sendable {
    private let level: Mutex<Logger.Level>

    init(_ level: PeerConfiguration.LogLevel) {
        self.level = Mutex(Logger.Level(rawValue: level.rawValue) ?? .info)
    }

    var value: Logger.Level { level.withLock { $0 } }

    func set(_ value: Logger.Level) { level.withLock { $0 = value } }

    func set(_ value: PeerConfiguration.LogLevel) {
        if let value = Logger.Level(rawValue: value.rawValue) { set(value) }
    }
}

/// One line an event on standard error, as text or as JSON.
///
/// Times are seconds since the start, by a clock that never jumps; whoever collects the lines knows the date.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    /// The switch decides for all copies, so that SIGHUP reaches loggers that others hold.
    var logLevel: Logger.Level {
        get { level.value }
        set { level.set(newValue) }
    }
    private let level: LogLevelSwitch
    private let format: PeerConfiguration.LogFormat
    private let start = ContinuousClock.now

    init(level: LogLevelSwitch, format: PeerConfiguration.LogFormat) {
        self.level = level
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let facts = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) {
            $1
        }
        let sorted = facts.sorted { $0.key < $1.key }
        let seconds = (ContinuousClock.now - start).seconds
        switch format {
        case .text:
            let tail = sorted.map { " \($0.key)=\($0.value)" }.joined()
            Output.message("\(Figure.decimal(seconds)) \(event.level.rawValue): \(event.message)\(tail)")
        case .json:
            let entries = sorted.map { ($0.key, CanonicalValue.text("\($0.value)")) }
            Output.message(
                CanonicalValue.object([
                    ("seconds", .finite(seconds)), ("level", .text(event.level.rawValue)),
                    ("message", .text("\(event.message)")), ("facts", .object(entries)),
                ]).canonicalForm)
        }
    }
}
