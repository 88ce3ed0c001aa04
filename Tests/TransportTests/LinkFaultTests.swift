import SecureChannel
import Testing

@testable import Transport

extension Loopback {
    @Suite struct LinkFaultTests {
        /// A listening peer, and what a member with the smaller key can do to it.
        private func withListener(
            _ body: (TestNetwork, EventReader, PeerTransport, _ port: Int) async throws -> Void
        ) async throws {
            let network = try await TestNetwork(count: 2)
            let peer = network.peer(1)
            let port = try await peer.start()
            try await body(network, EventReader(peer), peer, port)
            await peer.stop()
        }

        @Test func `an end without goodbye is a failure`() async throws {
            try await withListener { network, events, _, port in
                let member = try await RawPeer(network, port: port)
                try await member.shakeHands()
                #expect(await events.next() == .linkUp(0))
                try await member.hangUp()
                #expect(await events.next() == .linkDown(0, .truncated))
            }
        }

        @Test func `one wrong bit ends the connection, without a word`() async throws {
            try await withListener { network, events, _, port in
                let member = try await RawPeer(network, port: port)
                try await member.shakeHands()
                #expect(await events.next() == .linkUp(0))
                var record = member.sealed([1, 2, 3])
                record[record.count / 2] ^= 1
                try await member.write(record)
                #expect(await events.next() == .linkDown(0, .fault(.recordRejected(number: 1))))
                #expect(try await member.readToEnd() == 0)
            }
        }

        @Test func `a record that comes twice ends the connection`() async throws {
            try await withListener { network, events, _, port in
                let member = try await RawPeer(network, port: port)
                try await member.shakeHands()
                #expect(await events.next() == .linkUp(0))
                let record = member.sealed([1, 2, 3])
                try await member.write(record + record)
                #expect(await events.next() == .message([1, 2, 3], from: 0))
                #expect(await events.next() == .linkDown(0, .fault(.recordRejected(number: 2))))
            }
        }

        @Test func `a newer session takes over once it is confirmed, and not before`() async throws {
            try await withListener { network, events, peer, port in
                let first = try await RawPeer(network, port: port)
                try await first.shakeHands()
                #expect(await events.next() == .linkUp(0))
                let second = try await RawPeer(network, port: port)
                try await first.write(first.sealed([1]))
                #expect(await events.next() == .message([1], from: 0))
                try await second.shakeHands()
                #expect(await events.next() == .linkDown(0, .replaced))
                #expect(await events.next() == .linkUp(0))
                _ = try await first.readToEnd()
                #expect(first.seen.last == .closed(clean: true))
                try await second.write(second.sealed([2]))
                #expect(await events.next() == .message([2], from: 0))
                #expect(await peer.linkedMembers() == [0])
            }
        }

        @Test func `a first message that comes again gets no byte`() async throws {
            try await withListener { network, events, peer, port in
                let member = try await RawPeer(network, port: port)
                try await member.shakeHands()
                #expect(await events.next() == .linkUp(0))
                let thief = try await RawPeer(network, port: port)
                try await thief.write(member.written[0])
                #expect(try await thief.readToEnd() == 0)
                try await member.write(member.sealed([1]))
                #expect(await events.next() == .message([1], from: 0))
                #expect(await peer.traffic().rejected == 1)
            }
        }
    }
}
