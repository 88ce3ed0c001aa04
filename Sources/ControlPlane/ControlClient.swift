import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks a running peer over its control socket; one connection a question.
package struct ControlClient: Sendable {
    /// Bytes of an answer; a model of a thousand columns fits.
    private static let answerBytes = 64 << 20
    private static let secondsToAnswer = 5

    private let socketPath: String
    private let group: any EventLoopGroup

    /// - Parameter socketPath: the socket of the daemon to ask.
    package init(socketPath: String) {
        self.socketPath = socketPath
        group = MultiThreadedEventLoopGroup.singleton
    }

    /// The state of the peer at this moment.
    ///
    /// - Throws: ``ControlError/notRunning(path:)`` where nobody listens, and the others.
    package func status() async throws(ControlError) -> StatusReport {
        try await content("/v1/status")
    }

    /// The rounds of the peer, oldest first.
    package func rounds() async throws(ControlError) -> RoundsReport {
        try await content("/v1/rounds")
    }

    /// The participants and the peer's links to them.
    package func peers() async throws(ControlError) -> PeersReport {
        try await content("/v1/peers")
    }

    /// The body of `GET route`, where its HTTP status is 200.
    package func body(_ route: String) async throws(ControlError) -> [UInt8] {
        try ControlServer.check(socketPath: socketPath)
        do {
            return try await ask(route)
        } catch let error as ControlError {
            throw error
        } catch let error as IOError {
            switch error.errnoCode {
            case ENOENT, ECONNREFUSED: throw .notRunning(path: socketPath)
            default: throw .system(path: socketPath, code: error.errnoCode)
            }
        } catch {
            throw .noAnswer(path: socketPath, seconds: Self.secondsToAnswer)
        }
    }

    private func content<Content: Codable & Sendable>(
        _ route: String
    ) async throws(ControlError) -> Content {
        let bytes = try await body(route)
        do {
            return try JSONDecoder().decode(AnswerEnvelope<Content>.self, from: Data(bytes)).data
        } catch {
            throw .unexpectedAnswer(route: route, byteCount: bytes.count)
        }
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func ask(_ route: String) async throws -> [UInt8] {
        let connection = try await ClientBootstrap(group: group)
            .connectTimeout(.seconds(Int64(Self.secondsToAnswer)))
            .connect(unixDomainSocketPath: socketPath) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        let deadline = connection.channel.eventLoop.scheduleTask(
            in: .seconds(Int64(Self.secondsToAnswer))
        ) { connection.channel.close(promise: nil) }
        defer { deadline.cancel() }
        var answer: [UInt8]?
        do {
            try await connection.executeThenClose { inbound, outbound in
                answer = try await Self.exchange(route, inbound, outbound)
            }
        } catch {
            // The daemon may close first; closing what is closed is no fault of an answer that is whole.
            guard answer != nil else { throw error }
        }
        guard let answer else { throw ControlError.noAnswer(path: socketPath, seconds: Self.secondsToAnswer) }
        return answer
    }

    /// Asks one question; nil when the connection ends before the answer does.
    private static func exchange(
        _ route: String, _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    ) async throws -> [UInt8]? {
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: route,
            headers: ["host": "localhost", "connection": "close"])
        try await outbound.write(contentsOf: [.head(head), .end(nil)])
        var body: [UInt8] = []
        for try await part in inbound {
            switch part {
            case .head(let head):
                guard head.status == .ok else {
                    throw ControlError.refused(route: route, status: Int(head.status.code))
                }
            case .body(let bytes):
                body.append(contentsOf: bytes.readableBytesView)
                guard body.count <= answerBytes else {
                    throw ControlError.unexpectedAnswer(route: route, byteCount: body.count)
                }
            case .end:
                return body
            }
        }
        return nil
    }
}
