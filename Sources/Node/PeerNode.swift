package import Agreement
import Consensus
import ControlPlane
import Datasets
import Learning
import LinearAlgebra
package import Logging
import Models
import Privacy
import NIOPosix
import SecureChannel
import ServiceLifecycle
import Sodium
import Storage
import Transport
import UnixSignals

/// A peer daemon: from its configuration file to a graceful end.
package struct PeerNode: Sendable {
    private let shell: PeerShell
    private let transport: PeerTransport
    private let store: CheckpointStore
    private let control: ControlServer
    private let logger: Logger
    /// What SIGHUP asks for.
    private let rereadRows: @Sendable () throws -> TrainingRows

    /// Reads the key, the rows and the stored state; nothing listens yet.
    ///
    /// - Parameters:
    ///   - configuration: `peer.yaml`, checked.
    ///   - agreement: `network.yaml`, checked.
    ///   - version: the program's.
    ///   - reload: reads the configuration anew at SIGHUP, and takes from it what concerns the caller.
    /// - Throws: ``NodeError``, and ``ControlError`` for a control socket that cannot be.
    package init(
        configuration: PeerConfiguration, agreement: NetworkAgreement, version: String, logger: Logger,
        reload: @escaping @Sendable () throws -> PeerConfiguration
    ) async throws {
        ProcessHardening.apply()
        let identity = try Self.storage { () throws(StorageError) in try KeyFile.load(at: configuration.key) }
        let member = try Self.member(of: identity, configuration, agreement)
        // The state folder comes first: many rows are kept there.
        let store = try Self.storage { () throws(StorageError) in
            try CheckpointStore(folder: configuration.state, networkID: agreement.networkID)
        }
        let trainer = try Self.trainer(of: Self.rows(configuration, agreement, logger), agreement)
        let settings = agreement.settings.learning(
            aggregation: agreement.aggregation, roster: agreement.participants.map(\.key),
            columnCount: agreement.columns.count)
        let memory = try Self.recovered(from: store, folder: configuration.state, logger)
        let ledger = try Self.ledger(from: store, logger)
        let instance: LearningInstance
        do throws(LearningFailure) {
            instance = try LearningInstance(
                settings: settings, member: member, trainer: trainer,
                authenticator: IdentityAuthenticator(identity: identity, roster: settings.roster),
                recovered: memory.record, hasLostMemory: memory.isLost, ledger: ledger)
        } catch {
            throw NodeError.learning(error)
        }
        let audit = Self.announceLeakage(settings, logger)
        let vectorCount = Self.vectorCountMax(agreement)
        // All sockets share one thread; the work of learning runs on Swift's own.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.logger = logger
        rereadRows = { try Self.rows(reload(), agreement, logger) }
        self.store = store
        var transportSettings = TransportSettings(
            networkID: agreement.networkID,
            members: agreement.participants.map {
                TransportMember(
                    name: $0.name, identity: $0.key,
                    address: TransportAddress(host: $0.address.host, port: $0.address.port))
            },
            member: member,
            listen: TransportAddress(host: configuration.listen.host, port: configuration.listen.port),
            neighbours: instance.controlNeighbours,
            messageLimit: Self.messageLimit(
                vectorCount: vectorCount, participantCount: agreement.participants.count))
        transportSettings.limits.messagesOut = max(
            transportSettings.limits.messagesOut,
            agreement.aggregation.messagesPerLink(memberCount: agreement.participants.count))
        transport = PeerTransport(
            settings: transportSettings, identity: identity, group: group, generator: SodiumGenerator(),
            logger: logger)
        let facts = PeerFacts(
            agreement: agreement, member: member, version: version, vectorCountMax: vectorCount,
            modelKind: Self.modelKind(agreement), modelPath: configuration.state + "/model.json",
            gate: agreement.settings.privacyGate(columnCount: agreement.columns.count), audit: audit)
        shell = PeerShell(
            facts: facts, instance: instance, store: store, transport: transport,
            runner: ThreadRunner(threadCount: configuration.threads), logger: logger)
        control = try ControlServer(
            socketPath: configuration.control.socket,
            loopback: configuration.control.http.map { ($0.host, $0.port) }, provider: shell, group: group,
            logger: logger)
    }

    /// Runs until SIGTERM or SIGINT; then says goodbye, closes the database and returns within two seconds. A
    /// second signal ends the process at once.
    package func run() async throws {
        let learning = LearningService(
            shell: shell, transport: transport, logger: logger, rereadRows: rereadRows)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: control), .init(service: learning)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .milliseconds(1_500)
        try await ServiceGroup(configuration: configuration).run()
        try store.close()
    }
}

/// Transport and shell for the length of the process.
private struct LearningService: Service {
    let shell: PeerShell
    let transport: PeerTransport
    let logger: Logger
    let rereadRows: @Sendable () throws -> TrainingRows

    func run() async throws {
        let port: Int
        do throws(TransportError) {
            port = try await transport.start()
        } catch {
            throw NodeError.transport(error)
        }
        logger.notice("listening", metadata: ["port": "\(port)"])
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await shell.run() }
                group.addTask { try await gracefulShutdown() }
                group.addTask {
                    for await _ in await UnixSignalsSequence(trapping: .sighup) { await replaceRows() }
                    try await gracefulShutdown()
                }
                group.addTask {
                    await transport.nameHosts()
                    // Looking up names is no reason to leave.
                    try await gracefulShutdown()
                }
                try await group.next()
                await shell.leave()
                await transport.stop()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            ProcessHardening.diesOfNextSignal()
            logger.notice("leaving")
        }
    }

    /// SIGHUP: other rows count from the next round; those that cannot be read leave everything as it is.
    private func replaceRows() async {
        do {
            let rows = try rereadRows()
            try await shell.replaceRows(rows)
            logger.notice("rows read again", metadata: ["count": "\(rows.rowCount)"])
        } catch {
            logger.error("rows not read again; the old ones stay", metadata: ["reason": "\(error)"])
        }
    }
}
