/// What a model learnt together gives a participant over one learnt alone, on rows that both are asked about.
package struct CollaborationGain: Sendable, Equatable {
    /// What joining does.
    package enum Verdict: String, Sendable {
        case together
        case alone
        case undecided
    }

    /// The mean of ln p(x) under a model over the normal rows, and how it ranks the labelled ones.
    package struct Figures: Sendable, Equatable {
        /// Per row, in nats.
        package let logLikelihood: Double
        /// nil without labels of both sorts; so for ``averagePrecision``.
        package let rocAUC: Double?
        package let averagePrecision: Double?
    }

    /// Scores and raw log densities of the same rows under one model, shape `(n)` each.
    package struct Readings: Sendable {
        package let scores: [Double]
        package let logDensities: [Double]

        package init(scores: [Double], logDensities: [Double]) {
            precondition(
                scores.count == logDensities.count, "\(scores.count), \(logDensities.count) readings")
            self.scores = scores
            self.logDensities = logDensities
        }
    }

    package let rowCount: Int
    package let anomalyCount: Int
    package let alone: Figures
    package let together: Figures
    /// The mean over normal rows of ln p(x) together less ln p(x) alone.
    package let logLikelihoodGain: Double
    /// Of the mean: the differences' standard deviation over √n; nil for a single row.
    package let standardError: Double?
    /// The part of the normal rows that are likelier together.
    package let betterShare: Double

    /// - Parameters:
    ///   - labels: shape `(n)`, true for an anomaly; nil takes every row for normal.
    /// - Returns: nil where no row is normal.
    package init?(alone: Readings, together: Readings, labels: [Bool]?) {
        let count = alone.scores.count
        precondition(together.scores.count == count, "\(count) and \(together.scores.count) rows")
        precondition(labels.map { $0.count == count } ?? true, "labels for other than \(count) rows")
        let isAnomaly = labels ?? [Bool](repeating: false, count: count)
        let normal = (0..<count).filter { !isAnomaly[$0] }
        guard !normal.isEmpty else { return nil }
        let differences = normal.map { together.logDensities[$0] - alone.logDensities[$0] }
        let n = Double(normal.count)
        let mean = differences.reduce(0, +) / n
        var squares = 0.0
        for difference in differences { squares += (difference - mean) * (difference - mean) }
        rowCount = count
        anomalyCount = count - normal.count
        self.alone = Self.figures(alone, normal: normal, labels: labels)
        self.together = Self.figures(together, normal: normal, labels: labels)
        logLikelihoodGain = mean
        standardError = normal.count > 1 ? (squares / (n - 1) / n).squareRoot() : nil
        betterShare = Double(differences.count { $0 > 0 }) / n
    }

    /// Likelihood decides where it moves by more than two standard errors and the ROC-AUC, where there is one, does not
    /// move the other way.
    package var verdict: Verdict {
        guard let standardError, abs(logLikelihoodGain) > 2 * standardError else { return .undecided }
        let change = (together.rocAUC ?? 0) - (alone.rocAUC ?? 0)
        if logLikelihoodGain > 0 { return change < 0 ? .undecided : .together }
        return change > 0 ? .undecided : .alone
    }

    private static func figures(_ readings: Readings, normal: [Int], labels: [Bool]?) -> Figures {
        Figures(
            logLikelihood: normal.reduce(0) { $0 + readings.logDensities[$1] } / Double(normal.count),
            rocAUC: labels.flatMap { RankingMetrics.rocAUC(scores: readings.scores, labels: $0) },
            averagePrecision: labels.flatMap {
                RankingMetrics.averagePrecision(scores: readings.scores, labels: $0)
            })
    }
}
