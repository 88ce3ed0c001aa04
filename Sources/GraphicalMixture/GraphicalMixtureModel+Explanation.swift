import LinearAlgebra
package import Models

extension GraphicalMixtureModel {
    /// Why a row has its score: its patterns, and how each cell fits the others.
    ///
    /// Under one pattern, x_i given the other cells is Gaussian with variance 1/Λ_ii and mean
    /// x_i − (Λ(x − μ))_i / Λ_ii; hence −ln p(x_i | x_−i, k) = ½ [ln 2π − ln Λ_ii + (Λ(x − μ))_i² / Λ_ii], averaged
    /// here with the row's r_k. A missing cell counts at its conditional mean: it explains nothing and its
    /// contribution is 0.
    ///
    /// - Parameter row: shape `(d)`, standardised; NaN where a cell is missing, finite elsewhere.
    package func explanation(of row: [Double]) -> RowExplanation? {
        precondition(row.count == columnCount, "\(row.count) cells for \(columnCount) columns")
        let d = columnCount
        let missing = row.indices.filter { row[$0].isNaN }
        var logDensities: [Double] = []
        var completed: [[Double]] = []
        var slots: [Int] = []
        for (slot, pattern) in patterns.enumerated() {
            guard let pattern, weights[slot] > 0 else { continue }
            var cells = row
            let logDensity = logDensity(of: &cells, under: pattern, missing: missing)
            logDensities.append(PortableMath.ln(weights[slot]) + logDensity)
            completed.append(cells)
            slots.append(slot)
        }
        let largest = logDensities.max() ?? 0
        let powers = logDensities.map { PortableMath.exp($0 - largest) }
        let total = powers.reduce(0, +)
        var sums = ExplanationSums(columnCount: d)
        var patternWeights = [Double](repeating: 0, count: slotCount)
        for (position, slot) in slots.enumerated() {
            let r = powers[position] / total
            patternWeights[slot] = r
            guard let pattern = patterns[slot], r > 0 else { continue }
            sums.add(pattern, completed[position], weight: r)
        }
        for column in missing { sums.contributions[column] = 0 }
        let nearest = slots.indices.max { powers[$0] < powers[$1] } ?? 0
        return RowExplanation(
            patternWeights: patternWeights, contributions: sums.contributions, expected: sums.expected,
            deviation: sums.deviation,
            centre: patterns[slots[nearest]]?.mean ?? [])
    }

    /// ln N(x_O | k), with the missing cells filled in.
    private func logDensity(
        of cells: inout [Double], under pattern: MixturePattern, missing: [Int]
    ) -> Double {
        guard missing.isEmpty else {
            var view = MarginalView([pattern])
            view.look(at: cells.span)
            let logDensity = view.logDensity(cells.span, under: 0)
            view.fill(&cells, under: 0)
            return logDensity
        }
        let logTwoPi = 1.837_877_066_409_345_483_56
        var square = 0.0
        for i in cells.indices {
            var product = 0.0
            for j in cells.indices { product += pattern.precision[i, j] * (cells[j] - pattern.mean[j]) }
            square += (cells[i] - pattern.mean[i]) * product
        }
        return 0.5 * (pattern.logDeterminant - Double(columnCount) * logTwoPi - square)
    }
}

/// Averages over patterns of what each cell's conditional distribution says.
private struct ExplanationSums {
    var contributions: [Double]
    var expected: [Double]
    private var parts: [(weight: Double, means: [Double], variances: [Double])] = []

    init(columnCount: Int) {
        contributions = [Double](repeating: 0, count: columnCount)
        expected = contributions
    }

    mutating func add(_ pattern: MixturePattern, _ x: [Double], weight: Double) {
        let logTwoPi = 1.837_877_066_409_345_483_56
        var (means, variances) = (x, x)
        for i in x.indices {
            var pull = 0.0
            for j in x.indices { pull += pattern.precision[i, j] * (x[j] - pattern.mean[j]) }
            let precision = pattern.precision[i, i]
            means[i] = x[i] - pull / precision
            variances[i] = 1 / precision
            contributions[i] +=
                weight * 0.5 * (logTwoPi - PortableMath.ln(precision) + pull * pull / precision)
            expected[i] += weight * means[i]
        }
        parts.append((weight, means, variances))
    }

    /// √Var of each cell: the patterns' variances and how far their means are apart. Squares of differences, as those
    /// of means would cancel for rows far away.
    var deviation: [Double] {
        var variance = [Double](repeating: 0, count: expected.count)
        for part in parts {
            for i in variance.indices {
                let apart = part.means[i] - expected[i]
                variance[i] += part.weight * (part.variances[i] + apart * apart)
            }
        }
        return variance.map { $0.squareRoot() }
    }
}
