import Logging
import NIOCore
import NIOPosix

extension PeerTransport {
    /// Binds the socket. A process out of descriptors does not spin: NIO then pauses accepting for a second.
    func listen() async throws(TransportError) -> Int {
        let bootstrap = ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.recvAllocator, value: readBuffers)
            .childChannelInitializer { channel in
                self.assumeIsolated { $0.accept(channel) }
            }
        do {
            let channel = try await bootstrap.bind(host: settings.listen.host, port: settings.listen.port)
                .get()
            listener = channel
            return channel.localAddress?.port ?? settings.listen.port
        } catch let error as IOError {
            throw .cannotListen(settings.listen, code: error.errnoCode)
        } catch {
            throw .unknownHost(settings.listen)
        }
    }

    /// Lets a caller begin its handshake, or closes the connection at once.
    private func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        let address = channel.remoteAddress?.ipAddress ?? ""
        guard budget.admit(address, now: .now()) else {
            counters.rejected += 1
            log.log(.info, "too many callers", now: .now(), ["address": "\(address)"])
            return channel.close()
        }
        return open(channel, dialled: nil, address: address)
    }

    /// Gives the numeric addresses that the roster names a budget of their own.
    func nameNumericAddresses() {
        for member in settings.members {
            let address = try? SocketAddress(ipAddress: member.address.host, port: member.address.port)
            if let address = address?.ipAddress { budget.name(address) }
        }
    }

    /// Looks up the roster's host names, once and one after the other, for the same purpose. It may take many
    /// seconds; until then a host that is known by name only counts as a stranger.
    package func nameHosts() async {
        for member in settings.members {
            let isNumeric = (try? SocketAddress(ipAddress: member.address.host, port: 0)) != nil
            guard !isNumeric, !isStopped else { continue }
            if let address = await Self.resolved(member.address) { budget.name(address) }
        }
    }

    @concurrent private static func resolved(_ address: TransportAddress) async -> String? {
        try? SocketAddress.makeAddressResolvingHost(address.host, port: address.port).ipAddress
    }
}
