/// How a threshold follows from the scores of rows that are taken for normal.
package enum ThresholdRule: Sendable, Equatable {
    /// At most this part of the rows, in 0…1, is called an anomaly.
    case falseAlarms(rate: Double)
    /// The percentile, in 0…100.
    case percentile(Double)
    /// Mean + `count` standard deviations (of the n − 1 kind).
    case sigma(count: Double)

    /// The threshold; rows that score at least as much are anomalies.
    ///
    /// - Parameter scores: in any order; finite.
    /// - Returns: nil without scores, with one that is not finite, and for `sigma` with fewer than two.
    /// - Complexity: O(n log n).
    package func threshold(of scores: [Double]) -> Double? {
        guard !scores.isEmpty, scores.allSatisfy({ $0.isFinite }) else { return nil }
        switch self {
        case .falseAlarms(let rate):
            precondition(rate >= 0 && rate <= 1, "a rate of \(rate)")
            return Self.smallestThreshold(
                leaving: Int((Double(scores.count) * rate).rounded(.down)), of: scores.sorted())
        case .percentile(let percent):
            return Threshold.percentile(percent, of: scores)
        case .sigma(let count):
            guard scores.count > 1 else { return nil }
            let mean = scores.reduce(0, +) / Double(scores.count)
            let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            return mean + count * (squares / Double(scores.count - 1)).squareRoot()
        }
    }

    /// The smallest threshold that at most `count` scores reach, half-way to the next one where there is room.
    ///
    /// - Parameter sorted: ascending, not empty.
    private static func smallestThreshold(leaving count: Int, of sorted: [Double]) -> Double? {
        guard count < sorted.count else { return sorted[0] }
        let below = sorted[sorted.count - 1 - count]
        guard count > 0, case let above = sorted[sorted.count - count], above > below else {
            return below.nextUp
        }
        let middle = below + (above - below) / 2
        return middle > below ? middle : above
    }
}
