import COpenBLAS

/// Eigenvalues and eigenvectors of a symmetric matrix.
package struct SymmetricEigen: Sendable {
    /// Ascending, shape `(d)`.
    package let values: [Double]
    /// Column i is the unit eigenvector of `values[i]`, shape `(d, d)`.
    package let vectors: Matrix

    /// LAPACK `dsyevd`. Local arithmetic.
    ///
    /// - Parameter matrix: shape `(d, d)`, finite; only the upper triangle is read.
    package init(_ matrix: Matrix) {
        let count = matrix.rowCount
        precondition(matrix.columnCount == count, "eigenvectors of \(count) × \(matrix.columnCount)")
        precondition(
            matrix.elements.allSatisfy { $0.isFinite }, "eigenvectors of a matrix that is not finite")
        precondition(BLASLibrary.isSingleThreaded)
        var elements = matrix.elements
        var found = [Double](repeating: 0, count: count)
        if count > 0 {
            let order = BLASLibrary.index(count)
            // SAFETY: `elements` holds order² and `found` order initialised doubles, distinct arrays; none is kept.
            let info = unsafe elements.withUnsafeMutableBufferPointer { buffer in
                unsafe found.withUnsafeMutableBufferPointer { values in
                    unsafe LAPACKE_dsyevd(
                        LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")), order,
                        buffer.baseAddress, order, values.baseAddress)
                }
            }
            precondition(info == 0, "dsyevd returned \(info) for order \(order)")
        }
        values = found
        vectors = Matrix(rowCount: count, columnCount: count, elements: elements)
    }
}

/// The singular values of a matrix with at least as many rows as columns, and its right singular vectors.
package struct RightSingularVectors: Sendable {
    /// Descending, shape `(d)`.
    package let values: [Double]
    /// Row i is the right singular vector of `values[i]`, shape `(d, d)`.
    package let vectors: Matrix

    /// LAPACK `dgesdd`. Local arithmetic.
    ///
    /// - Parameter matrix: shape `(n, d)`, n ≥ d ≥ 1, finite.
    package init(_ matrix: Matrix) {
        let rowCount = matrix.rowCount
        let count = matrix.columnCount
        precondition(rowCount >= count && count >= 1, "singular vectors of \(rowCount) × \(count)")
        precondition(
            matrix.elements.allSatisfy { $0.isFinite }, "singular vectors of a matrix that is not finite")
        precondition(BLASLibrary.isSingleThreaded)
        var elements = matrix.elements
        var found = [Double](repeating: 0, count: count)
        var right = [Double](repeating: 0, count: count * count)
        let (rows, columns) = (BLASLibrary.index(rowCount), BLASLibrary.index(count))
        // SAFETY: with job O and n ≥ d, U overwrites `elements` (n·d), `found` holds d and `right` d² initialised
        // doubles; U itself is not referenced. Distinct arrays; none is kept.
        let info = unsafe elements.withUnsafeMutableBufferPointer { buffer in
            unsafe found.withUnsafeMutableBufferPointer { values in
                unsafe right.withUnsafeMutableBufferPointer { vectors in
                    unsafe LAPACKE_dgesdd(
                        LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "O")), rows, columns, buffer.baseAddress,
                        columns,
                        values.baseAddress, nil, columns, vectors.baseAddress, columns)
                }
            }
        }
        precondition(info == 0, "dgesdd returned \(info) for \(rows) × \(columns)")
        values = found
        vectors = Matrix(rowCount: count, columnCount: count, elements: right)
    }
}

/// The x of smallest norm that minimises ‖A x − b‖ for every column b of a right-hand side (LAPACK `dgelsd`, truncated
/// singular values). Local arithmetic.
///
/// - Parameters:
///   - matrix: A, shape `(n, d)`, n, d ≥ 1, finite.
///   - right: shape `(n, m)`, m ≥ 1, finite.
///   - relativeThreshold: singular values below this fraction of the largest count as 0.
/// - Returns: shape `(d, m)`.
package func leastSquares(_ matrix: Matrix, _ right: Matrix, relativeThreshold: Double) -> Matrix {
    let (rowCount, count, sides) = (matrix.rowCount, matrix.columnCount, right.columnCount)
    precondition(
        right.rowCount == rowCount && rowCount >= 1 && count >= 1 && sides >= 1,
        "least squares of \(rowCount) × \(count) against \(right.rowCount) × \(sides)")
    precondition((matrix.elements + right.elements).allSatisfy { $0.isFinite }, "least squares not finite")
    precondition(BLASLibrary.isSingleThreaded)
    var elements = matrix.elements
    // dgelsd returns d rows where it took n.
    let height = max(rowCount, count)
    var solution = right.elements + [Double](repeating: 0, count: (height - rowCount) * sides)
    var singular = [Double](repeating: 0, count: min(rowCount, count))
    var rank: Int32 = 0
    let (rows, columns, width) = (
        BLASLibrary.index(rowCount), BLASLibrary.index(count), BLASLibrary.index(sides)
    )
    // SAFETY: `elements` holds n·d, `solution` max(n, d)·m and `singular` min(n, d) initialised doubles; distinct
    // arrays, none kept.
    let info = unsafe elements.withUnsafeMutableBufferPointer { a in
        unsafe solution.withUnsafeMutableBufferPointer { b in
            unsafe singular.withUnsafeMutableBufferPointer { s in
                unsafe LAPACKE_dgelsd(
                    LAPACK_ROW_MAJOR, rows, columns, width, a.baseAddress, columns, b.baseAddress, width,
                    s.baseAddress, relativeThreshold, &rank)
            }
        }
    }
    precondition(info == 0, "dgelsd returned \(info) for \(rows) × \(columns)")
    return Matrix(rowCount: count, columnCount: sides, elements: Array(solution.prefix(count * sides)))
}
