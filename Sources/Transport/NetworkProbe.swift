package import NIOCore
import NIOPosix
import SecureChannel
package import Sodium

/// Looks at the network around a peer before its daemon runs; nothing stays open.
package enum NetworkProbe {
    /// What was found at another participant's address.
    package enum Answer: Sendable, Equatable {
        /// It answered our handshake: same agreement, its own key, and it knows ours.
        case sameAgreement
        /// Somebody accepts connections there; who it is shows only when it dials us.
        case accepts
        /// Somebody accepts connections and did not answer our handshake: no peer, or one of another agreement.
        case silent
        /// Nobody accepts connections; `code` is an `errno` value, 0 where the time ran out or the name is unknown.
        case unreachable(code: Int32)
    }

    /// Listens for a moment at an address, as a daemon would.
    ///
    /// - Throws: ``TransportError``.
    package static func tryToListen(at address: TransportAddress) async throws(TransportError) {
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: address.host, port: address.port).get()
            try await channel.close().get()
        } catch let error as IOError {
            throw .cannotListen(address, code: error.errnoCode)
        } catch {
            throw .unknownHost(address)
        }
    }

    /// Calls another participant. Where dialling is ours to do, with the two messages of a handshake and no record:
    /// the session stays unconfirmed, so one that a running daemon has with that peer goes on.
    ///
    /// - Parameters:
    ///   - member: its number among `members`.
    ///   - deadline: for connection and answer, each.
    package static func call(
        _ member: Int, members: [TransportMember], identity: SecretIdentity, networkID: [UInt8],
        deadline: TimeAmount = .seconds(3)
    ) async -> Answer {
        let peer = members[member]
        let channel: any Channel
        let (arrivals, sink) = AsyncStream.makeStream(of: [UInt8].self)
        do {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(deadline)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Arrivals(sink))
                    }
                }
                .connect(host: peer.address.host, port: peer.address.port).get()
        } catch {
            return .unreachable(code: code(of: error))
        }
        defer { channel.close(promise: nil) }
        guard identity.publicIdentity < peer.identity else { return .accepts }
        var generator = SodiumGenerator()
        var machine = ChannelMachine(
            initiator: identity, peer: peer.identity, member: member, networkID: networkID,
            messageLimit: 1_024, using: &generator)
        for case .write(let bytes) in machine.start() {
            channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        }
        channel.eventLoop.scheduleTask(in: deadline) { channel.close(promise: nil) }
        for await bytes in arrivals {
            let directives = machine.receive(bytes)
            if directives.first == .authenticated(member: member) { return .sameAgreement }
            guard directives.isEmpty else { return .silent }
        }
        return .silent
    }

    /// The system's error behind NIO's, which tries every address of a name.
    private static func code(of error: any Error) -> Int32 {
        switch error {
        case let error as IOError: error.errnoCode
        case let error as NIOConnectionError:
            error.connectionErrors.lazy.compactMap { ($0.error as? IOError)?.errnoCode }.first ?? 0
        default: 0
        }
    }
}

/// Hands on what arrives at one connection.
private final class Arrivals: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let sink: AsyncStream<[UInt8]>.Continuation

    init(_ sink: AsyncStream<[UInt8]>.Continuation) { self.sink = sink }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        sink.yield(Array(unwrapInboundIn(data).readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) { sink.finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
