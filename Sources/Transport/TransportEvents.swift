import NIOCore
import Synchronization

/// The events of a transport, for one reader.
///
/// What the reader has not taken yet counts against the link that it came from: a link that is ahead by more
/// than its bound is not read from any more, so its sender meets TCP's own back-pressure.
package struct TransportEvents: AsyncSequence, Sendable {
    package typealias Element = TransportEvent
    package typealias Failure = Never

    let inbox: Inbox

    package func makeAsyncIterator() -> Iterator { Iterator(inbox: inbox) }

    /// Takes events one at a time.
    package struct Iterator: AsyncIteratorProtocol {
        let inbox: Inbox

        /// The next event; nil after the last one, or once the task is cancelled and nothing waits.
        ///
        /// The reader goes on in its own isolation: an actor on the transport's event loop, without a change of
        /// threads.
        package mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async -> TransportEvent? {
            if let event = inbox.takeWaiting() { return event }
            let inbox = inbox
            return await withTaskCancellationHandler {
                // Naming the actor keeps the closure in its isolation.
                await withCheckedContinuation(isolation: actor) { inbox.take($0) }
            } onCancel: {
                inbox.finish()
            }
        }
    }
}

/// Holds what waits for the reader, and counts it by member.
final class Inbox: Sendable {
    private struct Line {
        var waiting = 0
        var isPaused = false
    }

    private struct State {
        var lines: [Line]
        var events = CircularBuffer<TransportEvent>()
        /// The reader, while it has nothing to read.
        var reader: CheckedContinuation<TransportEvent?, Never>?
        var isOver = false
    }

    private let state: Mutex<State>
    private let limit: Int
    private let resume: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - limit: bytes that may wait before a member's link pauses.
    ///   - resume: reads on from that member; called from any thread.
    init(memberCount: Int, limit: Int, resume: @escaping @Sendable (Int) -> Void) {
        state = Mutex(State(lines: Array(repeating: Line(), count: memberCount)))
        self.limit = limit
        self.resume = resume
    }

    /// Hands an event to the reader, or keeps it until the reader asks; dropped after the end.
    func put(_ event: TransportEvent) {
        let reader: CheckedContinuation<TransportEvent?, Never>? = state.withLock { state in
            guard !state.isOver else { return nil }
            if let reader = state.reader.take() { return reader }
            if case .message(let bytes, let member) = event { state.lines[member].waiting += bytes.count }
            state.events.append(event)
            return nil
        }
        reader?.resume(returning: event)
    }

    /// No event follows; those that wait may still be read.
    func finish() {
        let reader = state.withLock { state in
            state.isOver = true
            return state.reader.take()
        }
        reader?.resume(returning: nil)
    }

    /// The event that has waited longest, if any.
    func takeWaiting() -> TransportEvent? {
        let (event, freed) = state.withLock { state in Self.removeFirst(&state, limit: limit) }
        if let freed { resume(freed) }
        return event
    }

    /// Gives the next event to a reader, now or when there is one; nil at the end.
    func take(_ reader: CheckedContinuation<TransportEvent?, Never>) {
        let (event, freed, waits) = state.withLock { state in
            precondition(state.reader == nil, "\(state.events.count) events for two readers")
            let (event, freed) = Self.removeFirst(&state, limit: limit)
            let waits = event == nil && !state.isOver
            if waits { state.reader = reader }
            return (event, freed, waits)
        }
        if let freed { resume(freed) }
        if !waits { reader.resume(returning: event) }
    }

    /// Whether the member's link may be read from; if not, `resume` will be called once it may.
    func mayRead(from member: Int) -> Bool {
        state.withLock { state in
            state.lines[member].isPaused = state.lines[member].waiting > limit
            return !state.lines[member].isPaused
        }
    }

    /// - Returns: also the member whose link may be read from again.
    private static func removeFirst(_ state: inout State, limit: Int) -> (TransportEvent?, freed: Int?) {
        guard let event = state.events.popFirst() else { return (nil, nil) }
        guard case .message(let bytes, let member) = event else { return (event, nil) }
        state.lines[member].waiting -= bytes.count
        guard state.lines[member].isPaused, state.lines[member].waiting <= limit else { return (event, nil) }
        state.lines[member].isPaused = false
        return (event, member)
    }
}
