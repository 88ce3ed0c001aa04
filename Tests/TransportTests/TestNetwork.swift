import LinearAlgebra
import Logging
import NIOCore
import NIOPosix
import Sodium

@testable import Transport

/// Peers on loopback, in the order of their keys: number 0 dials everybody, the last only listens.
struct TestNetwork {
    static let networkID = [UInt8](repeating: 3, count: 32)
    let secrets: [SecretIdentity]
    let ports: [Int]

    /// Takes ports that were free a moment ago; the kernel hands ephemeral ports out in turn.
    init(count: Int) async throws {
        secrets = try (0..<count).map { try SecretIdentity(seed: Array(repeating: UInt8($0 + 1), count: 32)) }
            .sorted { $0.publicIdentity < $1.publicIdentity }
        var listeners: [any Channel] = []
        for _ in 0..<count {
            listeners.append(
                try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .bind(host: "127.0.0.1", port: 0).get())
        }
        ports = listeners.map { $0.localAddress?.port ?? 0 }
        for listener in listeners { try await listener.close() }
    }

    /// A transport of peer `member`, not started.
    func peer(
        _ member: Int, networkID: [UInt8] = TestNetwork.networkID, messageLimit: Int = 1 << 20,
        limits: TransportLimits = TransportLimits()
    ) -> PeerTransport {
        let members = secrets.indices.map { index in
            TransportMember(
                name: "p\(index)", identity: secrets[index].publicIdentity,
                address: TransportAddress(host: "127.0.0.1", port: ports[index]))
        }
        var settings = TransportSettings(
            networkID: networkID, members: members, member: member, listen: members[member].address,
            neighbours: secrets.indices.filter { $0 != member }, messageLimit: messageLimit)
        settings.limits = limits
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return PeerTransport(
            settings: settings, identity: secrets[member], group: MultiThreadedEventLoopGroup.singleton,
            generator: SodiumGenerator(), logger: logger)
    }
}

/// Reads a transport's events one at a time.
final class EventReader {
    private var iterator: TransportEvents.Iterator

    init(_ transport: PeerTransport) {
        iterator = transport.events.makeAsyncIterator()
    }

    func next(isolation: isolated (any Actor)? = #isolation) async -> TransportEvent? {
        await iterator.next(isolation: isolation)
    }
}
