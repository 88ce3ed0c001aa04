/// What a threshold does to labelled rows: a row is flagged when its score is the threshold or above, as `score` flags it.
package struct ConfusionCounts: Sendable, Equatable {
    /// Anomalies flagged.
    package let truePositives: Int
    /// Normal rows flagged.
    package let falsePositives: Int
    /// Normal rows passed.
    package let trueNegatives: Int
    /// Anomalies passed.
    package let falseNegatives: Int

    /// - Parameters:
    ///   - scores: shape `(n)`; a score that is not a number is flagged, as nothing vouches for its row.
    ///   - labels: shape `(n)`, true for an anomaly.
    ///   - threshold: not a NaN.
    package init(scores: [Double], labels: [Bool], threshold: Double) {
        precondition(scores.count == labels.count, "\(scores.count) scores for \(labels.count) labels")
        precondition(!threshold.isNaN, "the threshold is \(threshold)")
        var flaggedAnomalies = 0
        var flaggedNormals = 0
        for index in scores.indices where !(scores[index] < threshold) {
            if labels[index] { flaggedAnomalies += 1 } else { flaggedNormals += 1 }
        }
        let anomalyCount = labels.count { $0 }
        truePositives = flaggedAnomalies
        falsePositives = flaggedNormals
        trueNegatives = labels.count - anomalyCount - flaggedNormals
        falseNegatives = anomalyCount - flaggedAnomalies
    }

    /// The part of the flagged rows that are anomalies; nil when no row is flagged.
    package var precision: Double? { Self.ratio(truePositives, truePositives + falsePositives) }

    /// The part of the anomalies that are flagged; nil when there is none.
    package var recall: Double? { Self.ratio(truePositives, truePositives + falseNegatives) }

    /// The harmonic mean of precision and recall, `2TP / (2TP + FP + FN)`; nil when no row is flagged and
    /// none is an anomaly.
    package var f1: Double? {
        Self.ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives)
    }

    private static func ratio(_ part: Int, _ whole: Int) -> Double? {
        whole == 0 ? nil : Double(part) / Double(whole)
    }
}
