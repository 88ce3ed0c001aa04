import Synchronization
import Testing

@testable import Transport

/// What waits for the reader of a transport.
@Suite struct InboxTests {
    private static func message(_ number: Int) -> TransportEvent { .message([UInt8(number)], from: 0) }

    @Test func `events come in order, whether the reader or they were there first`() async {
        let inbox = Inbox(memberCount: 1, limit: 10) { _ in }
        var events = TransportEvents(inbox: inbox).makeAsyncIterator()
        inbox.put(Self.message(0))
        inbox.put(.linkUp(0))
        #expect(await events.next() == Self.message(0))
        #expect(await events.next() == .linkUp(0))
        async let later = TransportEvents(inbox: inbox).first { _ in true }
        inbox.put(Self.message(2))
        #expect(await later == Self.message(2))
    }

    @Test func `what waits at the end is still read, what comes later is not`() async {
        let inbox = Inbox(memberCount: 1, limit: 10) { _ in }
        inbox.put(Self.message(0))
        inbox.finish()
        inbox.put(Self.message(1))
        var events = TransportEvents(inbox: inbox).makeAsyncIterator()
        #expect(await events.next() == Self.message(0))
        #expect(await events.next() == nil)
    }

    @Test func `a reader that is cancelled stops waiting`() async {
        let inbox = Inbox(memberCount: 1, limit: 10) { _ in }
        let reader = Task { await TransportEvents(inbox: inbox).first { _ in true } }
        reader.cancel()
        #expect(await reader.value == nil)
    }

    @Test func `a member pauses beyond the limit, and goes on once its messages are taken`() async {
        let resumed = Mutex<[Int]>([])
        let inbox = Inbox(memberCount: 2, limit: 1) { member in resumed.withLock { $0.append(member) } }
        inbox.put(Self.message(0))
        #expect(inbox.mayRead(from: 0))
        inbox.put(Self.message(1))
        #expect(!inbox.mayRead(from: 0) && inbox.mayRead(from: 1))
        var events = TransportEvents(inbox: inbox).makeAsyncIterator()
        _ = await events.next()
        #expect(resumed.withLock { $0 } == [0])
        #expect(inbox.mayRead(from: 0))
    }
}
