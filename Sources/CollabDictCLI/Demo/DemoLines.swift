import Agreement
import Consensus
import ControlPlane
import Topology

/// A demo's report in the keys of docs/interface.md, and for people.
struct DemoLines {
    let report: DemoReport
    let settings: AgreementSettings
    let wallSeconds: Double

    /// The JSON `data`.
    var value: CanonicalValue {
        let peers = report.outcome.peers
        return .object([
            ("participants", .integer(peers.count)), ("peers", .integer(peers.count)),
            ("rounds", .integer(report.rounds)), ("converged", .bool(report.converged)),
            ("logLikelihood", .finite(report.logLikelihood)),
            ("patternsActive", .optional(peers.first?.status.model.patternsActive)),
            ("warning", peers.lazy.compactMap(\.status.model.warning).first.map { .text($0) } ?? .null),
            ("consensus", consensus), ("stateHashes", .integer(report.stateHashes.count)),
            ("stateHash", report.stateHashes.first.map { .text($0) } ?? .null),
            ("privacy", privacy), ("detection", report.detection?.value ?? .null),
            ("faults", .integer(0)), ("wallSeconds", .finite(wallSeconds)), ("virtualSeconds", .null),
            ("peakMemoryBytes", .optional(ProcessMemory.peakBytes)),
            ("secondsPerRound", .finite(report.secondsPerRound)),
            ("secondsPerSession", .finite(report.secondsPerSession)),
            ("bytesPerPeerPerRound", .finite(report.bytesPerPeerPerRound)),
            ("pssBytesPerPeer", .finite(report.pssBytesPerPeer)), ("handshakes", .integer(report.handshakes)),
            ("exitedCleanly", .bool(report.outcome.exitedCleanly)),
        ])
    }

    /// `relativeError` and `messages` are `null`: no single process sees all vectors or all messages.
    private var consensus: CanonicalValue {
        .object([
            ("method", .text(settings.consensus.method.rawValue)),
            ("weights", settings.consensus.weightsInForce.map { .text($0.rawValue) } ?? .null),
            ("stepsPerSession", .integer(report.stepsPerSession)),
            ("sessions", .integer(report.sessions(chunks: settings.consensus.protection.chunks))),
            ("relativeError", .null), ("messages", .null), ("bytes", .integer(Int(report.bytesSent))),
        ])
    }

    private var privacy: CanonicalValue {
        let figures = report.outcome.peers.map(\.status.privacy)
        return .object([
            ("lDiversityMin", .finite(figures.compactMap(\.lDiversityMin).min())),
            ("lDiversityMax", .finite(figures.compactMap(\.lDiversityMax).max())),
            ("networkRowsMin", .finite(figures.compactMap(\.networkRowsMin).min())),
            ("noiseEvents", .integer(figures.map(\.noiseEvents).max() ?? 0)),
            ("suppressions", .integer(figures.map(\.suppressions).max() ?? 0)),
        ])
    }

    /// The closing table.
    var text: String {
        let hashes = report.stateHashes
        let summary = """
            peers              \(report.outcome.peers.count) processes, \(report.handshakes) channels
            rounds             \(report.rounds)\(report.converged ? ", converged" : ""), \
            \(Figure.decimal(report.secondsPerRound)) s each
            steps per session  \(report.stepsPerSession) (\(settings.consensus.weightsInForce?.rawValue ?? "exact")), \
            \(Figure.decimal(report.secondsPerSession)) s
            bytes              \(Figure.bytes(Double(report.bytesSent))) in all, \
            \(Figure.bytes(report.bytesPerPeerPerRound)) a peer and round
            state hash         \(hashes.map(Figure.short).joined(separator: ", "))\
            \(hashes.count == 1 ? " at every peer" : " (must be one)")
            memory             \(Figure.bytes(report.pssBytesPerPeer)) a peer (PSS)
            time               \(Figure.decimal(wallSeconds, places: 1)) s\
            \(report.outcome.exitedCleanly ? "" : "; not every peer exited cleanly")
            """
        return report.detection.map { summary + "\n\n" + $0.text } ?? summary
    }
}
