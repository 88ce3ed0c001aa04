import NIOCore
import NIOPosix
import SecureChannel
import Sodium
import Testing

@testable import Transport

extension Loopback {
    @Suite struct PeerTransportTests {
        /// Starts two peers, waits until both have the link, runs the body and stops them.
        private func withPair(
            messageLimit: Int = 1 << 20,
            _ body: (PeerTransport, EventReader, PeerTransport, EventReader) async throws -> Void
        ) async throws {
            let network = try await TestNetwork(count: 2)
            let first = network.peer(0, messageLimit: messageLimit)
            let second = network.peer(1, messageLimit: messageLimit)
            let firstEvents = EventReader(first)
            let secondEvents = EventReader(second)
            _ = try await first.start()
            _ = try await second.start()
            #expect(await firstEvents.next() == .linkUp(1))
            #expect(await secondEvents.next() == .linkUp(0))
            try await body(first, firstEvents, second, secondEvents)
            await first.stop()
            await second.stop()
        }

        @Test(arguments: [1, 17, 65_000, 70_000, 1 << 20])
        func `messages of all sizes go both ways`(size: Int) async throws {
            try await withPair { first, firstEvents, second, secondEvents in
                let message = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                await first.send(message, to: 1)
                await second.send(message, to: 0)
                #expect(await firstEvents.next() == .message(message, from: 1))
                #expect(await secondEvents.next() == .message(message, from: 0))
            }
        }

        @Test func `messages come in the order they were sent`() async throws {
            try await withPair { first, _, _, secondEvents in
                let messages = (0..<500).map { [UInt8($0 & 255), UInt8($0 >> 8)] }
                await first.send(messages.map { (message: $0, member: 1) })
                for message in messages { #expect(await secondEvents.next() == .message(message, from: 0)) }
            }
        }

        @Test func `the counters add up at both ends`() async throws {
            try await withPair { first, _, second, secondEvents in
                await first.send([UInt8](repeating: 1, count: 1_000), to: 1)
                _ = await secondEvents.next()
                let sent = await first.traffic()
                let received = await second.traffic()
                #expect(sent.members[1].sentBytes == received.members[0].receivedBytes)
                #expect(sent.members[1].sentMessages == 1 && received.members[0].receivedMessages == 1)
                #expect(sent.total.handshakes == 1 && received.total.handshakes == 1)
            }
        }

        @Test func `a peer that leaves says goodbye`() async throws {
            try await withPair { first, firstEvents, second, secondEvents in
                await first.stop()
                #expect(await secondEvents.next() == .linkDown(0, .farewell))
                #expect(await firstEvents.next() == .linkDown(1, .leaving))
                #expect(await firstEvents.next() == nil)
                await second.stop()
                #expect(await secondEvents.next() == nil)
            }
        }

        @Test func `a link that was cut comes back`() async throws {
            try await withPair { _, firstEvents, second, secondEvents in
                await second.cut(0)
                #expect(await secondEvents.next() == .linkDown(0, .cut))
                #expect(await firstEvents.next() == .linkDown(1, .truncated))
                #expect(await secondEvents.next() == .linkUp(0))
                #expect(await firstEvents.next() == .linkUp(1))
            }
        }

        @Test(arguments: [0, 1])
        func `a peer that restarts is linked again`(restarted: Int) async throws {
            let network = try await TestNetwork(count: 2)
            let peers = [network.peer(0), network.peer(1)]
            var stayed = peers[1 - restarted].events.makeAsyncIterator()
            let leaving = EventReader(peers[restarted])
            for peer in peers { _ = try await peer.start() }
            #expect(await stayed.next() == .linkUp(restarted))
            #expect(await leaving.next() == .linkUp(1 - restarted))
            await peers[restarted].stop()
            #expect(await stayed.next() == .linkDown(restarted, .farewell))
            let again = network.peer(restarted)
            _ = try await again.start()
            #expect(await stayed.next() == .linkUp(restarted))
            await again.stop()
            await peers[1 - restarted].stop()
        }

        @Test func `every neighbour is linked, whichever end dials`() async throws {
            let network = try await TestNetwork(count: 3)
            let peers = (0..<3).map { network.peer($0) }
            let events = EventReader(peers[0])
            for peer in peers { _ = try await peer.start() }
            var linked = Set<TransportEvent.Kind>()
            while linked.count < 2 { if let event = await events.next() { linked.insert(event.kind) } }
            #expect(linked == [.up(1), .up(2)])
            for peer in peers { await peer.stop() }
        }

        @Test func `peers of different agreements do not meet`() async throws {
            let network = try await TestNetwork(count: 2)
            let first = network.peer(0, networkID: [UInt8](repeating: 9, count: 32))
            let second = network.peer(1)
            _ = try await first.start()
            _ = try await second.start()
            while await second.traffic().rejected < 2 { await Task.yield() }
            #expect(await first.linkedMembers().isEmpty)
            #expect(await second.linkedMembers().isEmpty)
            await first.stop()
            await second.stop()
        }

        @Test func `a message for a member without a link is dropped`() async throws {
            let network = try await TestNetwork(count: 2)
            let first = network.peer(0)
            _ = try await first.start()
            await first.send([1], to: 1)
            #expect(await first.traffic().total == .init())
            await first.stop()
        }

        @Test func `a port that is taken is said to be so`() async throws {
            let network = try await TestNetwork(count: 2)
            let first = network.peer(0)
            let again = network.peer(0)
            _ = try await first.start()
            let address = TransportAddress(host: "127.0.0.1", port: network.ports[0])
            await #expect(throws: TransportError.cannotListen(address, code: 98)) { try await again.start() }
            await first.stop()
        }

        @Test func `a reader that does not read holds its sender back, and nothing is lost`() async throws {
            try await withPair(messageLimit: 1 << 16) { first, _, second, secondEvents in
                let message = [UInt8](repeating: 5, count: 1 << 16)
                // As much as may wait, whatever the kernel takes and however late the reader comes.
                let count = first.outgoingBound / message.count - 1
                for _ in 0..<count { await first.send(message, to: 1) }
                for _ in 0..<count { #expect(await secondEvents.next() == .message(message, from: 0)) }
                #expect(await second.linkedMembers() == [0])
            }
        }

        @Test func `a peer that never reads is dropped`() async throws {
            try await withPair(messageLimit: 1 << 16) { first, firstEvents, _, _ in
                let message = [UInt8](repeating: 5, count: 1 << 16)
                for _ in 0..<1_000 { await first.send(message, to: 1) }
                guard case .linkDown(1, .notReading(let byteCount))? = await firstEvents.next() else {
                    Issue.record("the link is still there")
                    return
                }
                #expect(byteCount <= first.outgoingBound + 2 * message.count)
            }
        }
    }
}

extension TransportEvent {
    /// Which link an event is about.
    enum Kind: Hashable { case up(Int), down(Int), message(Int) }

    var kind: Kind {
        switch self {
        case .linkUp(let member): .up(member)
        case .linkDown(let member, _): .down(member)
        case .message(_, let member): .message(member)
        }
    }
}
