import Foundation
import Synchronization

/// Who ends a demo: its own course or a signal, whichever comes first. Only that one tidies up and ends the process; two at
/// once would trip over each other's files.
final class DemoEnd: Sendable {
    private let isTaken = Mutex(false)

    /// Returns to the first caller; any other waits here until the first has ended the process.
    func take() {
        let isFirst = isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
        while !isFirst { pause() }
    }
}
