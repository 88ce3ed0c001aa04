import LinearAlgebra

/// How wide the posteriors are that a release is drawn from, and how many patterns it can hold, from public numbers alone:
/// rows N, columns M, patterns K.
///
/// A released mixture has p = K(M + 2) + M numbers: centres, a variance and a weight a pattern, a scale a column. Each is an
/// average over rows, known to σ/√N beforehand, and gets noise s times that. A row learnt from has pulled number j by t_j/N,
/// where t_j has mean 0 and deviation σ_j over rows; the best linear guess of who was learnt from adds the pulls up in units
/// of the noise, and its two means lie d = √(p/N)/s of its deviations apart for a row of usual length. Its advantage (true
/// less false positives) is 2Φ(d/2) − 1 ≤ d/√(2π), so that
///
///     s = √(p/(2πN))/advantage
///
/// holds it to the advantage *on average over rows that are distributed like the model*. It bounds no single row's: a row far
/// out has pulled more. That needs a bound on every row and noise in learning itself (`privacy.dp`).
package struct ReleaseNoise: Sendable, Equatable {
    /// M.
    package let columnCount: Int
    /// K.
    package let patternCount: Int
    /// N of all patterns together.
    package let rowCount: Double
    /// s ≥ the paper's 1, unless it was given.
    package let scale: Double

    /// The most noise of a centre's column, in deviations of its pattern: at ½ the noise adds a quarter to a row's mean square
    /// distance. More patterns than that allows are merged.
    package static let centreDeviationMax = 0.5

    /// The noise of a scale that was given.
    ///
    /// - Precondition: counts and scale are positive and finite.
    package init(columnCount: Int, patternCount: Int, rowCount: Double, scale: Double) {
        precondition(
            columnCount > 0 && patternCount > 0, "\(patternCount) patterns of \(columnCount) columns")
        precondition(rowCount > 0 && rowCount.isFinite, "\(rowCount) rows")
        precondition(scale > 0 && scale.isFinite, "a scale of \(scale)")
        self.columnCount = columnCount
        self.patternCount = patternCount
        self.rowCount = rowCount
        self.scale = scale
    }

    /// The noise that holds the mean advantage.
    ///
    /// - Parameter advantage: above 0, at most 1.
    package init(columnCount: Int, patternCount: Int, rowCount: Double, advantage: Double) {
        precondition(advantage > 0 && advantage <= 1, "an advantage of \(advantage)")
        let numbers = Self.numberCount(columnCount: columnCount, patternCount: patternCount)
        self.init(
            columnCount: columnCount, patternCount: patternCount, rowCount: rowCount,
            scale: max(1, Self.distance(numbers, rowCount) / Self.rootTwoPi / advantage))
    }

    /// The noise of the most patterns, of `limit`, its halves, quarters, … and 1, whose centres stay clear enough.
    package static func ofMostPatterns(
        limit: Int, _ noise: (_ patternCount: Int) -> ReleaseNoise
    ) -> ReleaseNoise {
        precondition(limit > 0, "\(limit) patterns")
        var patternCount = limit
        while patternCount > 1 {
            let found = noise(patternCount)
            if found.centreDeviation <= centreDeviationMax { return found }
            patternCount /= 2
        }
        return noise(1)
    }

    /// p.
    package var numberCount: Int {
        Self.numberCount(columnCount: columnCount, patternCount: patternCount)
    }

    /// The mean advantage that the noise holds to, at most 1.
    package var advantage: Double {
        min(1, Self.distance(numberCount, rowCount) / Self.rootTwoPi / scale)
    }

    /// The noise of a centre's column, in deviations of a pattern of N/K rows.
    package var centreDeviation: Double { scale * (Double(patternCount) / rowCount).squareRoot() }

    /// The noise of the logarithm of a column's scale.
    package var unitDeviation: Double { scale / (2 * rowCount).squareRoot() }

    private static let rootTwoPi = 2.506_628_274_631_000_5

    private static func numberCount(columnCount: Int, patternCount: Int) -> Int {
        patternCount * (columnCount + 2) + columnCount
    }

    /// √(p/N).
    private static func distance(_ numberCount: Int, _ rowCount: Double) -> Double {
        (Double(numberCount) / rowCount).squareRoot()
    }
}
