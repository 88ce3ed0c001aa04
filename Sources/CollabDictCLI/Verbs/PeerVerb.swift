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
            "It learns with the other participants, then keeps serving status. SIGTERM checkpoints and leaves, SIGHUP reads log level and rows again."
    )

    @OptionGroup var daemon: DaemonOptions

    mutating func run() async throws {
        let path = daemon.configurationPath ?? "peer.yaml"
        let configuration = try PeerConfiguration(file: path)
        let agreement = try NetworkAgreement(file: configuration.network)
        let level = LogLevelSwitch(configuration.log.level)
        let format = configuration.log.format
        let logger = Logger(label: "collabdict") { _ in LineLogHandler(level: level, format: format) }
        for line in ArithmeticNote.lines() {
            logger.warning("slow arithmetic", metadata: ["reason": "\(line)"])
        }
        let built = try agreement.settings.topology.build(vertexCount: agreement.participants.count)
        logger.notice(
            "starting",
            metadata: [
                "version": "\(ProgramVersion.current)", "network": "\(hexadecimal(agreement.networkID))",
                "family": "\(built.family?.rawValue ?? "edges")",
            ])
        let node = try await PeerNode(
            configuration: configuration, agreement: agreement, version: ProgramVersion.current,
            logger: logger
        ) {
            let changed = try PeerConfiguration(file: path)
            level.set(changed.log.level)
            return changed
        }
        try await node.run()
    }
}
