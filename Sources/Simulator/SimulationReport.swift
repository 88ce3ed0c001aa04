package import Agreement
package import Learning
package import Models
package import Privacy

/// Everything that `simulate` says of a run, apart from wall time and memory (docs/interface.md, JSON).
package struct SimulationReport: Sendable {
    package let participantCount: Int
    /// Rounds after the starts.
    package let rounds: Int
    package let converged: Bool
    /// Per row, over all participants; nil when no round was run.
    package let logLikelihood: Double?
    package let patternsActive: Int
    /// What is wrong with the model of the first participant that has something to say.
    package let warning: ModelWarning?
    package let outcome: SimulationOutcome
    /// Different final states; 1 unless something is wrong.
    package let stateHashCount: Int
    /// The least and the most diverse pattern of any participant in the last round; nil without patterns.
    package let lDiversityMinimum: Double?
    package let lDiversityMaximum: Double?
    package let detection: DetectionReport?
    /// What was promised to every row and spent; nil where nothing is private.
    package let budget: PrivacyBudget?
    /// Exchanges in which every participant added noise.
    package let noiseEvents: Int
    /// Faults that happened.
    package let faultCount: Int
}

extension Scenario {
    /// Runs the network to its end, with its faults if it has any.
    ///
    /// - Throws: ``SimulationError``.
    package func outcome(
        onRound: (RoundSummary) -> Void = { _ in }
    ) throws(SimulationError) -> SimulationOutcome {
        guard faults.isEmpty, loss == 0 else {
            var simulation = try FaultSimulation(self)
            return try simulation.run(onRound: onRound)
        }
        var simulation = try Simulation(self)
        return try simulation.run(onRound: onRound)
    }

    /// Runs the network to its end and judges it.
    ///
    /// - Parameters:
    ///   - settings: the file's, for scores and for the runs of one participant.
    ///   - onRound: called once for every decided exchange.
    /// - Throws: ``SimulationError``.
    package func report(
        settings: AgreementSettings, onRound: (RoundSummary) -> Void = { _ in }
    ) throws(SimulationError) -> SimulationReport {
        let outcome = try outcome(onRound: onRound)
        var alone = settings.training(columnCount: columns.count, participantCount: 1)
        alone.acceptsEmptyColumns = true
        // Those who are away for good have no model.
        let isWhole = outcome.trainers.count == participants.count
        let detection =
            isWhole ? try detection(of: outcome.trainers, score: settings.score, alone: alone) : nil
        let last = outcome.trainers[0]
        return SimulationReport(
            participantCount: participants.count, rounds: last.finishedRoundCount,
            converged: last.hasConverged,
            logLikelihood: last.objective?.logLikelihoodPerRow,
            patternsActive: last.model?.activePatternCount ?? 0,
            warning: outcome.trainers.lazy.compactMap(\.warning).first, outcome: outcome,
            stateHashCount: Set(outcome.stateHashes).count,
            lDiversityMinimum: outcome.diversities.map(\.minimum).min(),
            lDiversityMaximum: outcome.diversities.map(\.maximum).max(), detection: detection,
            budget: last.budget,
            noiseEvents: last.budget == nil ? 0 : outcome.summaries.count,
            faultCount: outcome.faults.count)
    }
}
