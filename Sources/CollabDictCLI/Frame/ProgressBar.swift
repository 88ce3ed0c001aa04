import Synchronization

/// A bar on standard error while something takes long; nothing at all where nobody watches.
final class ProgressBar: Sendable {
    private struct State {
        var isDrawn = false
        var lastText = ""
    }

    private static let width = 24
    private let label: String
    private let state = Mutex(State())

    /// - Parameter label: what is going on, in a word or two.
    init(_ label: String) { self.label = label }

    /// Draws the bar at `done` of `total`, with a note behind it.
    ///
    /// - Parameter total: 0 where it is not known.
    func update(_ done: Int, of total: Int, note: String = "") {
        guard Terminal.showsProgress else { return }
        let share = total > 0 ? min(max(Double(done) / Double(total), 0), 1) : 0
        let filled = Int((share * Double(Self.width)).rounded(.down))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        let text = "\(label) \(bar) \(done)\(total > 0 ? "/\(total)" : "") \(note)"
        state.withLock { state in
            guard text != state.lastText else { return }
            state.lastText = text
            state.isDrawn = true
            Output.terminal("\r\u{1b}[K\(text)")
        }
    }

    /// Takes the bar away.
    func finish() {
        state.withLock { state in
            guard state.isDrawn else { return }
            state.isDrawn = false
            state.lastText = ""
            Output.terminal("\r\u{1b}[K")
        }
    }
}
