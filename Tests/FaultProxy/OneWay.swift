import Glibc
import LinearAlgebra
import NIOCore
import NIOPosix

/// Carries the bytes of one direction from its own channel to the other, late and spoilt as planned.
// SAFETY: both channels of a connection share one event loop, on which all members are used.
final class OneWay: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    /// Pieces on their way at once; more are not read before one has arrived.
    private static let piecesLimit = 64

    private let plan: FaultPlan
    private var generator: SeededGenerator
    private var other: (any Channel)?
    private var context: ChannelHandlerContext?
    private var offset = 0
    private var underWay = 0
    private var isEnded = false
    /// Not before this moment does the next piece come out: order is kept.
    private var due = NIODeadline.uptimeNanoseconds(0)

    init(plan: FaultPlan, seed: UInt64) {
        self.plan = plan
        generator = SeededGenerator(seed: seed)
    }

    /// Where the bytes go; nothing is read before this is known.
    func begin(to other: any Channel) {
        self.other = other
        context?.read()
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard !isEnded else { return }
        let (bytes, stalled, end) = plan.applied(to: Array(buffer.readableBytesView), at: offset)
        offset += buffer.readableBytes
        isEnded = end != nil
        later(stalled, byteCount: bytes.count) { [self] in
            other?.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
            if let end { self.end(end) }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if underWay < Self.piecesLimit { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { finish() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) { finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// The sender has ended: so does the other side, after what is still under way.
    private func finish() {
        guard !isEnded else { return }
        isEnded = true
        later(0, byteCount: 0) { [self] in other?.close(mode: .output, promise: nil) }
    }

    private func end(_ end: FaultEnd) {
        switch end {
        case .halfClose: other?.close(mode: .output, promise: nil)
        case .cut:
            other?.close(promise: nil)
            context?.close(promise: nil)
        case .reset:
            for channel in [other, context?.channel].compactMap({ $0 }) {
                let closed = (channel as? any SocketOptionProvider)?
                    .setSoLinger(linger(l_onoff: 1, l_linger: 0))
                closed?.whenComplete { _ in channel.close(promise: nil) }
            }
        }
    }

    private func later(_ stalled: Int64, byteCount: Int, _ work: @escaping @Sendable () -> Void) {
        guard let context else { return work() }
        let now = NIODeadline.now()
        let jitter = plan.jitter > 0 ? Int64.random(in: 0...plan.jitter, using: &generator) : 0
        let onWire = plan.rate.map { Int64(byteCount) * 1_000_000_000 / Int64($0) } ?? 0
        let late = now + .milliseconds(plan.delay + jitter + stalled)
        due = max(late, due) + .nanoseconds(onWire)
        underWay += 1
        context.eventLoop.scheduleTask(deadline: due) { [self] in
            underWay -= 1
            work()
            if underWay == Self.piecesLimit - 1 { self.context?.read() }
        }
    }
}
