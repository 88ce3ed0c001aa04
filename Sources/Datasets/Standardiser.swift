package import LinearAlgebra

/// (x − mean) / scale, column by column.
///
/// - Parameters:
///   - rows: shape `(n, d)`, finite.
///   - mean: shape `(d)`.
///   - scale: shape `(d)`, > 0; 1 for a column that is constant everywhere.
///   - limit: for training, the box ±`limit` that no value may leave; nil for scoring, which clips nothing.
///     (A value further than 1e100 units out is taken to 1e100 then, so that its square stays finite.)
/// - Returns: shape `(n, d)`, finite, and the number of values the box held back, 0 without a limit.
package func standardise(
    rows: Matrix, mean: [Double], scale: [Double], limit: Double?
) -> (rows: Matrix, clippedCount: Int) {
    let columnCount = rows.columnCount
    precondition(
        mean.count == columnCount && scale.count == columnCount,
        "\(mean.count) means and \(scale.count) scales for \(columnCount) columns")
    precondition(limit.map { $0 > 0 } ?? true, "a limit of \(limit ?? 0)")
    let bound = limit ?? farthest
    var elements = rows.elements
    var clippedCount = 0
    var index = 0
    for _ in 0..<rows.rowCount {
        for column in 0..<columnCount {
            let value = (elements[index] - mean[column]) / scale[column]
            let held = min(max(value, -bound), bound)
            if held != value { clippedCount += 1 }
            elements[index] = held
            index += 1
        }
    }
    return (
        Matrix(rowCount: rows.rowCount, columnCount: columnCount, elements: elements),
        limit == nil ? 0 : clippedCount
    )
}

/// The square, times any precision a model can have, is still finite.
private let farthest = 1e100
