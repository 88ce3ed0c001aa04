import COpenBLAS

/// The only door to OpenBLAS: local arithmetic, whose bits may differ between processors.
///
/// Every function checks shapes before a pointer is formed, and no pointer leaves its closure.
enum BLASLibrary {
    /// Touched before every call: our threads are by rows, the library itself runs on one.
    static let isSingleThreaded: Bool = {
        openblas_set_num_threads(1)
        return true
    }()

    /// `count` as the library's index type.
    static func index(_ count: Int) -> Int32 {
        precondition(count >= 0 && count <= Int(Int32.max), "\(count) is no index of the library")
        return Int32(count)
    }
}

/// The eigenvalues of a symmetric matrix, ascending (LAPACK `dsyevd`). Local arithmetic.
///
/// - Parameter matrix: shape `(d, d)`, finite; only the upper triangle is read.
package func symmetricEigenvalues(_ matrix: Matrix) -> [Double] {
    let count = matrix.rowCount
    precondition(
        matrix.columnCount == count, "eigenvalues of a matrix of \(count) × \(matrix.columnCount)")
    precondition(matrix.elements.allSatisfy { $0.isFinite }, "eigenvalues of a matrix that is not finite")
    guard count > 0 else { return [] }
    precondition(BLASLibrary.isSingleThreaded)
    let order = BLASLibrary.index(count)
    var elements = matrix.elements
    var values = [Double](repeating: 0, count: count)
    // SAFETY: `elements` holds order² and `values` order initialised doubles, distinct arrays; no pointer is kept.
    let info = unsafe elements.withUnsafeMutableBufferPointer { buffer in
        unsafe values.withUnsafeMutableBufferPointer { found in
            unsafe LAPACKE_dsyevd(
                LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "U")), order,
                buffer.baseAddress, order, found.baseAddress)
        }
    }
    precondition(info == 0, "dsyevd returned \(info) for order \(order)")
    return values
}

/// The processor that OpenBLAS computes for: the environment can name another one than there is.
package enum BLASCore {
    /// OpenBLAS's own name, such as `SkylakeX`.
    package static var name: String {
        precondition(BLASLibrary.isSingleThreaded)
        // SAFETY: the library returns a constant, NUL-terminated string.
        return unsafe String(cString: openblas_get_corename())
    }

    /// Whether the kernels of `name` use narrower vectors than this processor has.
    package static var isBehindProcessor: Bool {
        arithmetic(of: name).rawValue < KernelLevel.best.rawValue
    }

    /// The width of the vectors in a core's kernels, in terms of our own.
    static func arithmetic(of name: String) -> KernelLevel {
        switch name.lowercased() {
        case "skylakex", "cooperlake", "sapphirerapids": .avx512
        case "haswell", "zen", "excavator": .avx2
        default: .portable
        }
    }
}
