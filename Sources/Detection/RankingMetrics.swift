/// How well scores rank anomalies above normal rows, whatever the threshold.
package enum RankingMetrics {
    /// The area under the ROC curve: the probability that a random anomaly scores above a random normal row,
    /// a tie counting one half.
    ///
    /// Mann–Whitney's statistic with mid-ranks.
    ///
    /// - Parameters:
    ///   - scores: shape `(n)`, the larger the odder; infinities are ranks like any other.
    ///   - labels: shape `(n)`, true for an anomaly.
    /// - Returns: in 0…1; nil when all labels are alike or a score is not a number.
    /// - Complexity: O(n log n).
    package static func rocAUC(scores: [Double], labels: [Bool]) -> Double? {
        guard let groups = TieGroups(scores: scores, labels: labels) else { return nil }
        var anomaliesAbove = 0
        // Twice the number of (anomaly, normal) pairs in the right order: whole, hence exact.
        var doubledPairs = 0.0
        for group in groups.descending {
            doubledPairs += Double(group.normalCount) * Double(2 * anomaliesAbove + group.anomalyCount)
            anomaliesAbove += group.anomalyCount
        }
        return doubledPairs / (2 * Double(groups.anomalyCount) * Double(groups.normalCount))
    }

    /// The average precision `Σ (R_i − R_{i−1}) P_i` over the distinct scores, from the largest down.
    ///
    /// No interpolation: rows of equal score enter together, as in scikit-learn's `average_precision_score`.
    ///
    /// - Parameters:
    ///   - scores: shape `(n)`, the larger the odder.
    ///   - labels: shape `(n)`, true for an anomaly.
    /// - Returns: in 0…1; nil when all labels are alike or a score is not a number.
    /// - Complexity: O(n log n).
    package static func averagePrecision(scores: [Double], labels: [Bool]) -> Double? {
        guard let groups = TieGroups(scores: scores, labels: labels) else { return nil }
        var flagged = 0
        var found = 0
        var sum = 0.0
        for group in groups.descending {
            flagged += group.anomalyCount + group.normalCount
            found += group.anomalyCount
            sum += Double(group.anomalyCount) * (Double(found) / Double(flagged))
        }
        return sum / Double(groups.anomalyCount)
    }
}

/// The rows of each distinct score, counted by label.
private struct TieGroups {
    struct Group {
        var anomalyCount = 0
        var normalCount = 0
    }

    /// One entry a distinct score, from the largest down.
    let descending: [Group]
    let anomalyCount: Int
    let normalCount: Int

    /// nil when all labels are alike or a score is not a number.
    init?(scores: [Double], labels: [Bool]) {
        precondition(scores.count == labels.count, "\(scores.count) scores for \(labels.count) labels")
        anomalyCount = labels.count { $0 }
        normalCount = labels.count - anomalyCount
        guard anomalyCount > 0, normalCount > 0, scores.allSatisfy({ !$0.isNaN }) else { return nil }

        var groups: [Group] = []
        var last: Double?
        for index in scores.indices.sorted(by: { scores[$0] > scores[$1] }) {
            if scores[index] != last {
                groups.append(Group())
                last = scores[index]
            }
            if labels[index] {
                groups[groups.count - 1].anomalyCount += 1
            } else {
                groups[groups.count - 1].normalCount += 1
            }
        }
        descending = groups
    }
}
