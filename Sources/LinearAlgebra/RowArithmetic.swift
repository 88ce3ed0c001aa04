/// Sums of rows of a matrix in portable arithmetic: the bits depend neither on the processor nor on its vector width,
/// as every entry is a chain of multiplications and subtractions of its own, in the order of the rows.
package enum RowArithmetic {
    /// Which entries of a square matrix may differ from zero.
    package enum Shape: Sendable {
        case full
        case lower
        case upper
    }

    /// Columns taken at a time. Of a triangle, a block reads the rows that may differ from zero somewhere in it: that,
    /// too, must not depend on the processor, as −0 − 0·(−1) is no −0.
    private static let blockWidth = 32

    /// target_i ← target_i − factors_0 · row_0,i − factors_1 · row_1,i − …, for columns i ≥ `first`.
    ///
    /// - Parameters:
    ///   - factors: one factor a row.
    ///   - rows: row numbers of `matrix`; ascending where `shape` is not `full`.
    ///   - matrix: row-major, as many columns as `target` has entries; zero outside `shape`.
    ///   - target: a row; entries before `first` stay as they are.
    ///   - arithmetic: one of ``KernelLevel/available``; changes no bit.
    /// - Complexity: O(rows · columns); about half of it for a triangle.
    package static func subtract(
        _ factors: Span<Double>, rows: Span<Int>, of matrix: Span<Double>, shape: Shape = .full,
        first: Int = 0, from target: inout MutableSpan<Double>, arithmetic: KernelLevel = .best
    ) {
        let columnCount = target.count
        precondition(factors.count == rows.count, "\(factors.count) factors for \(rows.count) rows")
        precondition(first >= 0 && first <= columnCount, "column \(first) of \(columnCount)")
        // Before any pointer is formed.
        for index in 0..<rows.count {
            precondition(
                rows[index] >= 0 && (rows[index] &+ 1) &* columnCount <= matrix.count, "row \(rows[index])")
        }
        guard shape != .full else {
            subtract(
                factors, rows: rows, 0..<rows.count, of: matrix, columns: first..<columnCount, from: &target,
                arithmetic)
            return
        }
        var (low, high) = (0, 0)
        var start = first
        while start < columnCount {
            let end = min(start + blockWidth, columnCount)
            if shape == .upper {
                while high < rows.count && rows[high] < end { high += 1 }
            } else {
                high = rows.count
                while low < rows.count && rows[low] < start { low += 1 }
            }
            subtract(
                factors, rows: rows, low..<high, of: matrix, columns: start..<end, from: &target, arithmetic)
            start = end
        }
    }

    /// The rows at `positions`, in some columns.
    @inline(__always)
    private static func subtract(
        _ factors: Span<Double>, rows: Span<Int>, _ positions: Range<Int>, of matrix: Span<Double>,
        columns: Range<Int>, from target: inout MutableSpan<Double>, _ arithmetic: KernelLevel
    ) {
        guard !positions.isEmpty, !columns.isEmpty else { return }
        let columnCount = target.count
        if arithmetic != .portable {
            RowKernel.subtract(
                factors.extracting(positions), rows: rows.extracting(positions), of: matrix,
                columnCount: columnCount, columns: columns, from: &target, arithmetic)
            return
        }
        var part = target._mutatingExtracting(columns)
        for position in positions {
            let start = rows[position] * columnCount
            let row = matrix.extracting(start + columns.lowerBound..<start + columns.upperBound)
            let factor = factors[position]
            for i in 0..<part.count { part[i] -= factor * row[i] }
        }
    }
}
