package import LinearAlgebra

/// In which units a model reads rows.
package enum CoordinateSystem: String, Sendable, CaseIterable {
    /// Those of the agreed mean and variance of every column.
    case shared
    /// Those of the participant's own centre and spread, drawn to the agreed ones: see ``ColumnSpread``.
    case local
}

/// How columns vary within participants and between them, in shared units: agreed once.
///
/// A participant's own centre and scale are estimates from few rows. Both are drawn to the agreed ones as an empirical
/// Bayes estimate does (Efron and Morris 1973): the centre by g = τ²/(τ² + W/n_s), with τ² the variance of the
/// participants' true centres by the method of moments, the variance as if five rows of the agreed spread W stood by.
/// A column that is constant at one participant so keeps a scale; one that is constant everywhere has `scaleMin`.
package struct ColumnSpread: Sendable, Equatable {
    /// W_j, shape `(d)`, ≥ 0: the variance within participants.
    package let within: [Double]
    /// τ_j², shape `(d)`, ≥ 0: the variance of participants' centres.
    package let between: [Double]

    /// No scale is smaller, in shared units.
    private static let scaleMin = 0.05
    /// Rows of the agreed spread that stand by every participant's own.
    private static let agreedRows = 5.0

    package init(within: [Double], between: [Double]) {
        precondition(within.count == between.count, "\(within.count) and \(between.count) variances")
        self.within = within
        self.between = between
    }

    /// Entries of ``sums(of:)``: for every column n_sj², then 1 or 0, then n_sj v_sj, then n_sj m_sj², with n_sj the
    /// participant's rows that have the cell.
    package static func sumCount(columnCount: Int) -> Int { 4 * columnCount }

    /// A participant's part of the sums; local arithmetic.
    ///
    /// - Parameter rows: shape `(n, d)`, in shared units; NaN where a cell is missing.
    package static func sums(of rows: any RowSource) -> [Double] {
        let moments = Moments(rows)
        var sums = moments.count.map { $0 * $0 }
        sums += moments.count.map { $0 > 0 ? 1.0 : 0 }
        sums += zip(moments.count, moments.variance).map { $0 * $1 }
        sums += zip(moments.count, moments.mean).map { $0 * $1 * $1 }
        return sums
    }

    /// W and τ² from the agreed sums: +, −, ×, ÷ in a fixed order.
    ///
    /// - Parameters:
    ///   - sums: of all participants' ``sums(of:)``.
    ///   - counts: N_j, shape `(d)`: all rows that have the cell. Where they are no more than the participants that have
    ///     any, nothing can be told, and every centre and scale of that column is the agreed one.
    package init(sums: [Double], counts: [Double]) {
        let columnCount = counts.count
        precondition(sums.count == Self.sumCount(columnCount: columnCount), "\(sums.count) sums")
        var within = [Double](repeating: 1, count: columnCount)
        var between = [Double](repeating: 0, count: columnCount)
        for column in 0..<columnCount {
            let (rowCount, holders) = (counts[column], sums[columnCount + column].rounded())
            let weight = rowCount - sums[column] / rowCount
            guard rowCount > holders, weight > 0 else { continue }
            within[column] = max(sums[2 * columnCount + column], 0) / (rowCount - holders)
            let spread = sums[3 * columnCount + column] - (holders - 1) * within[column]
            between[column] = max(spread / weight, 0)
        }
        self.init(within: within, between: between)
    }

    /// A participant's own centre and scale; local arithmetic, private.
    ///
    /// - Parameter rows: shape `(n, d)`, n ≥ 1, in shared units; NaN where a cell is missing. A column without any cell
    ///   takes the agreed centre and spread.
    /// - Returns: in shared units.
    package func standardisation(of rows: any RowSource) -> Standardisation {
        let moments = Moments(rows)
        let centres = within.indices.map { column -> Double in
            guard moments.count[column] > 0 else { return 0 }
            let noise = within[column] / moments.count[column]
            let total = between[column] + noise
            return total > 0 ? between[column] / total * moments.mean[column] : 0
        }
        let scales = within.indices.map { column -> Double in
            let count = moments.count[column]
            let offset = moments.mean[column] - centres[column]
            let own = count * (moments.variance[column] + offset * offset)
            let variance = (own + Self.agreedRows * within[column]) / (count + Self.agreedRows)
            return max(variance.squareRoot(), Self.scaleMin)
        }
        return Standardisation(mean: centres, scale: scales)
    }

    /// Cells of every column, their mean and variance; 0 for a column without any.
    private struct Moments {
        var count: [Double]
        var mean: [Double]
        var variance: [Double]

        init(_ rows: any RowSource) {
            let d = rows.columnCount
            count = [Double](repeating: 0, count: d)
            mean = count
            variance = count
            rows.forEachRow { cells in
                for column in cells.indices where !cells[column].isNaN {
                    count[column] += 1
                    mean[column] += cells[column]
                }
            }
            for column in 0..<d { mean[column] /= max(count[column], 1) }
            rows.forEachRow { cells in
                for column in cells.indices where !cells[column].isNaN {
                    let difference = cells[column] - mean[column]
                    variance[column] += difference * difference
                }
            }
            for column in 0..<d { variance[column] /= max(count[column], 1) }
        }
    }
}
