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

    /// Entries of ``sums(of:)``: n_s², then n_s v_sj, then n_s m_sj².
    package static func sumCount(columnCount: Int) -> Int { 1 + 2 * columnCount }

    /// A participant's part of the sums; local arithmetic.
    ///
    /// - Parameter rows: shape `(n, d)`, in shared units.
    package static func sums(of rows: Matrix) -> [Double] {
        let moments = Moments(rows)
        let count = Double(rows.rowCount)
        return [count * count] + moments.variance.map { count * $0 } + moments.mean.map { count * $0 * $0 }
    }

    /// W and τ² from the agreed sums: +, −, ×, ÷ in a fixed order.
    ///
    /// - Parameters:
    ///   - sums: of all participants' ``sums(of:)``.
    ///   - rowCount: N.
    ///   - participantCount: S ≥ 1. With no more rows than participants nothing can be told, and every centre and scale
    ///     is the agreed one.
    package init(sums: [Double], rowCount: Double, participantCount: Int) {
        let columnCount = (sums.count - 1) / 2
        precondition(sums.count == Self.sumCount(columnCount: columnCount), "\(sums.count) sums")
        let participants = Double(participantCount)
        let weight = rowCount - sums[0] / rowCount
        guard rowCount > participants, weight > 0 else {
            self.init(
                within: [Double](repeating: 1, count: columnCount),
                between: [Double](repeating: 0, count: columnCount))
            return
        }
        let within = (0..<columnCount).map { max(sums[1 + $0], 0) / (rowCount - participants) }
        let between = (0..<columnCount).map { column in
            max((sums[1 + columnCount + column] - (participants - 1) * within[column]) / weight, 0)
        }
        self.init(within: within, between: between)
    }

    /// A participant's own centre and scale; local arithmetic, private.
    ///
    /// - Parameter rows: shape `(n, d)`, n ≥ 1, in shared units.
    /// - Returns: in shared units.
    package func standardisation(of rows: Matrix) -> Standardisation {
        let moments = Moments(rows)
        let count = Double(rows.rowCount)
        let centres = within.indices.map { column -> Double in
            let noise = within[column] / count
            let total = between[column] + noise
            return total > 0 ? between[column] / total * moments.mean[column] : 0
        }
        let scales = within.indices.map { column -> Double in
            let offset = moments.mean[column] - centres[column]
            let own = count * (moments.variance[column] + offset * offset)
            let variance = (own + Self.agreedRows * within[column]) / (count + Self.agreedRows)
            return max(variance.squareRoot(), Self.scaleMin)
        }
        return Standardisation(mean: centres, scale: scales)
    }

    /// Mean and variance of every column.
    private struct Moments {
        var mean: [Double]
        var variance: [Double]

        init(_ rows: Matrix) {
            let (count, d) = (Double(max(rows.rowCount, 1)), rows.columnCount)
            mean = [Double](repeating: 0, count: d)
            variance = mean
            for row in 0..<rows.rowCount {
                for column in 0..<d { mean[column] += rows.elements[row * d + column] }
            }
            for column in 0..<d { mean[column] /= count }
            for row in 0..<rows.rowCount {
                for column in 0..<d {
                    let difference = rows.elements[row * d + column] - mean[column]
                    variance[column] += difference * difference
                }
            }
            for column in 0..<d { variance[column] /= count }
        }
    }
}
