import Agreement
import Consensus
import ControlPlane
import Datasets
import Detection
import Learning
import LinearAlgebra
import Models
import Simulator
import Topology

/// The figures of a network of real processes.
struct DemoReport {
    let outcome: DemoOutcome
    let detection: DetectionTable?
    /// Per row, all participants' training rows under their final models.
    let logLikelihood: Double?
    /// Averaging steps of a session; the history counts the agreement's as well.
    let stepsPerSession: Int
    let converged: Bool
    let bytesSent: UInt64

    /// - Throws: `TrainingError` where a participant cannot learn alone.
    init(
        outcome: DemoOutcome, participants: [ParticipantData], settings: AgreementSettings, columnCount: Int
    ) throws {
        self.outcome = outcome
        var alone = settings.training(columnCount: columnCount, participantCount: 1)
        alone.acceptsEmptyColumns = true
        var reports: [DetectionTable.Line] = []
        var jointScores: [Double] = []
        var jointLabels: [Bool] = []
        var logSum = 0.0
        var rowCount = 0
        for (participant, peer) in zip(participants, outcome.peers) {
            let densities = peer.model.scores(participant.train, kind: .density)
            logSum -= densities.reduce(0, +)
            rowCount += densities.count
            if !participant.testLabels.isEmpty {
                jointScores += peer.model.comparableScores(participant.test)
                jointLabels += participant.testLabels
            }
            reports.append(
                try Self.detection(
                    participant, model: peer.model, score: settings.score,
                    alone: participants.count <= Scenario.localOnlyLimit ? alone : nil))
        }
        detection =
            jointLabels.isEmpty
            ? nil
            : DetectionTable(
                lines: reports,
                jointROCAUC: RankingMetrics.rocAUC(scores: jointScores, labels: jointLabels))
        logLikelihood = rowCount > 0 ? logSum / Double(rowCount) : nil
        let built = try settings.topology.build(vertexCount: participants.count)
        let rounds = outcome.peers.first.map { Self.learningRounds($0) } ?? []
        // Exact sums end without agreement steps.
        let agreementSteps = settings.consensus.method == .exact ? 0 : built.graph.diameter ?? 0
        stepsPerSession = (rounds.map(\.steps).max() ?? 0) - agreementSteps
        converged = Self.hasConverged(rounds, settings: settings.rounds)
        bytesSent = outcome.peers.reduce(0) { sum, peer in sum + peer.rounds.reduce(0) { $0 + $1.sentBytes } }
    }

    /// The rounds after the starts.
    static func learningRounds(_ peer: DemoOutcome.Peer) -> [RoundsReport.Line] {
        peer.rounds.filter { $0.stage.hasPrefix("round") }
    }

    private static func hasConverged(_ rounds: [RoundsReport.Line], settings: RoundSettings) -> Bool {
        guard rounds.count >= 2, let last = rounds[rounds.count - 1].objective,
            let before = rounds[rounds.count - 2].objective
        else { return false }
        return rounds.count < settings.maximum || abs(last - before) < settings.tolerance
    }

    private static func detection(
        _ participant: ParticipantData, model: LoadedModel, score: ScoreKind, alone: TrainingSettings?
    ) throws -> DetectionTable.Line {
        let labels = participant.testLabels
        guard labels.contains(true), labels.contains(false) else {
            return DetectionTable.Line(name: participant.name, figures: nil, localOnlyROCAUC: nil)
        }
        let figures = DetectionFigures(
            scores: model.scores(participant.test), labels: labels,
            threshold: model.file.threshold ?? .infinity)
        var local: Double?
        if let alone {
            var trainer = try Trainer(rows: participant.train, settings: alone)
            try trainer.learnAlone()
            local = RankingMetrics.rocAUC(
                scores: trainer.scores(rawRows: participant.test, kind: score), labels: labels)
        }
        return DetectionTable.Line(name: participant.name, figures: figures, localOnlyROCAUC: local)
    }

    /// Rounds after the starts.
    var rounds: Int { outcome.peers.first.map { Self.learningRounds($0).count } ?? 0 }

    /// Chunk sessions of all decided sums.
    func sessions(chunks: Int) -> Int {
        let sums = (outcome.peers.first?.rounds ?? []).filter { $0.stage != "scales" }
        return sums.reduce(0) { $0 + $1.attempts } * chunks
    }

    /// Of the slowest peer, the mean over rounds.
    var secondsPerRound: Double? {
        let means = outcome.peers.compactMap { peer -> Double? in
            let rounds = Self.learningRounds(peer)
            return rounds.isEmpty ? nil : rounds.reduce(0) { $0 + $1.seconds } / Double(rounds.count)
        }
        return means.max()
    }

    /// Of the slowest peer, the median over rounds.
    var secondsPerSession: Double? {
        outcome.peers.compactMap { peer -> Double? in
            let sorted = Self.learningRounds(peer).map(\.sessionSeconds).sorted()
            return sorted.isEmpty ? nil : sorted[sorted.count / 2]
        }.max()
    }

    /// Sent, over peers and rounds.
    var bytesPerPeerPerRound: Double? {
        guard rounds > 0, !outcome.peers.isEmpty else { return nil }
        let sent = outcome.peers.reduce(0) { sum, peer in
            sum + Self.learningRounds(peer).reduce(0) { $0 + $1.sentBytes }
        }
        return Double(sent) / Double(rounds * outcome.peers.count)
    }

    /// Mean over peers, once idle.
    var pssBytesPerPeer: Double? {
        let known = outcome.peers.compactMap(\.pssBytes)
        return known.isEmpty ? nil : Double(known.reduce(0, +)) / Double(known.count)
    }

    /// Every channel has two ends, each of which counts it.
    var handshakes: Int { Int(outcome.peers.reduce(0) { $0 + $1.status.traffic.handshakes } / 2) }

    /// Different final states; 1 unless something is wrong.
    var stateHashes: [String] { Set(outcome.peers.compactMap(\.status.stateHash)).sorted() }
}
