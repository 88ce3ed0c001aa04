import Agreement
import ControlPlane
import Foundation

/// What a network of real processes came to.
struct DemoOutcome {
    /// One entry a peer, in the order of the network.
    struct Peer {
        let name: String
        let status: StatusReport
        let rounds: [RoundsReport.Line]
        let model: LoadedModel
        let pssBytes: Int?
    }

    let peers: [Peer]
    let agreement: NetworkAgreement
    let exitedCleanly: Bool
}

/// Runs the processes of a network until all have learnt, watching them over their control sockets.
struct DemoRun {
    /// Between two questions, so that asking many peers takes no more of the machine than asking a few.
    private static let pollPeriodPerPeer = Duration.milliseconds(15)
    private static let askAttempts = 10
    /// Nothing moving for so long ends the demo.
    private static let patience = Duration.seconds(120)

    let network: DemoNetwork

    /// - Throws: ``Failure``; no process is left.
    func run() async throws -> DemoOutcome {
        let processes = try PeerProcess(network)
        do {
            let statuses = try await watch(processes)
            var peers: [DemoOutcome.Peer] = []
            for (index, peer) in network.peers.enumerated() {
                let client = ControlClient(socketPath: peer.socket)
                let model = try LoadedModel(
                    bytes: await Self.patiently { () async throws(ControlError) in
                        try await client.body("/v1/model")
                    }, name: "the model of \(peer.name)")
                let rounds = try await Self.patiently { () async throws(ControlError) in
                    try await client.rounds()
                }
                peers.append(
                    DemoOutcome.Peer(
                        name: peer.name, status: statuses[index], rounds: rounds.rounds,
                        model: model,
                        pssBytes: ProcessMemory.proportionalBytes(of: processes.identifiers[index])))
            }
            let isClean = await processes.stop()
            return DemoOutcome(peers: peers, agreement: network.agreement, exitedCleanly: isClean)
        } catch {
            _ = await processes.stop()
            throw error
        }
    }

    /// Asks again where a machine with many peers was too busy to answer.
    private static func patiently<Answer>(
        _ ask: () async throws(ControlError) -> Answer
    ) async throws(ControlError) -> Answer {
        for _ in 0..<askAttempts {
            do throws(ControlError) {
                return try await ask()
            } catch .noAnswer(_, _) {
                continue
            }
        }
        return try await ask()
    }

    /// Asks all peers again and again until all have finished.
    private func watch(_ processes: PeerProcess) async throws -> [StatusReport] {
        let screen = PeerScreen()
        defer { screen.finish() }
        let clients = network.peers.map { ControlClient(socketPath: $0.socket) }
        var statuses = [StatusReport?](repeating: nil, count: clients.count)
        var lastChange = ContinuousClock.now
        while true {
            for (index, client) in clients.enumerated() {
                guard let status = try? await client.status() else { continue }
                if Self.mark(status) != statuses[index].map(Self.mark) { lastChange = .now }
                statuses[index] = status
                guard status.phase != "failed" else {
                    throw failure(
                        "\(status.name) failed: \(status.lastError ?? "no reason given")", peer: index)
                }
            }
            if let held = statuses.compactMap({ $0 }).first(where: { $0.phase == "held" }) {
                throw Failure(
                    gateOf: held.name,
                    message: "its sums rest on too few rows, "
                        + "\(Figure.decimal(held.privacy.required, places: 1)) are asked for")
            }
            screen.draw(names: network.peers.map(\.name), statuses: statuses)
            let known = statuses.compactMap { $0 }
            if known.count == clients.count, known.allSatisfy({ $0.phase == "finished" }) { return known }
            if let ended = processes.firstEnded {
                throw failure(
                    "\(network.peers[ended.index].name) ended with code \(ended.status)", peer: ended.index)
            }
            guard ContinuousClock.now - lastChange < Self.patience else {
                throw Failure(
                    status: .deadline, code: "STALLED", message: "nothing has moved for \(Self.patience)",
                    fix: "Run again with --keep and look at the logs.")
            }
            try await Task.sleep(for: Self.pollPeriodPerPeer * clients.count)
        }
    }

    /// What changes as long as a peer gets on.
    private static func mark(_ status: StatusReport) -> String {
        "\(status.phase) \(status.round) \(status.attempt) \(status.session?.step ?? -1) \(status.alive)"
    }

    private func failure(_ message: String, peer: Int) -> Failure {
        let log = (try? String(contentsOfFile: network.peers[peer].log, encoding: .utf8)) ?? ""
        let tail = log.split(separator: "\n").suffix(5).joined(separator: "\n")
        return Failure(
            status: .failure, code: "PEER_ENDED",
            message: tail.isEmpty ? message : "\(message); its log ends:\n\(tail)",
            fix: "Run again with --keep and look at the logs.")
    }
}

/// One line a peer, drawn over again on a terminal.
final class PeerScreen {
    private static let lineLimit = 40
    private var drawnLines = 0

    /// Draws the state of all peers; nothing where nobody watches.
    func draw(names: [String], statuses: [StatusReport?]) {
        guard Terminal.showsProgress else { return }
        var table = TextTable([
            ("peer", .left), ("state", .left), ("round", .right), ("objective", .right), ("sent", .right),
        ])
        for (name, status) in zip(names, statuses).prefix(Self.lineLimit) {
            guard let status else {
                table.append([name, "starting", "–", "–", "–"])
                continue
            }
            table.append([
                name, "\(status.phase) (\(status.stage))", "\(status.round)",
                Figure.decimal(status.model.objective, places: 6),
                Figure.bytes(Double(status.traffic.sentBytes)),
            ])
        }
        let lines = table.text.split(separator: "\n", omittingEmptySubsequences: false)
        let up = drawnLines > 0 ? "\u{1b}[\(drawnLines)A" : ""
        Output.terminal(up + lines.map { "\r\u{1b}[K\($0)\n" }.joined())
        drawnLines = lines.count
    }

    /// Takes the lines away.
    func finish() {
        guard drawnLines > 0 else { return }
        Output.terminal("\u{1b}[\(drawnLines)A\u{1b}[J")
        drawnLines = 0
    }
}
