import NIOCore

/// Puts the gate in front of the bytes; the server only lets handlers in behind its decoder.
final class RequestGateInstaller: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    func handlerAdded(context: ChannelHandlerContext) {
        do {
            try context.pipeline.syncOperations.addHandler(RequestGate(), position: .first)
        } catch {
            context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(data)
    }
}

/// Bounds a client of the control socket: bytes a request, and an absolute time that no byte renews.
final class RequestGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let endOfHeaders = Array("\r\n\r\n".utf8)
    private static let refusal =
        "HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

    private var byteCount = 0
    private var matched = 0
    private var isRefused = false
    private var deadline: Scheduled<Void>?

    func handlerAdded(context: ChannelHandlerContext) {
        arm(context, seconds: ControlLimits.requestSeconds)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        let buffer = unwrapInboundIn(data)
        for byte in buffer.readableBytesView {
            byteCount += 1
            guard byteCount <= ControlLimits.requestBytes else { return refuse(context) }
            matched =
                byte == Self.endOfHeaders[matched] ? matched + 1 : (byte == Self.endOfHeaders[0] ? 1 : 0)
            if matched == Self.endOfHeaders.count {
                matched = 0
                byteCount = 0
                arm(context, seconds: ControlLimits.answerSeconds)
            }
        }
        context.fireChannelRead(data)
    }

    private func refuse(_ context: ChannelHandlerContext) {
        isRefused = true
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: Self.refusal))).whenComplete { _ in
            channel.close(promise: nil)
        }
    }

    private func arm(_ context: ChannelHandlerContext, seconds: Int64) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: .seconds(seconds)) {
            channel.close(promise: nil)
        }
    }
}
