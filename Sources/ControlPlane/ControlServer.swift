import Foundation
import Glibc
import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import ServiceLifecycle

/// Serves a peer's status over HTTP/1.1 on a Unix socket, and on loopback where that was asked for.
///
/// The socket is made with permissions 0600, never wider for a moment; the caller gives a folder of 0700.
/// No route changes anything.
package struct ControlServer: Service {
    private let socketPath: String
    private let loopback: (host: String, port: Int)?
    private let provider: any StatusProviding
    private let group: any EventLoopGroup
    private let logger: Logger
    private let onListening: @Sendable () async -> Void

    /// - Parameters:
    ///   - socketPath: where the socket is made; one that is left over is replaced.
    ///   - loopback: host and port of the same routes on TCP; `nil` for none.
    ///   - provider: gives the answers.
    ///   - group: event loops to run on.
    ///   - onListening: called once the Unix socket takes connections.
    /// - Throws: ``ControlError/pathTooLong(path:byteCount:limit:)``, ``ControlError/notLoopback(host:)``.
    package init(
        socketPath: String, loopback: (host: String, port: Int)?, provider: any StatusProviding,
        group: any EventLoopGroup, logger: Logger, onListening: @escaping @Sendable () async -> Void = {}
    ) throws(ControlError) {
        try ControlServer.check(socketPath: socketPath)
        if let host = loopback?.host, !["127.0.0.1", "::1", "localhost"].contains(host) {
            throw .notLoopback(host: host)
        }
        self.socketPath = socketPath
        self.loopback = loopback
        self.provider = provider
        self.group = group
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until graceful shutdown or cancellation, then removes the socket.
    package func run() async throws {
        // For the whole process, until the socket is there: whatever else is made meanwhile is private too.
        let hold = UmaskHold()
        let unixSocket = application(at: .unixDomainSocket(path: socketPath)) {
            hold.release()
            await onListening()
        }
        defer {
            hold.release()
            unsafe unlink(socketPath)
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await unixSocket.run() }
            if let loopback {
                let tcp = application(at: .hostname(loopback.host, port: loopback.port)) {}
                tasks.addTask { try await tcp.run() }
            }
            try await tasks.waitForAll()
        }
    }

    static func check(socketPath: String) throws(ControlError) {
        let byteCount = socketPath.utf8.count
        guard byteCount <= ControlLimits.socketPathBytes else {
            throw .pathTooLong(
                path: socketPath, byteCount: byteCount, limit: ControlLimits.socketPathBytes)
        }
    }

    private func application(
        at address: BindAddress, onRunning: @escaping @Sendable () async -> Void
    ) -> some ApplicationProtocol {
        Application(
            router: router(),
            server: .http1(configuration: .init(additionalChannelHandlers: [RequestGateInstaller()])),
            configuration: ApplicationConfiguration(
                address: address, serverName: "collabdict",
                availableConnectionsDelegate: MaximumAvailableConnections(
                    ControlLimits.clients, logger: logger)),
            onServerRunning: { _ in await onRunning() },
            eventLoopGroupProvider: .shared(group), logger: logger)
    }

    private func router() -> Router<BasicRequestContext> {
        let provider = provider
        let router = Router()
        router.get("/v1/status") { _, _ in
            try Self.json(AnswerEnvelope(verb: "status", data: await provider.statusReport()))
        }
        router.get("/v1/peers") { _, _ in
            try Self.json(AnswerEnvelope(verb: "peers", data: await provider.peersReport()))
        }
        router.get("/v1/rounds") { _, _ in
            try Self.json(AnswerEnvelope(verb: "rounds", data: try await provider.roundsReport()))
        }
        router.get("/v1/privacy") { _, _ in
            try Self.json(AnswerEnvelope(verb: "privacy", data: try await provider.privacyReport()))
        }
        router.get("/v1/model") { _, _ in
            guard let bytes = await provider.modelFile() else { throw HTTPError(.notFound) }
            return Self.response(bytes, type: "application/json")
        }
        router.get("/metrics") { _, _ in
            let text = await provider.statusReport().metricsText
            return Self.response(Array(text.utf8), type: "text/plain; version=0.0.4")
        }
        router.get("/healthz") { _, _ in Self.response(Array("ok\n".utf8), type: "text/plain") }
        router.get("/readyz") { _, _ in
            let isReady = await provider.isReady()
            return Self.response(
                Array((isReady ? "ready\n" : "waiting\n").utf8), type: "text/plain",
                status: isReady ? .ok : .serviceUnavailable)
        }
        return router
    }

    private static func json(_ answer: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return response(Array(try encoder.encode(answer)), type: "application/json")
    }

    private static func response(
        _ body: [UInt8], type: String, status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
