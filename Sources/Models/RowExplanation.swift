/// Why a row has the score it has, in standardised units.
package struct RowExplanation: Sendable, Equatable {
    /// How much each pattern explains the row: r_k, slot by slot, sum 1; empty for kinds without patterns.
    package let patternWeights: [Double]
    /// −ln p(x_i | x_−i) of each column, shape `(d)`: large where the cell does not fit the others. Not a split of the
    /// score: a broken dependency shows at every column that takes part in it.
    package let contributions: [Double]
    /// What each cell should be, given the others.
    package let expected: [Double]
    /// Standard deviation of each cell, given the others, > 0.
    package let deviation: [Double]
    /// The centre the row is nearest to: the mean of the pattern with the largest weight, or the reconstruction.
    package let centre: [Double]

    package init(
        patternWeights: [Double], contributions: [Double], expected: [Double], deviation: [Double],
        centre: [Double]
    ) {
        let d = contributions.count
        precondition(
            expected.count == d && deviation.count == d && centre.count == d,
            "\(d) contributions, \(expected.count) expected cells, \(deviation.count) deviations, \(centre.count) cells of a centre"
        )
        self.patternWeights = patternWeights
        self.contributions = contributions
        self.expected = expected
        self.deviation = deviation
        self.centre = centre
    }
}
