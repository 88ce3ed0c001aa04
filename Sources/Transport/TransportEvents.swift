import Synchronization

/// The events of a transport, for one reader.
///
/// What the reader has not taken yet counts against the link that it came from: a link that is ahead by more
/// than its bound is not read from any more, so its sender meets TCP's own back-pressure.
package struct TransportEvents: AsyncSequence, Sendable {
    package typealias Element = TransportEvent
    package typealias Failure = Never

    let stream: AsyncStream<TransportEvent>
    let inbox: Inbox

    package func makeAsyncIterator() -> Iterator {
        Iterator(events: stream.makeAsyncIterator(), inbox: inbox)
    }

    /// Takes events one at a time.
    package struct Iterator: AsyncIteratorProtocol {
        var events: AsyncStream<TransportEvent>.Iterator
        let inbox: Inbox

        package mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async -> TransportEvent? {
            let event = await events.next(isolation: actor)
            if case .message(let bytes, let member) = event { inbox.took(bytes.count, from: member) }
            return event
        }
    }
}

/// Counts what waits for the reader, by member.
final class Inbox: Sendable {
    private struct Line {
        var waiting = 0
        var isPaused = false
    }

    private let lines: Mutex<[Line]>
    private let limit: Int
    private let resume: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - limit: bytes that may wait before a member's link pauses.
    ///   - resume: reads on from that member; called from any thread.
    init(memberCount: Int, limit: Int, resume: @escaping @Sendable (Int) -> Void) {
        lines = Mutex(Array(repeating: Line(), count: memberCount))
        self.limit = limit
        self.resume = resume
    }

    /// A message now waits.
    func put(_ byteCount: Int, from member: Int) {
        lines.withLock { $0[member].waiting += byteCount }
    }

    /// Whether the member's link may be read from; if not, `resume` will be called once it may.
    func mayRead(from member: Int) -> Bool {
        lines.withLock { lines in
            lines[member].isPaused = lines[member].waiting > limit
            return !lines[member].isPaused
        }
    }

    func took(_ byteCount: Int, from member: Int) {
        let isFree = lines.withLock { lines in
            lines[member].waiting -= byteCount
            guard lines[member].isPaused, lines[member].waiting <= limit else { return false }
            lines[member].isPaused = false
            return true
        }
        if isFree { resume(member) }
    }
}
