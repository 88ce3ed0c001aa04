import NIOCore
import SecureChannel

/// One connection: bytes between its socket and its `ChannelMachine`, and the machine's orders.
///
/// All failures, at either end of the handshake, close the socket in the same way and without a byte.
// SAFETY: every member is used on the event loop of the connection, which is the transport's executor too.
final class LinkHandler: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The member that we dialled; nil at the end that was called.
    let dialled: Int?
    /// The address at the other end, for budgets and log lines.
    let address: String
    /// Who is at the other end, once that is known.
    private(set) var member: Int?
    private(set) var isConfirmed = false
    private(set) var confirmedAt: NIODeadline?
    /// Bytes and messages since the connection began.
    private(set) var traffic = TransportCounters.Member()

    private let transport: PeerTransport
    private var machine: ChannelMachine
    private var context: ChannelHandlerContext?
    /// Fulfilled when the socket is closed.
    private(set) var closeFuture: EventLoopFuture<Void>?
    private var deadline: Scheduled<Void>?
    private var hasBegun = false
    /// What this turn of the loop has sealed, to be written at its end in one piece.
    private var outgoing = ByteBuffer()
    private var isFlushDue = false
    private var isOver = false

    init(
        transport: PeerTransport, machine: consuming ChannelMachine, dialled: Int?, address: String
    ) {
        self.transport = transport
        self.machine = machine
        self.dialled = dialled
        self.address = address
        member = dialled
    }

    // MARK: Socket

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        closeFuture = context.channel.closeFuture
        let limit = transport.settings.limits.handshakeDeadline
        deadline = context.eventLoop.scheduleTask(in: limit) { self.finish(nil) }
        if context.channel.isActive { begin() }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        traffic.receivedBytes += UInt64(buffer.readableBytes)
        carryOut(machine.receive(Array(buffer.readableBytesView)))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
        readOn()
    }

    func channelInactive(context: ChannelHandlerContext) {
        carryOut(machine.receiveEnd())
        finish(.truncated)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.truncated)
    }

    /// Begins once: a handler that joins a connection just made may or may not hear that it is active.
    private func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        carryOut(machine.start())
        flush()
        context?.read()
    }

    /// Reads more, unless the shell has not yet taken what came before.
    func readOn() {
        guard !isOver else { return }
        if let member, isConfirmed, !transport.inbox.mayRead(from: member) { return }
        context?.read()
    }

    // MARK: Orders of the transport

    /// Seals and writes a message; what has been written in one turn of the loop leaves in one flush.
    func send(_ message: [UInt8]) {
        guard !isOver, isConfirmed, let context else { return }
        traffic.sentMessages += 1
        carryOut(machine.send(message))
        let waiting = outgoing.readableBytes + Self.bytesInChannel(context.channel)
        if waiting > transport.outgoingBound { finish(.notReading(byteCount: waiting)) }
    }

    /// What the channel could not write yet; asked only where that is more than it takes gladly.
    private static func bytesInChannel(_ channel: any Channel) -> Int {
        guard !channel.isWritable else { return 0 }
        return (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// Says goodbye, then waits a moment for the other side's: closing at once could reset the connection and
    /// take the BYE with it.
    func sayGoodbye(_ end: LinkEnd) {
        guard !isOver, let context else { return }
        guard isConfirmed else { return finish(end) }
        report(end)
        carryOut(machine.close())
        flush()
        let channel = context.channel
        context.close(mode: .output, promise: nil)
        context.eventLoop.scheduleTask(in: transport.settings.limits.farewell) {
            channel.close(promise: nil)
        }
    }

    /// Closes the socket and reports the end, once.
    ///
    /// - Parameter end: why; nil when the handshake took too long.
    func finish(_ end: LinkEnd?) {
        report(end)
        deadline?.cancel()
        flush()
        context?.close(promise: nil)
        context = nil
    }

    private func report(_ end: LinkEnd?) {
        guard !isOver else { return }
        isOver = true
        deadline?.cancel()
        transport.assumeIsolated { $0.linkEnded(self, end) }
    }

    // MARK: Orders of the machine

    private func carryOut(_ directives: [ChannelDirective]) {
        for directive in directives {
            switch directive {
            case .write(let bytes): write(bytes)
            case .authenticated(let member):
                self.member = member
                transport.assumeIsolated { $0.linkAuthenticated(self, as: member) }
            case .confirmed(let member):
                guard !isOver else { return }
                isConfirmed = true
                confirmedAt = .now()
                traffic.handshakes = 1
                deadline?.cancel()
                transport.assumeIsolated { $0.linkConfirmed(self, with: member) }
            case .message(let message):
                guard !isOver, let member else { return }
                traffic.receivedMessages += 1
                transport.assumeIsolated { $0.received(message, from: member) }
            case .closed(let clean): finish(clean ? .farewell : .truncated)
            case .drop(let fault): finish(.fault(fault))
            }
        }
    }

    private func write(_ bytes: [UInt8]) {
        guard let context else { return }
        traffic.sentBytes += UInt64(bytes.count)
        if outgoing.readableBytes == 0 { outgoing = context.channel.allocator.buffer(capacity: bytes.count) }
        outgoing.writeBytes(bytes)
        guard !isFlushDue else { return }
        isFlushDue = true
        context.eventLoop.execute { self.flush() }
    }

    private func flush() {
        guard isFlushDue else { return }
        isFlushDue = false
        context?.writeAndFlush(wrapOutboundOut(outgoing), promise: nil)
        outgoing = ByteBuffer()
    }
}
