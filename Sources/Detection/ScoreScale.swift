/// The common unit of a reading: where it stands on the training rows of all participants, and how far it spreads.
///
/// Readings of different models are logarithms of densities in different coordinates; their median and 90 % quantile
/// bring them to one scale on which they can be compared and added up.
package struct ScoreScale: Sendable, Equatable {
    /// The median over all training rows.
    package let median: Double
    /// The 90 % quantile less the median, > 0.
    package let spread: Double

    /// - Precondition: finite, `spread` > 0.
    package init(median: Double, spread: Double) {
        precondition(median.isFinite && spread > 0 && spread.isFinite, "a scale of \(median) and \(spread)")
        self.median = median
        self.spread = spread
    }

    /// A standardised reading as a distance: 0 for 0, 1 for 1, and growing with its root.
    ///
    /// Readings are squares of distances; in the mean of several, one reading of thousands would be all that counts.
    package static func distance(_ standardised: Double) -> Double {
        ((max(standardised, -1) + 1).squareRoot() - 1) / (2.0.squareRoot() - 1)
    }

    /// (reading − median)/spread: 0 for an average row, 1 for one that is odder than nine of ten.
    package func standardised(_ reading: Double) -> Double { (reading - median) / spread }
}
