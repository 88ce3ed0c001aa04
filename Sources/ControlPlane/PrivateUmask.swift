import Glibc
import Synchronization

/// Makes everything that the process creates readable by its owner only, for as long as somebody needs it.
///
/// The mask belongs to the whole process, so those who need it at the same time share it: the first one sets it,
/// the last one puts the old one back.
enum PrivateUmask {
    private static let state = Mutex((holders: 0, previous: mode_t(0)))

    /// Takes the mask 0177: a socket made now has permissions 0600 from its first moment.
    static func hold() {
        state.withLock { state in
            if state.holders == 0 { state.previous = umask(0o177) }
            state.holders += 1
        }
    }

    /// Lets go what ``hold()`` took.
    static func release() {
        state.withLock { state in
            state.holders -= 1
            if state.holders == 0 { umask(state.previous) }
        }
    }
}

/// One `hold` that is given back once, by whoever comes first.
final class UmaskHold: Sendable {
    private let isHeld = Mutex(true)

    init() {
        PrivateUmask.hold()
    }

    func release() {
        let wasHeld = isHeld.withLock { isHeld in
            defer { isHeld = false }
            return isHeld
        }
        if wasHeld { PrivateUmask.release() }
    }
}
