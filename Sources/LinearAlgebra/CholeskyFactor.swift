/// S = RᵀR with R upper triangular: portable arithmetic in a fixed order, the same bits on every processor.
///
/// The rows of R above are eliminated from each row in turn, so that each entry is a fixed chain of multiplications
/// and subtractions whatever the width of the vectors used.
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
        var row = [Double](repeating: 0, count: count)
        var factors: [Double] = []
        var above: [Int] = []
        for pivot in 0..<count {
            let start = pivot * count
            factors.removeAll(keepingCapacity: true)
            above.removeAll(keepingCapacity: true)
            for earlier in 0..<pivot {
                let factor = elements[earlier * count + pivot]
                if factor == 0 { continue }
                factors.append(factor)
                above.append(earlier)
            }
            for column in pivot..<count { row[column] = elements[start + column] }
            var rest = row.mutableSpan
            RowArithmetic.subtract(
                factors.span, rows: above.span, of: elements.span, first: pivot, from: &rest)
            let diagonal = row[pivot]
            guard diagonal > 0 && diagonal < .infinity else {
                throw .notPositiveDefinite(leadingMinor: pivot + 1)
            }
            let root = diagonal.squareRoot()
            for column in 0..<pivot { elements[start + column] = 0 }
            elements[start + pivot] = root
            for column in (pivot + 1)..<max(count, pivot + 1) { elements[start + column] = row[column] / root }
        }
        self.upper = Matrix(rowCount: count, columnCount: count, elements: elements)
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
    ///
    /// - Complexity: O(d³/3) multiplications.
    package var inverse: Matrix {
        let count = upper.rowCount
        // X = R⁻¹ by rows from the bottom, and its transpose; then S⁻¹ = X Xᵀ.
        var x = [Double](repeating: 0, count: count * count)
        var transposed = x
        var row = [Double](repeating: 0, count: count)
        var factors: [Double] = []
        var below: [Int] = []
        for variable in stride(from: count - 1, through: 0, by: -1) {
            let reciprocal = 1 / upper[variable, variable]
            factors.removeAll(keepingCapacity: true)
            below.removeAll(keepingCapacity: true)
            for inner in (variable + 1)..<max(count, variable + 1) where upper[variable, inner] != 0 {
                factors.append(upper[variable, inner] * reciprocal)
                below.append(inner)
            }
            for column in variable..<count { row[column] = 0 }
            row[variable] = reciprocal
            var rest = row.mutableSpan
            RowArithmetic.subtract(
                factors.span, rows: below.span, of: x.span, shape: .upper, first: variable,
                from: &rest)
            for column in variable..<count {
                x[variable * count + column] = row[column]
                transposed[column * count + variable] = row[column]
            }
        }
        var result = Matrix(rowCount: count, columnCount: count)
        for variable in 0..<count {
            factors.removeAll(keepingCapacity: true)
            below.removeAll(keepingCapacity: true)
            for inner in variable..<count where x[variable * count + inner] != 0 {
                factors.append(-x[variable * count + inner])
                below.append(inner)
            }
            for column in variable..<count { row[column] = 0 }
            var rest = row.mutableSpan
            RowArithmetic.subtract(
                factors.span, rows: below.span, of: transposed.span, shape: .lower,
                first: variable, from: &rest)
            for column in variable..<count {
                result.elements[variable * count + column] = row[column]
                result.elements[column * count + variable] = row[column]
            }
        }
        return result
    }
}
