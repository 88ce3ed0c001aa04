import NIOCore
import NIOPosix
import SecureChannel
import Sodium

@testable import Transport

/// A roster member that speaks the protocol by hand, so that a test can break it at any byte.
final class RawPeer {
    private var machine: ChannelMachine
    private let channel: any Channel
    private let reader: Reader
    private var arrivals: AsyncStream<[UInt8]>.Iterator
    /// What the machine wrote, piece by piece.
    private(set) var written: [[UInt8]] = []
    /// Every other order of the machine so far.
    private(set) var seen: [ChannelDirective] = []

    /// Hands on what arrives.
    private final class Reader: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let sink: AsyncStream<[UInt8]>.Continuation

        init(_ sink: AsyncStream<[UInt8]>.Continuation) { self.sink = sink }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            sink.yield(Array(unwrapInboundIn(data).readableBytesView))
        }

        func channelInactive(context: ChannelHandlerContext) { sink.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    /// Connects as member 0 of `network` to member 1 at `port`; nothing is sent yet.
    init(_ network: TestNetwork, port: Int) async throws {
        var generator = SodiumGenerator()
        machine = ChannelMachine(
            initiator: network.secrets[0], peer: network.secrets[1].publicIdentity, member: 1,
            networkID: TestNetwork.networkID, messageLimit: 1 << 20, using: &generator)
        let (stream, sink) = AsyncStream.makeStream(of: [UInt8].self)
        let reader = Reader(sink)
        self.reader = reader
        arrivals = stream.makeAsyncIterator()
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { $0.pipeline.addHandler(reader) }
            .connect(host: "127.0.0.1", port: port).get()
    }

    /// Shakes hands until both ends are confirmed.
    func shakeHands(isolation: isolated (any Actor)? = #isolation) async throws {
        try await carryOut(machine.start())
        while !machine.isConfirmed, let bytes = await arrivals.next(isolation: isolation) {
            try await carryOut(machine.receive(bytes))
        }
    }

    /// Seals a message; the caller may change the bytes before it writes them.
    func sealed(_ message: [UInt8]) -> [UInt8] {
        machine.send(message).flatMap { directive -> [UInt8] in
            guard case .write(let bytes) = directive else { return [] }
            return bytes
        }
    }

    func write(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Reads until the other end closes; gives how many bytes came.
    func readToEnd(isolation: isolated (any Actor)? = #isolation) async throws -> Int {
        var count = 0
        while let bytes = await arrivals.next(isolation: isolation) {
            count += bytes.count
            try await carryOut(machine.receive(bytes))
        }
        return count
    }

    /// Ends the stream without a goodbye.
    func hangUp() async throws {
        try await channel.close().get()
    }

    private func carryOut(_ directives: [ChannelDirective]) async throws {
        for directive in directives {
            if case .write(let bytes) = directive {
                written.append(bytes)
                try? await write(bytes)
            } else {
                seen.append(directive)
            }
        }
    }
}
