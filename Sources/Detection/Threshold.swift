/// The score above which a row is an anomaly.
package enum Threshold {
    /// The percentile of training scores that a participant starts with (docs/interface.md, Defaults).
    package static let defaultPercentile = 95.0

    /// The percentile of values, by linear interpolation between the two nearest ranks: numpy's method
    /// `linear`, bit for bit.
    ///
    /// - Parameters:
    ///   - percent: in 0…100.
    ///   - values: not empty, in any order; infinities allowed.
    /// - Returns: a number between the smallest and the largest value; nil when `values` is empty or holds
    ///   a NaN.
    /// - Complexity: O(n log n).
    package static func percentile(_ percent: Double, of values: [Double]) -> Double? {
        precondition(percent >= 0 && percent <= 100, "percentile \(percent) lies outside 0…100")
        guard !values.isEmpty, values.allSatisfy({ !$0.isNaN }) else { return nil }
        let sorted = values.sorted()
        let position = Double(sorted.count - 1) * (percent / 100)
        let lowerRank = min(Int(position), sorted.count - 1)
        let upperRank = min(lowerRank + 1, sorted.count - 1)
        let lower = sorted[lowerRank]
        let upper = sorted[upperRank]
        let fraction = position - Double(lowerRank)
        // Also keeps ∞ − ∞ out of the interpolation.
        guard lower < upper, fraction > 0 else { return lower }
        // numpy interpolates from the nearer end, so that the result never leaves the interval.
        return fraction < 0.5 ? lower + (upper - lower) * fraction : upper - (upper - lower) * (1 - fraction)
    }
}
