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
        var factors = [Double](repeating: 0, count: count)
        var above = [Int](repeating: 0, count: count)
        for pivot in 0..<count {
            let start = pivot * count
            let height = Self.collect(elements.span, column: pivot, factors: &factors, rows: &above)
            Self.copy(elements.span.extracting(start..<start + count), to: &row)
            var rest = row.mutableSpan
            RowArithmetic.subtract(
                factors.span.extracting(0..<height), rows: above.span.extracting(0..<height),
                of: elements.span, first: pivot, from: &rest)
            let diagonal = row[pivot]
            guard diagonal > 0 && diagonal < .infinity else {
                throw .notPositiveDefinite(leadingMinor: pivot + 1)
            }
            var whole = elements.mutableSpan
            var place = whole._mutatingExtracting(start..<start + count)
            Self.finish(row.span, pivot: pivot, root: diagonal.squareRoot(), into: &place)
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

    /// The entries of a column above the diagonal that are not zero, and their rows. Returns how many.
    private static func collect(
        _ elements: Span<Double>, column: Int, factors: inout [Double], rows: inout [Int]
    ) -> Int {
        var values = factors.mutableSpan
        var places = rows.mutableSpan
        let count = values.count
        var found = 0
        for row in 0..<column {
            let entry = elements[row &* count &+ column]
            if entry == 0 { continue }
            values[found] = entry
            places[found] = row
            found &+= 1
        }
        return found
    }

    private static func copy(_ source: Span<Double>, to row: inout [Double]) {
        var target = row.mutableSpan
        precondition(source.count == target.count)
        for column in 0..<target.count { target[column] = source[column] }
    }

    /// A row of R: zeros, the root of the pivot, and the rest divided by it.
    private static func finish(
        _ row: Span<Double>, pivot: Int, root: Double, into place: inout MutableSpan<Double>
    ) {
        let count = row.count
        precondition(place.count == count, "\(place.count) entries for a row of \(count)")
        for column in 0..<pivot { place[column] = 0 }
        place[pivot] = root
        let source = row.extracting(pivot + 1..<count)
        var rest = place._mutatingExtracting(pivot + 1..<count)
        for column in 0..<rest.count { rest[column] = source[column] / root }
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
        var result = [Double](repeating: 0, count: count * count)
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
                result[variable * count + column] = row[column]
                result[column * count + variable] = row[column]
            }
        }
        return Matrix(rowCount: count, columnCount: count, elements: result)
    }
}
