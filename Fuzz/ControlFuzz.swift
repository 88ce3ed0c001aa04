import NIOCore
import NIOEmbedded
import NIOHTTP1

@testable import ControlPlane

/// A request on the control socket, from its bytes to the server's decoder.
enum ControlFuzz {
    /// The first byte says how the bytes are cut.
    static func run(_ input: [UInt8]) -> Int {
        guard let piece = input.first else { return 0 }
        let channel = EmbeddedChannel()
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        do {
            try channel.pipeline.syncOperations.addHandler(RequestGate())
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
            channel.pipeline.fireChannelActive()
            var start = 1
            while start < input.count {
                let end = min(input.count, start + Int(piece) + 1)
                try channel.writeInbound(ByteBuffer(bytes: input[start..<end]))
                start = end
            }
        } catch {
            // Bytes that are no request are answered or refused.
        }
        var byteCount = 0
        while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head):
                byteCount += head.uri.utf8.count
                precondition(
                    head.uri.utf8.count <= ControlLimits.requestBytes,
                    "a path of \(head.uri.utf8.count) bytes")
            case .body(let body): byteCount += body.readableBytes
            case .end: break
            }
        }
        return byteCount
    }
}
