import Logging
import NIOCore
import NIOPosix
import SecureChannel

/// Where the dialling of one member stands.
struct DialState {
    /// Whether this peer has the smaller key of the two, and so the duty to dial.
    let isOurs: Bool
    /// Whether somebody has asked for the link.
    var isWanted = false
    /// Whether a connection is being made.
    var isDialling = false
    var backOff: BackOff
    var pause: Scheduled<Void>?

    init(isOurs: Bool, backOff: BackOff) {
        self.isOurs = isOurs
        self.backOff = backOff
    }
}

extension PeerTransport {
    /// Makes a connection to a member, if that is ours to do and there is none.
    func dial(_ member: Int, isRenewal: Bool = false) {
        let state = dials[member]
        guard state.isOurs, state.isWanted, !state.isDialling, !isStopped,
            links[member] == nil || isRenewal
        else { return }
        dials[member].isDialling = true
        let address = settings.members[member].address
        ClientBootstrap(group: eventLoop)
            .connectTimeout(settings.limits.handshakeDeadline)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.autoRead, value: false)
            .channelOption(.recvAllocator, value: readBuffers)
            .connect(host: address.host, port: address.port)
            .whenComplete { result in
                self.assumeIsolated { $0.dialEnded(result, member) }
            }
    }

    private func dialEnded(_ result: Result<any Channel, any Error>, _ member: Int) {
        switch result {
        case .success(let channel):
            // The handler comes after the connection: a name may stand for several addresses, and NIO tries them
            // side by side.
            open(channel, dialled: member, address: settings.members[member].address.host)
                .whenFailure { _ in
                    channel.close(promise: nil)
                    self.assumeIsolated { $0.dialFailed(member) }
                }
        case .failure:
            log.log(.debug, "peer unreachable", now: .now(), ["peer": "\(name(of: member))"])
            dialFailed(member)
        }
    }

    func dialFailed(_ member: Int) {
        guard dials[member].isDialling else { return }
        dials[member].isDialling = false
        redial(member)
    }

    /// Dials again after a pause.
    func redial(_ member: Int) {
        guard dials[member].isOurs, dials[member].isWanted, !isStopped else { return }
        let pause = dials[member].backOff.next(using: &generator)
        dials[member].pause?.cancel()
        dials[member].pause = eventLoop.scheduleTask(in: pause) {
            self.assumeIsolated { $0.dial(member, isRenewal: $0.links[member] != nil) }
        }
    }

    /// Makes a new session before the old one's keys are too old; it takes over once it is confirmed. A session
    /// may carry 2^32 records too, but no machine seals so many in an hour: a record takes over a microsecond.
    func renewLater(_ link: LinkHandler, _ member: Int) {
        eventLoop.scheduleTask(in: settings.limits.sessionAge) {
            self.assumeIsolated { transport in
                guard transport.links[member] === link else { return }
                transport.dial(member, isRenewal: true)
            }
        }
    }

    /// Puts a channel machine behind a new socket.
    func open(_ channel: any Channel, dialled member: Int?, address: String) -> EventLoopFuture<Void> {
        guard !isStopped else { return channel.close() }
        let machine: ChannelMachine
        if let member {
            machine = ChannelMachine(
                initiator: identity, peer: settings.members[member].identity, member: member,
                networkID: settings.networkID, messageLimit: settings.messageLimit, using: &generator)
        } else {
            machine = ChannelMachine(
                responder: identity, gate: gate, networkID: settings.networkID,
                messageLimit: settings.messageLimit, using: &generator)
        }
        let link = LinkHandler(transport: self, machine: machine, dialled: member, address: address)
        open[ObjectIdentifier(link)] = link
        return eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(link)
        }
    }
}
