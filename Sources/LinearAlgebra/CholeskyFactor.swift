/// S = RᵀR with R upper triangular: portable arithmetic in a fixed order, the same bits on every processor.
///
/// Rows of R are eliminated from the rows below (outer-product form), so that each entry is a fixed chain of
/// multiplications and subtractions whatever the width of the vectors used.
package struct CholeskyFactor: Sendable {
    /// R, shape `(d, d)`, zeros below the diagonal.
    package let upper: Matrix

    /// - Parameter symmetric: shape `(d, d)`; only the upper triangle is read.
    /// - Throws: ``LinearAlgebraError/notPositiveDefinite(leadingMinor:)``, also for entries that are not finite.
    /// - Complexity: O(d³/3).
    package init(_ symmetric: Matrix) throws(LinearAlgebraError) {
        let count = symmetric.rowCount
        precondition(
            symmetric.columnCount == count, "a factor of a matrix of \(count) × \(symmetric.columnCount)")
        var elements = symmetric.elements
        for pivot in 0..<count {
            let start = pivot * count
            let diagonal = elements[start + pivot]
            guard diagonal > 0 && diagonal < .infinity else {
                throw .notPositiveDefinite(leadingMinor: pivot + 1)
            }
            let root = diagonal.squareRoot()
            for column in 0..<pivot { elements[start + column] = 0 }
            elements[start + pivot] = root
            for column in (pivot + 1)..<max(count, pivot + 1) { elements[start + column] /= root }
            for row in (pivot + 1)..<max(count, pivot + 1) {
                let factor = elements[start + row]
                if factor == 0 { continue }
                Self.eliminate(&elements, row: row, pivot: pivot, factor: factor, count: count)
            }
        }
        self.upper = Matrix(rowCount: count, columnCount: count, elements: elements)
    }

    /// A factor that is known already.
    ///
    /// - Parameter upper: R, shape `(d, d)`, upper triangular, its diagonal positive.
    package init(upper: Matrix) {
        let count = upper.rowCount
        precondition(upper.columnCount == count, "a factor of \(count) × \(upper.columnCount)")
        precondition((0..<count).allSatisfy { upper[$0, $0] > 0 }, "a factor whose diagonal is not positive")
        self.upper = upper
    }

    /// row[row…] −= factor · pivot row[row…].
    private static func eliminate(
        _ elements: inout [Double], row: Int, pivot: Int, factor: Double, count: Int
    ) {
        var span = elements.mutableSpan
        precondition(span.count == count * count && row > pivot && row < count)
        let target = row &* count
        let source = pivot &* count
        for column in row..<count {
            span[target &+ column] -= factor * span[source &+ column]
        }
    }

    /// The smallest squared diagonal entry of R: a variable's variance given those before it. ∞ for order 0.
    package var smallestPivot: Double {
        var smallest = Double.infinity
        for index in 0..<upper.rowCount {
            smallest = min(smallest, upper[index, index] * upper[index, index])
        }
        return smallest
    }

    /// ln|S|.
    package var logDeterminant: Double {
        var sum = 0.0
        for index in 0..<upper.rowCount { sum += PortableMath.ln(upper[index, index]) }
        return 2 * sum
    }

    /// The x with S x = b.
    ///
    /// - Parameter right: b, shape `(d)`.
    package func solve(_ right: [Double]) -> [Double] {
        let count = upper.rowCount
        precondition(right.count == count, "\(right.count) right-hand sides for order \(count)")
        var x = right
        for row in 0..<count {
            x[row] /= upper[row, row]
            let value = x[row]
            for column in (row + 1)..<max(count, row + 1) { x[column] -= upper[row, column] * value }
        }
        for row in stride(from: count - 1, through: 0, by: -1) {
            var sum = x[row]
            for column in (row + 1)..<max(count, row + 1) { sum -= upper[row, column] * x[column] }
            x[row] = sum / upper[row, row]
        }
        return x
    }

    /// S⁻¹, shape `(d, d)`, exactly symmetric.
    package var inverse: Matrix {
        let count = upper.rowCount
        // X = R⁻¹ by rows from the bottom; then S⁻¹ = X Xᵀ.
        var x = Matrix(rowCount: count, columnCount: count)
        for row in stride(from: count - 1, through: 0, by: -1) {
            let reciprocal = 1 / upper[row, row]
            x[row, row] = reciprocal
            for inner in (row + 1)..<max(count, row + 1) {
                let factor = upper[row, inner] * reciprocal
                for column in inner..<count { x[row, column] -= factor * x[inner, column] }
            }
        }
        var result = Matrix(rowCount: count, columnCount: count)
        for row in 0..<count {
            for column in row..<count {
                var sum = 0.0
                for inner in column..<count { sum += x[row, inner] * x[column, inner] }
                result[row, column] = sum
                result[column, row] = sum
            }
        }
        return result
    }
}
