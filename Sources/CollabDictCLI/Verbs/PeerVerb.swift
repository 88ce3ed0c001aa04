import Agreement
import ArgumentParser
import Logging
import Node
import Topology

/// `collabdict peer`.
struct PeerVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peer", abstract: "Run the daemon in the foreground.",
        discussion:
            "It learns with the other participants, then keeps serving status. SIGTERM checkpoints and leaves."
    )

    @OptionGroup var daemon: DaemonOptions

    mutating func run() async throws {
        let configuration = try PeerConfiguration(file: daemon.configurationPath ?? "peer.yaml")
        let agreement = try NetworkAgreement(file: configuration.network)
        let level = Logger.Level(rawValue: configuration.log.level.rawValue) ?? .info
        let format = configuration.log.format
        let logger = Logger(label: "collabdict") { _ in LineLogHandler(level: level, format: format) }
        let built = try agreement.settings.topology.build(vertexCount: agreement.participants.count)
        logger.notice(
            "starting",
            metadata: [
                "version": "\(ProgramVersion.current)", "network": "\(hexadecimal(agreement.networkID))",
                "family": "\(built.family?.rawValue ?? "edges")",
            ])
        let node = try await PeerNode(
            configuration: configuration, agreement: agreement, version: ProgramVersion.current,
            logger: logger)
        try await node.run()
    }
}
