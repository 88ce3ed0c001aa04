import CKernels

/// The C form of ``RowArithmetic``.
enum RowKernel {
    /// - Parameters:
    ///   - rows: checked: each lies in `matrix` with `columnCount` columns.
    ///   - columns: within `columnCount`, the count of `target`.
    ///   - arithmetic: not `blas`, available here.
    @inline(__always)
    static func subtract(
        _ factors: Span<Double>, rows: Span<Int>, of matrix: Span<Double>, columnCount: Int,
        columns: Range<Int>, from target: inout MutableSpan<Double>, _ arithmetic: KernelLevel
    ) {
        let (first, width) = (columns.lowerBound, columns.count)
        precondition(
            factors.count == rows.count && first >= 0 && first + width <= columnCount
                && target.count == columnCount && arithmetic != .portable)
        // SAFETY: every row of `rows` has columnCount entries in `matrix`, of which first ..< first + width are read;
        // as many of `target` are read and written; four distinct buffers, no pointer is kept.
        unsafe target.withUnsafeMutableBufferPointer { target in
            unsafe matrix.withUnsafeBufferPointer { matrix in
                unsafe factors.withUnsafeBufferPointer { factors in
                    unsafe rows.withUnsafeBufferPointer { rows in
                        guard let target = target.baseAddress, let matrix = matrix.baseAddress else { return }
                        unsafe ck_subtract_rows(
                            arithmetic.rawValue, factors.baseAddress, rows.baseAddress, rows.count,
                            matrix + first, columnCount, width, target + first)
                    }
                }
            }
        }
    }
}
