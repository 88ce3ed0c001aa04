import Agreement
import ControlPlane
import Learning
import LinearAlgebra
import Logging
import Models
import Privacy
import Storage

/// What the control socket shows of how well sums hide rows.
extension PeerShell {
    func privacySummary(of status: LearningStatus) -> StatusReport.Privacy {
        StatusReport.Privacy(
            lDiversityMin: status.diversity?.minimum, lDiversityMax: status.diversity?.maximum,
            required: facts.gate.required, action: facts.gate.action.rawValue,
            gate: status.privacy.current?.outcome.rawValue, effectiveRowsMin: status.diversity?.kishMinimum,
            largestShare: status.diversity?.largestWeight, networkRowsMin: status.privacy.network?.minimum,
            noiseEvents: status.privacy.noiseEventCount + instance.ledger.releases.count,
            suppressions: status.privacy.suppressionCount, budget: budget(of: status))
    }

    private func budget(of status: LearningStatus) -> StatusReport.Budget? {
        status.budget.map {
            StatusReport.Budget(epsilon: $0.epsilon, delta: $0.delta, spent: $0.spent, unit: $0.unit)
        }
    }

    func privacyReport() async throws -> PrivacyReport {
        let status = instance.status
        let trainer = instance.trainer
        let history = try store.history()
        let paper = await Self.paperFigures(of: trainer, on: runner)
        let own = status.privacy.current
        let network = status.privacy.network
        let verdict = PrivacyVerdict(
            gate: facts.gate, status: status.privacy,
            shamirThreshold: facts.agreement.settings.consensus.protection.shamirThreshold)
        return PrivacyReport(
            round: status.exchange, stage: status.stage.name, rows: trainer.rawRows.rowCount,
            required: facts.gate.required, action: facts.gate.action.rawValue,
            gate: own?.outcome.rawValue, lDiversityMin: status.diversity?.minimum,
            lDiversityMax: status.diversity?.maximum, effectiveRowsMin: status.diversity?.kishMinimum,
            largestShare: status.diversity?.largestWeight, patterns: (own?.patterns ?? []).map(Self.line),
            paper: PrivacyReport.Paper(
                asPrinted: paper.asPrinted, correctedCentres: paper.correctedCentres),
            networkRowsMin: network?.minimum, networkRowsMax: network?.maximum,
            network: (network?.patterns ?? []).map { pattern in
                PrivacyReport.AgreedPattern(
                    model: pattern.coordinates.rawValue, pattern: pattern.slot, rows: pattern.count,
                    effectiveRows: pattern.effectiveCount)
            },
            visible: verdict.visible, verdict: verdict.sentence,
            noiseEvents: history.count { $0.gate == GateReport.Outcome.noised.rawValue }
                + instance.ledger.releases.count,
            suppressions: history.count { $0.gate == GateReport.Outcome.suppressed.rawValue },
            budget: budget(of: status), audit: facts.audit?.sentences, statement: statement(of: status))
    }

    private func statement(of status: LearningStatus) -> String {
        let agreement = facts.agreement
        return status.budget.map {
            PrivacyVerdict.statement(
                of: $0,
                colluders: agreement.settings.colluders(participantCount: agreement.participants.count))
        } ?? PrivacyVerdict.statement
    }

    /// It passes over all own rows, so it runs elsewhere: links do not wait for it.
    @concurrent private static func paperFigures(
        of trainer: Trainer, on runner: any ParallelRunner
    ) async -> PaperFigures { PaperFigures(trainer: trainer, on: runner) }

    private static func line(_ pattern: GateReport.Pattern) -> PrivacyReport.Pattern {
        let figures = pattern.diversity
        return PrivacyReport.Pattern(
            model: pattern.coordinates.rawValue, pattern: figures.pattern, rows: figures.count,
            lDiversity: figures.diversity, effectiveRows: figures.effectiveCount,
            largestShare: figures.largestShare, active: pattern.isActive, short: pattern.isShort,
            treated: pattern.isTreated)
    }

    /// Says it once when the gate changes its mind, not in every round.
    func logGate(_ summary: RoundSummary) {
        guard let report = summary.privacy.own, report.outcome != loggedGate else { return }
        loggedGate = report.outcome
        let message: String
        switch report.outcome {
        case .held: return
        case .open: message = "own sums rest on rows enough"
        case .warned: message = "entropy l-diversity is below the agreed level"
        case .noised: message = "noise is added to patterns of few rows; no guarantee comes with it"
        case .suppressed: message = "patterns of few rows are left out of the own sums"
        }
        logger.notice(
            "\(message)",
            metadata: [
                "minimum": "\(report.minimum)", "required": "\(report.gate.required)",
                "round": "\(summary.exchange)",
            ])
    }
}
