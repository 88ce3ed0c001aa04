package import LinearAlgebra

/// The agreed centre and unit of every column.
package struct Standardisation: Sendable, Equatable {
    /// A value further out is held here, so that its square, times any precision, stays finite.
    private static let farthest = 1e100

    /// Shape `(d)`.
    package let mean: [Double]
    /// Shape `(d)`, > 0; 1 for a column that is constant everywhere.
    package let scale: [Double]

    package init(mean: [Double], scale: [Double]) {
        precondition(mean.count == scale.count, "\(mean.count) means for \(scale.count) scales")
        precondition(scale.allSatisfy { $0 > 0 && $0.isFinite }, "scales are positive and finite")
        self.mean = mean
        self.scale = scale
    }

    /// This one, then another on its units: one standardisation of raw rows.
    ///
    /// - Parameter second: of as many columns, in this one's units.
    package func followed(by second: Standardisation) -> Standardisation {
        precondition(
            second.mean.count == mean.count, "\(second.mean.count) columns after \(mean.count)")
        return Standardisation(
            mean: mean.indices.map { mean[$0] + scale[$0] * second.mean[$0] },
            scale: mean.indices.map { scale[$0] * second.scale[$0] })
    }

    /// (x − mean)/scale, column by column, for scoring: nothing is clipped.
    ///
    /// - Parameter rows: shape (n, d); NaN where a cell is missing, finite elsewhere.
    /// - Returns: shape (n, d), NaN in the same cells.
    package func applied(to rows: Matrix) -> Matrix {
        applied(to: rows, limit: Self.farthest)
    }

    /// (x − mean)/scale, column by column, held within ±`limit`, for training.
    ///
    /// - Parameters:
    ///   - rows: shape (n, d); NaN where a cell is missing, finite elsewhere.
    ///   - limit: the box, > 0.
    /// - Returns: shape (n, d), NaN in the same cells.
    package func applied(to rows: Matrix, limit: Double) -> Matrix {
        precondition(rows.columnCount == mean.count, "\(rows.columnCount) columns for \(mean.count) means")
        precondition(limit > 0, "a limit of \(limit)")
        var result = rows
        var index = 0
        for _ in 0..<rows.rowCount {
            for column in mean.indices {
                let value = (rows.elements[index] - mean[column]) / scale[column]
                // No comparison holds for NaN, so that a missing cell stays one.
                var held = value
                if value > limit { held = limit }
                if value < -limit { held = -limit }
                result.elements[index] = held
                index += 1
            }
        }
        return result
    }

    /// How many values ``applied(to:limit:)`` holds back.
    package func clippedCount(of rows: any RowSource, limit: Double) -> Int {
        precondition(rows.columnCount == mean.count, "\(rows.columnCount) columns for \(mean.count) means")
        var count = 0
        rows.forEachRow { cells in
            for column in cells.indices where abs((cells[column] - mean[column]) / scale[column]) > limit {
                count += 1
            }
        }
        return count
    }
}
