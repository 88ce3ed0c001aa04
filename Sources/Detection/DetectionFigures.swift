/// Everything `evaluate` and `simulate` say about one participant's labelled rows.
package struct DetectionFigures: Sendable, Equatable {
    /// Rows scored.
    package let rowCount: Int
    /// Rows labelled as anomalies.
    package let anomalyCount: Int
    /// nil when the labels are all alike or a score is not a number; so for ``averagePrecision``.
    package let rocAUC: Double?
    package let averagePrecision: Double?
    /// The threshold the counts were taken at.
    package let threshold: Double
    package let confusion: ConfusionCounts

    /// - Parameters:
    ///   - scores: shape `(n)`, the larger the odder.
    ///   - labels: shape `(n)`, true for an anomaly.
    ///   - threshold: see ``Threshold/percentile(_:of:)``.
    package init(scores: [Double], labels: [Bool], threshold: Double) {
        rowCount = labels.count
        anomalyCount = labels.count { $0 }
        rocAUC = RankingMetrics.rocAUC(scores: scores, labels: labels)
        averagePrecision = RankingMetrics.averagePrecision(scores: scores, labels: labels)
        self.threshold = threshold
        confusion = ConfusionCounts(scores: scores, labels: labels, threshold: threshold)
    }
}
