import Agreement
import Consensus
import ControlPlane
import Learning
import Models
import Privacy
import Sodium
import Storage
import Transport

/// What the control socket shows; every method only looks.
extension PeerShell: StatusProviding {
    func statusReport() async -> StatusReport {
        let traffic = await transport.traffic()
        let status = instance.status
        let participant = facts.agreement.participants[facts.member]
        return StatusReport(
            name: participant.name, key: participant.key.text,
            networkId: hexadecimal(facts.agreement.networkID), version: facts.version,
            uptimeSeconds: uptime, phase: status.phase.rawValue, stage: status.stage.name,
            round: status.exchange, attempt: status.attempt,
            session: status.progress.map {
                StatusReport.Session(
                    chunk: $0.chunk, step: $0.step, steps: $0.steps, residual: $0.residual)
            },
            members: status.roster.count,
            alive: status.roster.members.count { status.linkIsUp[$0] },
            hold: status.hold.map(sentence(for:)),
            waitingFor: status.waitingFor.map(facts.name(of:)),
            model: StatusReport.Model(
                kind: facts.modelKind,
                patternsActive: instance.trainer.model == nil ? nil : status.activePatternCount,
                objective: status.objective?.perRow, warning: status.warning?.text),
            privacy: privacySummary(of: status),
            traffic: StatusReport.Traffic(
                sentBytes: traffic.total.sentBytes, receivedBytes: traffic.total.receivedBytes,
                handshakes: traffic.total.handshakes, rejected: traffic.rejected),
            checkpointAgeSeconds: checkpointAge, stateHash: hexadecimal(status.stateHash),
            lastError: lastError)
    }

    func peersReport() async -> PeersReport {
        let traffic = await transport.traffic()
        let linked = await transport.linkedMembers()
        let wanted = await transport.wantedMembers()
        let participants = facts.agreement.participants
        return PeersReport(
            peers: participants.indices.map { member in
                let isOwn = member == facts.member
                let isLinked = linked.contains(member)
                let state: PeersReport.State =
                    isOwn ? .own : isLinked ? .connected : wanted.contains(member) ? .down : .unlinked
                return PeersReport.Line(
                    name: participants[member].name, key: participants[member].key.text,
                    address: participants[member].address.text, state: state,
                    path: isOwn ? nil : isLinked ? .direct : .relayed,
                    roundTripSeconds: isLinked ? linkTimes.roundTrip[member].map(\.seconds) : nil,
                    lastSeenSeconds: secondsSinceHeard(member),
                    sentBytes: traffic.members[member].sentBytes,
                    receivedBytes: traffic.members[member].receivedBytes,
                    handshakes: traffic.members[member].handshakes)
            })
    }

    /// Why the peer holds, for people.
    private func sentence(for reason: HoldReason) -> String {
        switch reason {
        case .tooFew(let present, let needed):
            "\(present) participants are there and a sum needs \(needed)"
        case .noGraph(let present):
            "the \(present) participants that are there cannot make a sum: the agreed edges do not connect them, or "
                + "they are too few for its threshold"
        case .seedsLost:
            "the seeds of a decided sum are lost; exactly its participants have to be there to make it again"
        }
    }

    func roundsReport() async throws -> RoundsReport {
        RoundsReport(
            rounds: try store.history().map { record in
                RoundsReport.Line(
                    round: record.round, stage: record.stage, objective: record.objective,
                    residual: record.residual, steps: record.steps, attempts: record.attempts,
                    sentBytes: record.sentBytes, receivedBytes: record.receivedBytes, seconds: record.seconds,
                    sessionSeconds: record.sessionSeconds, stateHash: hexadecimal(record.stateHash),
                    warning: record.warning, lDiversityMin: record.lDiversityMin,
                    lDiversityMax: record.lDiversityMax, networkRowsMin: record.networkRowsMin,
                    gate: record.gate)
            })
    }

    func modelFile() async -> [UInt8]? {
        await Self.encodedModel(of: instance.trainer, round: instance.exchange, facts)
    }

    /// The model as it stands, with the threshold of the own training rows; nil before the first round.
    ///
    /// It scores all own rows, so it runs elsewhere: links do not wait for it.
    @concurrent private static func encodedModel(
        of trainer: Trainer, round: UInt64, _ facts: PeerFacts
    ) async -> [UInt8]? {
        ModelFile(
            trainer: trainer, networkID: hexadecimal(facts.agreement.networkID),
            participant: facts.name(of: facts.member), round: Int(clamping: round),
            columns: facts.agreement.columns, score: facts.agreement.settings.score)?.encoded()
    }

    func isReady() async -> Bool {
        let status = instance.status
        return status.phase != .failed && status.hold == nil
            && status.roster.members.allSatisfy { status.linkIsUp[$0] }
    }
}

/// Lower-case digits, two a byte.
func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()
}
