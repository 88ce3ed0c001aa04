package import Logging
package import NIOCore
import NIOPosix
import SecureChannel
package import Sodium

/// The encrypted links of one peer to the others.
///
/// On each edge the peer with the smaller public key dials and the other only listens, so two never dial each
/// other at once. Links of the control graph are wanted from the start, others from the moment that both ends
/// ask for them; a wanted link that is down is dialled again and again, ever more slowly. Strangers get no byte
/// and have a budget of their own (`AdmissionBudget`). The actor runs on the one event loop of its sockets, so
/// connections call it directly.
package actor PeerTransport {
    /// What happens at the links; for one reader.
    package nonisolated let events: TransportEvents

    nonisolated let settings: TransportSettings
    nonisolated let inbox: Inbox
    /// Bytes that may wait for a link's socket.
    nonisolated let outgoingBound: Int
    nonisolated let eventLoop: any EventLoop
    /// Takes a record of a vector in one read: NIO's own guess shrinks to the size of a PING between two sessions.
    nonisolated let readBuffers: FixedSizeRecvByteBufferAllocator

    let identity: SecretIdentity
    let gate: ResponderGate
    var generator: any RandomNumberGenerator & Sendable
    var log: LogLimiter
    var budget: AdmissionBudget
    var counters: TransportCounters
    /// Confirmed links by member.
    var links: [LinkHandler?]
    /// Handshakes of each member that are authenticated and not confirmed yet; one each.
    var unconfirmed: [LinkHandler?]
    var dials: [DialState]
    var listener: (any Channel)?
    /// Connections that have not reported their end.
    var open: [ObjectIdentifier: LinkHandler] = [:]
    var isStopped = false

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe eventLoop.executor.asUnownedSerialExecutor()
    }

    /// - Parameters:
    ///   - settings: who the others are, and the limits.
    ///   - identity: ours; the settings' member `member`.
    ///   - group: gives the one event loop that all sockets share.
    ///   - generator: cryptographic; ephemeral keys, session names and jitter come from it.
    ///   - logger: takes at most one line a second and cause.
    package init(
        settings: TransportSettings, identity: SecretIdentity, group: any EventLoopGroup,
        generator: any RandomNumberGenerator & Sendable, logger: Logger
    ) {
        let roster = settings.members.map(\.identity)
        precondition(
            roster[settings.member] == identity.publicIdentity,
            "the identity is not member \(settings.member)")
        let eventLoop = group.next()
        let limits = settings.limits
        outgoingBound = max(limits.messagesOut * settings.messageLimit, limits.queueFloor)
        readBuffers = FixedSizeRecvByteBufferAllocator(
            capacity: min(Int(UInt16.max) + 1, settings.messageLimit + ChannelSession.recordRoom))
        let handlers = LinkTable()
        inbox = Inbox(
            memberCount: roster.count,
            limit: max(limits.messagesIn * settings.messageLimit, limits.queueFloor)
        ) { member in
            eventLoop.execute { handlers.transport?.assumeIsolated { $0.links[member]?.readOn() } }
        }
        events = TransportEvents(inbox: inbox)
        self.settings = settings
        self.identity = identity
        self.eventLoop = eventLoop
        self.generator = generator
        // Only those who have to dial us are let in: an honest peer with a larger key waits for our call.
        let callers = roster.map { $0 < identity.publicIdentity ? $0.x25519 : nil }
        gate = ResponderGate(own: identity.publicIdentity) { key in
            callers.firstIndex { $0.map { constantTimeEqual($0, key) } ?? false }
        }
        log = LogLimiter(logger: logger)
        budget = AdmissionBudget(limits: limits, now: .now())
        counters = TransportCounters(members: Array(repeating: .init(), count: roster.count))
        links = Array(repeating: nil, count: roster.count)
        unconfirmed = links
        dials = roster.indices.map { member in
            DialState(
                isOurs: identity.publicIdentity < roster[member], backOff: BackOff(limits: limits))
        }
        handlers.transport = self
    }

    /// Begins to listen and to dial the neighbours.
    ///
    /// - Returns: the port that is listened at.
    /// - Throws: ``TransportError``.
    package func start() async throws(TransportError) -> Int {
        nameNumericAddresses()
        let port = try await listen()
        want(settings.neighbours)
        return port
    }

    /// Keeps links to these members from now on, besides those that were wanted before.
    package func want(_ members: [Int]) {
        for member in members where member != settings.member && !dials[member].isWanted {
            dials[member].isWanted = true
            dial(member)
        }
    }

    /// Sends a message over the link to a member; dropped if there is none.
    package func send(_ message: [UInt8], to member: Int) {
        precondition(
            message.count <= settings.messageLimit,
            "a message of \(message.count) bytes, more than \(settings.messageLimit)")
        links[member]?.send(message)
    }

    /// Sends messages in order, in one turn of the event loop.
    package func send(_ messages: [(message: [UInt8], member: Int)]) {
        for (message, member) in messages { send(message, to: member) }
    }

    /// Cuts the link to a member; a wanted one is dialled again after a pause.
    package func cut(_ member: Int) {
        links[member]?.finish(.cut)
    }

    /// What went over the links so far.
    package func traffic() -> TransportCounters {
        var result = counters
        for link in links {
            if let link, let member = link.member { result.members[member].add(link.traffic) }
        }
        return result
    }

    /// Connections that have not ended and are not confirmed.
    var unfinishedCount: Int { open.values.count { !$0.isConfirmed } }

    /// Members with a confirmed link.
    package func linkedMembers() -> [Int] {
        links.indices.filter { links[$0] != nil }
    }

    /// Members whose links this peer keeps, up or not.
    package func wantedMembers() -> [Int] {
        dials.indices.filter { dials[$0].isWanted }
    }

    /// Says goodbye on all links, waits for the others' a moment at most, and ends the events.
    package func stop() async {
        guard !isStopped else { return }
        isStopped = true
        for index in dials.indices { dials[index].pause?.cancel() }
        let listener = listener
        self.listener = nil
        let leaving = Array(open.values)
        for link in leaving { link.sayGoodbye(.leaving) }
        try? await listener?.close()
        for link in leaving { try? await link.closeFuture?.get() }
        inbox.finish()
    }

    func tell(_ event: TransportEvent) { inbox.put(event) }

    func name(of member: Int) -> String { settings.members[member].name }
}

/// Lets the inbox reach the transport that it belongs to, without keeping it alive.
// SAFETY: written once, before the transport's initialiser returns and so before any event can be read.
private final class LinkTable: @unchecked Sendable {
    weak var transport: PeerTransport?
}

extension TransportCounters.Member {
    mutating func add(_ other: TransportCounters.Member) {
        sentBytes += other.sentBytes
        receivedBytes += other.receivedBytes
        sentMessages += other.sentMessages
        receivedMessages += other.receivedMessages
        handshakes += other.handshakes
    }
}
