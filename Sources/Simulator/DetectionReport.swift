import Datasets
import LinearAlgebra
package import Detection
package import Learning
package import Models

/// How well one participant's model tells its anomalies from its normal test rows.
package struct ParticipantDetection: Sendable, Equatable {
    package let name: String
    /// nil where the participant's labels are all alike.
    package let figures: DetectionFigures?
    /// ROC-AUC of a model learnt from the participant's own rows alone; nil where it was not asked for.
    package let localOnlyROCAUC: Double?
}

/// What a run detected; means leave out participants without a figure.
package struct DetectionReport: Sendable, Equatable {
    package let participants: [ParticipantDetection]
    /// ROC-AUC of one alarm list over all participants' labelled rows; nil where the labels are all alike.
    package let jointROCAUC: Double?

    package var meanROCAUC: Double? { mean { $0.figures?.rocAUC } }
    package var meanAveragePrecision: Double? { mean { $0.figures?.averagePrecision } }
    package var localOnlyMeanROCAUC: Double? { mean(\.localOnlyROCAUC) }

    private func mean(_ value: (ParticipantDetection) -> Double?) -> Double? {
        let present = participants.compactMap(value)
        return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
    }
}

extension Scenario {
    /// Largest network whose participants are also modelled one by one, for comparison.
    package static let localOnlyLimit = 64

    /// Scores every participant's test rows with its own model, and with one learnt alone; nil without test rows.
    ///
    /// - Parameters:
    ///   - trainers: the finished state of every participant, in order.
    ///   - score: which score.
    ///   - alone: settings of a run of one participant.
    /// - Throws: ``SimulationError/rows(participant:_:)``.
    package func detection(
        of trainers: [Trainer], score: ScoreKind, alone: TrainingSettings
    ) throws(SimulationError) -> DetectionReport? {
        precondition(trainers.count == participants.count, "\(trainers.count) models")
        guard participants.contains(where: { !$0.testLabels.isEmpty }) else { return nil }
        let results = runner.map(count: participants.count) { index in
            Result { () throws(SimulationError) in
                try detection(of: trainers[index], on: participants[index], score: score, alone: alone)
            }
        }
        var reports: [ParticipantDetection] = []
        for result in results { reports.append(try result.get()) }
        var jointScores: [Double] = []
        var jointLabels: [Bool] = []
        for (participant, trainer) in zip(participants, trainers) where !participant.testLabels.isEmpty {
            guard let detector = trainer.detector else { continue }
            jointScores += detector.comparableScores(rawRows: participant.test, kind: score)
            jointLabels += participant.testLabels
        }
        return DetectionReport(
            participants: reports,
            jointROCAUC: RankingMetrics.rocAUC(scores: jointScores, labels: jointLabels))
    }

    private func detection(
        of trainer: Trainer, on participant: ParticipantData, score: ScoreKind, alone: TrainingSettings
    ) throws(SimulationError) -> ParticipantDetection {
        let figures = figures(of: trainer, on: participant, score: score)
        var local: Double?
        if figures != nil, participants.count <= Scenario.localOnlyLimit {
            do throws(TrainingError) {
                var single = try Trainer(rows: participant.train, settings: alone)
                try single.learnAlone()
                local = self.figures(of: single, on: participant, score: score)?.rocAUC
            } catch {
                throw .rows(participant: participant.name, error)
            }
        }
        return ParticipantDetection(name: participant.name, figures: figures, localOnlyROCAUC: local)
    }

    /// Figures at the 95th percentile of the participant's own training scores.
    private func figures(
        of trainer: Trainer, on participant: ParticipantData, score: ScoreKind
    ) -> DetectionFigures? {
        let labels = participant.testLabels
        guard labels.contains(true), labels.contains(false), trainer.model != nil,
            let threshold = Threshold.percentile(
                Threshold.defaultPercentile, of: trainer.trainingScores(kind: score))
        else { return nil }
        return DetectionFigures(
            scores: trainer.scores(rawRows: participant.test, kind: score), labels: labels,
            threshold: threshold)
    }
}
