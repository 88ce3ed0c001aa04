import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

@testable import ControlPlane

/// A peer whose figures never change.
struct FixedProvider: StatusProviding {
    var report = StatusReport(
        name: "north", key: "cd1x", networkId: "ab", version: "0.1.0", uptimeSeconds: 12.5,
        phase: "exchanging",
        stage: "round", round: 7, attempt: 0,
        session: .init(chunk: 1, step: 20, steps: 90, residual: .infinity), members: 31, alive: 30,
        waitingFor: ["south"],
        model: .init(kind: "graphical-mixture", patternsActive: 10, objective: -3.5),
        privacy: .init(lDiversityMin: 12, lDiversityMax: nil, noiseEvents: 0),
        traffic: .init(sentBytes: 1_000, receivedBytes: 2_000, handshakes: 3, rejected: 1),
        checkpointAgeSeconds: 1.5, stateHash: "00ff", lastError: nil)
    var rounds = RoundsReport(rounds: [
        .init(
            round: 6, stage: "round", objective: -3.6, residual: 1e-9, steps: 93, attempts: 1, sentBytes: 10,
            receivedBytes: 11, seconds: 0.5, sessionSeconds: 0.4, stateHash: "00ff")
    ])
    var peers = PeersReport(peers: [])
    var model: [UInt8]?
    var ready = true

    func statusReport() async -> StatusReport { report }
    func peersReport() async -> PeersReport { peers }
    func roundsReport() async throws -> RoundsReport { rounds }
    func privacyReport() async throws -> PrivacyReport { .fixed }
    func modelFile() async -> [UInt8]? { model }
    func isReady() async -> Bool { ready }
}

/// Runs a server on a socket in a folder of its own for as long as the body takes.
func withServer(
    _ provider: FixedProvider = FixedProvider(), _ body: @Sendable (String) async throws -> Void
) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/cd-" + UUID().uuidString
    try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (listening, report) = AsyncStream.makeStream(of: Void.self)
    var logger = Logger(label: "test")
    logger.logLevel = .error
    let server = try ControlServer(
        socketPath: folder + "/control.sock", loopback: nil, provider: provider,
        group: MultiThreadedEventLoopGroup.singleton, logger: logger,
        onListening: { report.finish() })
    let group = ServiceGroup(services: [server], logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            defer { report.finish() }
            try await group.run()
        }
        for await _ in listening {}
        try await body(folder + "/control.sock")
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}

/// Everything that comes back on a raw connection until the other side closes it.
func answer(to request: String, at path: String) async throws -> String {
    let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(unixDomainSocketPath: path) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
    return try await connection.executeThenClose { inbound, outbound in
        try await outbound.write(ByteBuffer(string: request))
        var text = ""
        do {
            for try await buffer in inbound { text += String(buffer: buffer) }
        } catch {
            // A server that closes with our bytes unread resets the connection: it has answered, or will not.
        }
        return text
    }
}
