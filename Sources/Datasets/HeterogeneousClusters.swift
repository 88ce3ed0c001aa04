import LinearAlgebra

/// Rows for simulations: shared Gaussian patterns that every participant mixes in its own proportions.
///
/// A pattern is a Gaussian Markov tree: each column but a root depends on one other column, so that the
/// precision has d − 1 non-zero entries above its diagonal; every column has variance 1 around the pattern's
/// centre. A participant draws its weights from Dirichlet(½, …), `rows` training rows and half as many test
/// rows. A tenth of these are anomalies: each of their cells is taken from another row, so that the margins
/// are right and the dependencies broken.
///
/// The same arguments give the same bits on every machine, and a participant's rows do not depend on how many
/// participants there are.
package enum HeterogeneousClusters {
    /// Centres are normal with this standard deviation, in units of a pattern's own.
    private static let centreSpread = 2.0
    /// The correlation of two columns that depend on each other lies between these, with either sign.
    private static let correlations = 0.6...0.95
    private static let anomalyShare = 0.1

    /// Makes all participants' rows.
    ///
    /// - Parameters:
    ///   - participantCount: ≥ 1; they are called p00, p01, ….
    ///   - rows: training rows of each, ≥ 1.
    ///   - columns: ≥ 1.
    ///   - clusters: shared patterns, ≥ 1.
    ///   - seed: of everything here.
    package static func generate(
        participantCount: Int, rows: Int, columns: Int, clusters: Int, seed: UInt64
    ) -> [ParticipantData] {
        precondition(
            participantCount >= 1 && rows >= 1 && columns >= 1 && clusters >= 1,
            "\(participantCount) participants, \(rows) rows, \(columns) columns, \(clusters) clusters")
        var generator = SeededGenerator(seed: seed, label: "heterogeneous-clusters patterns")
        let patterns = (0..<clusters).map { _ in TreePattern(columnCount: columns, using: &generator) }
        return (0..<participantCount).map { index in
            participant(index, patterns: patterns, rowCount: rows, columnCount: columns, seed: seed)
        }
    }

    private static func participant(
        _ index: Int, patterns: [TreePattern], rowCount: Int, columnCount: Int, seed: UInt64
    ) -> ParticipantData {
        let stream = "heterogeneous-clusters participant \(index)"
        var weightGenerator = SeededGenerator(seed: seed, label: stream + " weights")
        var trainGenerator = SeededGenerator(seed: seed, label: stream + " train")
        var testGenerator = SeededGenerator(seed: seed, label: stream + " test")
        let weights = dirichletHalf(count: patterns.count, using: &weightGenerator)
        let train = mix(
            patterns, weights: weights, rowCount: rowCount, columnCount: columnCount, using: &trainGenerator)
        let normal = mix(
            patterns, weights: weights, rowCount: rowCount / 2, columnCount: columnCount,
            using: &testGenerator)
        let (test, labels) = withAnomalies(normal, using: &testGenerator)
        let digits = String(index)
        return ParticipantData(
            name: "p" + (digits.count < 2 ? "0" : "") + digits, train: train, test: test, testLabels: labels)
    }

    /// A draw from Dirichlet(½, …, ½): a squared normal is twice a draw from Gamma(½).
    private static func dirichletHalf(
        count: Int, using generator: inout some RandomNumberGenerator
    ) -> [Double] {
        let squares = NormalSampler.sample(count: count, using: &generator).map { $0 * $0 }
        let total = squares.reduce(0, +)
        return squares.map { $0 / total }
    }

    private static func mix(
        _ patterns: [TreePattern], weights: [Double], rowCount: Int, columnCount: Int,
        using generator: inout some RandomNumberGenerator
    ) -> Matrix {
        var elements: [Double] = []
        elements.reserveCapacity(rowCount * columnCount)
        for _ in 0..<rowCount {
            var rest = unit(using: &generator)
            var chosen = 0
            while chosen < weights.count - 1, rest >= weights[chosen] {
                rest -= weights[chosen]
                chosen += 1
            }
            elements += patterns[chosen].sample(using: &generator)
        }
        return Matrix(rowCount: rowCount, columnCount: columnCount, elements: elements)
    }

    /// Turns a tenth of the rows, at least one of two, into anomalies at random places.
    private static func withAnomalies(
        _ normal: Matrix, using generator: inout some RandomNumberGenerator
    ) -> (rows: Matrix, labels: [Bool]) {
        let rowCount = normal.rowCount
        var labels = [Bool](repeating: false, count: rowCount)
        guard rowCount >= 2 else { return (normal, labels) }
        var rows = normal
        let anomalyCount = max(1, Int((Double(rowCount) * anomalyShare).rounded()))
        for row in permutation(of: rowCount, using: &generator).prefix(anomalyCount) {
            labels[row] = true
            for column in 0..<normal.columnCount {
                let drawn = Int(uniform(below: UInt64(rowCount - 1), using: &generator))
                rows[row, column] = normal[drawn < row ? drawn : drawn + 1, column]
            }
        }
        return (rows, labels)
    }

    /// A Gaussian whose columns depend on each other along a random tree.
    private struct TreePattern {
        /// The columns, each after the one it depends on.
        let order: [Int]
        /// By column: the column it depends on; the root's is its own.
        let parents: [Int]
        /// By column: the correlation with the parent; 0 for the root.
        let slopes: [Double]
        /// By column.
        let centre: [Double]

        init(columnCount: Int, using generator: inout some RandomNumberGenerator) {
            order = permutation(of: columnCount, using: &generator)
            var parents = Array(0..<columnCount)
            var slopes = [Double](repeating: 0, count: columnCount)
            for (position, column) in order.enumerated().dropFirst() {
                parents[column] = order[Int(uniform(below: UInt64(position), using: &generator))]
                let width = correlations.upperBound - correlations.lowerBound
                let size = correlations.lowerBound + width * unit(using: &generator)
                slopes[column] = generator.next() >> 63 == 0 ? size : -size
            }
            self.parents = parents
            self.slopes = slopes
            centre = NormalSampler.sample(count: columnCount, using: &generator).map { $0 * centreSpread }
        }

        /// One row; every column has variance 1.
        func sample(using generator: inout some RandomNumberGenerator) -> [Double] {
            let noise = NormalSampler.sample(count: order.count, using: &generator)
            var offsets = [Double](repeating: 0, count: order.count)
            for column in order {
                let slope = slopes[column]
                offsets[column] =
                    slope * offsets[parents[column]] + (1 - slope * slope).squareRoot() * noise[column]
            }
            return offsets.indices.map { centre[$0] + offsets[$0] }
        }
    }

    /// Uniform in [0, 1), on the grid of 2⁻⁵³.
    private static func unit(using generator: inout some RandomNumberGenerator) -> Double {
        Double(generator.next() >> 11) * 0x1p-53
    }
}
