import LinearAlgebra
import Models

/// The own vector and the gate: see ``PrivacyGate``.
extension LearningInstance {
    /// What the gate found where it keeps the vector back.
    func heldReport(_ update: GatedUpdate) -> GateReport? {
        update.report.flatMap { $0.outcome == .held ? $0 : nil }
    }

    /// Keeps still until other rows come; what opens the round before is still told to who asks.
    mutating func hold(_ report: GateReport, now: Duration, _ directives: inout [LearningDirective]) {
        privacy.own = report
        phase = .held
        lastProgress = now
        directives.append(.held(report))
        if takesPart { openCall(attempt: call?.attempt ?? 0, accusing: nobody, now: now, &directives) }
    }

    /// The vector that may leave, with the noise that the gate asks for; the figures are noted.
    mutating func admitted(
        _ gated: GatedUpdate, using generator: inout some RandomNumberGenerator
    ) -> LocalUpdate {
        diversity = DiversityFigures(concentrations: gated.concentrations) ?? diversity
        guard let report = gated.report else { return gated.update }
        privacy.own = report
        switch report.outcome {
        case .open, .warned, .held: return gated.update
        case .suppressed:
            privacy.suppressionCount += 1
            return gated.update
        case .noised:
            privacy.noiseEventCount += 1
            return trainer.disturbed(gated.update, report: report, using: &generator)
        }
    }

    /// Other rows while nothing has left yet: they count at once.
    mutating func judgeAgain(_ directives: inout [LearningDirective]) {
        guard let rows = pendingRows else { return }
        pendingRows = nil
        do throws(TrainingError) { try trainer.replaceRows(rows) } catch {
            return fail(.training(error), &directives)
        }
        phase = .preparing
        compute(.localUpdate, &directives)
    }

    mutating func noteNetworkDiversity(_ values: [Double]) {
        guard !trainer.stage.isMaximum else { return }
        privacy.network =
            NetworkFigures(values, layout: trainer.layout, coordinates: trainer.settings.coordinates)
            ?? privacy.network
    }
}
