/// Eigenvalues and eigenvectors of a symmetric matrix, with the same bits on every processor.
///
/// Cyclic Jacobi rotations (Golub and Van Loan, §8.5): +, −, ×, ÷ and √ in a fixed order. ``portableEigenvalues(_:)`` is
/// faster where no vectors are needed.
package struct PortableEigenvectors: Sendable {
    /// Shape `(d)`, in no particular order.
    package private(set) var values: [Double]
    /// Shape `(d, d)`, orthonormal; column i belongs to value i.
    package private(set) var vectors: Matrix

    /// Far more sweeps than matrices take.
    private static let sweepLimit = 60

    /// - Parameter matrix: shape `(d, d)`, finite, symmetric.
    /// - Complexity: O(d³) a sweep, about ten sweeps.
    package init(_ matrix: Matrix) {
        let d = matrix.rowCount
        precondition(matrix.columnCount == d, "eigenvectors of \(d) × \(matrix.columnCount)")
        precondition(
            matrix.elements.allSatisfy { $0.isFinite }, "eigenvectors of a matrix that is not finite")
        var a = matrix
        values = []
        vectors = Matrix(rowCount: d, columnCount: d)
        for index in 0..<d { vectors[index, index] = 1 }
        for _ in 0..<Self.sweepLimit {
            var hasRotated = false
            for p in 0..<d {
                for q in p + 1..<max(d, p + 1) where Self.isLarge(a, p, q) {
                    rotate(&a, p, q)
                    hasRotated = true
                }
            }
            if !hasRotated { break }
        }
        values = (0..<d).map { a[$0, $0] }
    }

    /// Whether an entry still says something beside the diagonal.
    private static func isLarge(_ a: Matrix, _ p: Int, _ q: Int) -> Bool {
        a[p, q].magnitude > 0x1p-53 * (a[p, p].magnitude * a[q, q].magnitude).squareRoot()
            && a[p, q].magnitude > 1e-300
    }

    /// Makes entry (p, q) zero.
    private mutating func rotate(_ a: inout Matrix, _ p: Int, _ q: Int) {
        let d = a.rowCount
        let ratio = (a[q, q] - a[p, p]) / (2 * a[p, q])
        // The smaller of the two angles; for huge ratios the square overflows to ∞ and the tangent to 0.
        let tangent = (ratio < 0 ? -1 : 1) / (ratio.magnitude + (1 + ratio * ratio).squareRoot())
        let cosine = 1 / (1 + tangent * tangent).squareRoot()
        let sine = tangent * cosine
        for k in 0..<d {
            let (x, y) = (a[k, p], a[k, q])
            a[k, p] = cosine * x - sine * y
            a[k, q] = sine * x + cosine * y
        }
        for k in 0..<d {
            let (x, y) = (a[p, k], a[q, k])
            a[p, k] = cosine * x - sine * y
            a[q, k] = sine * x + cosine * y
        }
        a[p, q] = 0
        a[q, p] = 0
        for k in 0..<d {
            let (x, y) = (vectors[k, p], vectors[k, q])
            vectors[k, p] = cosine * x - sine * y
            vectors[k, q] = sine * x + cosine * y
        }
    }

    /// V max(D, floor) Vᵀ, exactly symmetric.
    package func raised(to floor: Double) -> Matrix {
        let d = values.count
        let held = values.map { max($0, floor) }
        var result = Matrix(rowCount: d, columnCount: d)
        for row in 0..<d {
            for column in row..<d {
                var sum = 0.0
                for k in 0..<d { sum += vectors[row, k] * held[k] * vectors[column, k] }
                result[row, column] = sum
                result[column, row] = sum
            }
        }
        return result
    }
}
