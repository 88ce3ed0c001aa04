import Foundation
import LinearAlgebra
import NIOCore
import NIOPosix
import SecureChannel
import Sodium
import Synchronization
import Testing

@testable import Transport

/// What somebody who is not on the roster may send.
enum Stranger: CaseIterable, Sendable {
    case nothing, randomBytes, legalLengthOfNoise, webRequest, tlsHello, smallOrderKey
    case unlistedKey, otherNetwork, otherRecipient, endlessLength

    /// Points of small order on Curve25519, the encodings that libsodium refuses among them.
    private static let smallOrder: [[UInt8]] = [
        [UInt8](repeating: 0, count: 32), [1] + [UInt8](repeating: 0, count: 31),
        [0xec] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
        [0xed] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
        [0xee] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
    ]

    /// The bytes to send to `target`, a peer of `network`.
    func bytes(for target: PublicIdentity, using generator: inout SeededGenerator) -> [UInt8] {
        func noise(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        switch self {
        case .nothing: return []
        case .randomBytes: return noise(Int.random(in: 1...2_000, using: &generator))
        case .legalLengthOfNoise: return [0, 128] + noise(128)
        case .webRequest: return Array("GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8\r\n\r\n".utf8)
        case .tlsHello: return [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3] + noise(508)
        case .smallOrderKey:
            let key = Self.smallOrder[Int.random(in: 0..<Self.smallOrder.count, using: &generator)]
            return [0, 128] + key + noise(96)
        case .unlistedKey:
            return firstMessage(to: target, TestNetwork.networkID, &generator)
        case .otherNetwork:
            return firstMessage(to: target, [UInt8](repeating: 0xaa, count: 32), &generator)
        case .otherRecipient:
            return firstMessage(
                to: SecretIdentity.generate().publicIdentity, TestNetwork.networkID, &generator)
        case .endlessLength: return [0xff, 0xff] + noise(4_000)
        }
    }

    /// A genuine first message of somebody with a key of its own.
    private func firstMessage(
        to target: PublicIdentity, _ networkID: [UInt8], _ generator: inout SeededGenerator
    ) -> [UInt8] {
        var machine = ChannelMachine(
            initiator: SecretIdentity.generate(), peer: target, member: 0, networkID: networkID,
            messageLimit: 1_024, using: &generator)
        return machine.start().flatMap { directive -> [UInt8] in
            guard case .write(let bytes) = directive else { return [] }
            return bytes
        }
    }
}

/// Counts what comes back on one connection.
private final class ByteCounter: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    let count = Mutex(0)

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let length = unwrapInboundIn(data).readableBytes
        count.withLock { $0 += length }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset is an answer without bytes too.
        context.close(promise: nil)
    }
}

extension Loopback {
    @Suite struct StrangerTests {
        /// 1,000 in the suite; `COLLABDICT_STRANGERS=10000` for the whole scan.
        private var strangerCount: Int {
            ProcessInfo.processInfo.environment["COLLABDICT_STRANGERS"].flatMap(Int.init) ?? 1_000
        }

        /// Sends bytes, ends its side, and waits for the other to close.
        ///
        /// - Returns: how many bytes came back.
        private static func knock(_ bytes: [UInt8], port: Int) async throws -> Int {
            let counter = ByteCounter()
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { $0.pipeline.addHandler(counter) }
                .connect(host: "127.0.0.1", port: port).get()
            channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
            channel.close(mode: .output, promise: nil)
            try await channel.closeFuture.get()
            return counter.count.withLock { $0 }
        }

        @Test func `strangers get no byte, and the peer goes on`() async throws {
            let network = try await TestNetwork(count: 2)
            let peer = network.peer(1)
            let events = EventReader(peer)
            let port = try await peer.start()
            let target = network.secrets[1].publicIdentity
            // As many at a time as the two roster members at this address may have begun handshakes.
            let atATime = 8
            var returned = 0
            try await withThrowingTaskGroup(of: Int.self) { tasks in
                for number in 0..<strangerCount {
                    if number >= atATime { returned += try await tasks.next() ?? 0 }
                    tasks.addTask {
                        var generator = SeededGenerator(seed: UInt64(number))
                        let kind = Stranger.allCases[number % Stranger.allCases.count]
                        return try await Self.knock(kind.bytes(for: target, using: &generator), port: port)
                    }
                }
                for try await count in tasks { returned += count }
            }
            #expect(returned == 0)
            while await peer.traffic().rejected < strangerCount { await Task.yield() }
            #expect(await peer.traffic().rejected == strangerCount)
            #expect(await peer.unfinishedCount == 0)

            let friend = network.peer(0)
            _ = try await friend.start()
            #expect(await events.next() == .linkUp(0))
            await friend.stop()
            await peer.stop()
        }

        @Test func `strangers at work do not disturb a link`() async throws {
            let network = try await TestNetwork(count: 2)
            let peer = network.peer(1)
            let friend = network.peer(0)
            let events = EventReader(peer)
            let friendEvents = EventReader(friend)
            let port = try await peer.start()
            _ = try await friend.start()
            #expect(await events.next() == .linkUp(0))
            #expect(await friendEvents.next() == .linkUp(1))
            let target = network.secrets[1].publicIdentity
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    var generator = SeededGenerator(seed: 5)
                    for _ in 0..<20 {
                        for kind in Stranger.allCases {
                            _ = try await Self.knock(kind.bytes(for: target, using: &generator), port: port)
                        }
                    }
                }
                for number in 0..<200 {
                    let message = [UInt8](repeating: UInt8(number), count: 1_000)
                    await friend.send(message, to: 1)
                    #expect(await events.next() == .message(message, from: 0))
                }
                try await tasks.waitForAll()
            }
            await friend.stop()
            await peer.stop()
        }

        @Test func `a handshake that is not finished in time is closed, however many bytes still come`()
            async throws
        {
            let network = try await TestNetwork(count: 2)
            var limits = TransportLimits()
            limits.handshakeDeadline = .milliseconds(300)
            let peer = network.peer(1, limits: limits)
            let port = try await peer.start()
            let counter = ByteCounter()
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { $0.pipeline.addHandler(counter) }
                .connect(host: "127.0.0.1", port: port).get()
            channel.writeAndFlush(ByteBuffer(bytes: [0, 128]), promise: nil)
            let drip = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) {
                _ in
                channel.writeAndFlush(ByteBuffer(bytes: [0]), promise: nil)
            }
            let begun = NIODeadline.now()
            try await channel.closeFuture.get()
            drip.cancel()
            let lasted = NIODeadline.now() - begun
            #expect(lasted > .milliseconds(250) && lasted < .seconds(2))
            #expect(counter.count.withLock { $0 } == 0)
            await peer.stop()
        }
    }
}
