/// Sums of rows of a matrix in portable arithmetic: the bits depend neither on the processor nor on its vector width,
/// as every entry is a chain of multiplications and subtractions of its own, in the order of the rows.
package enum RowArithmetic {
    /// Which entries of a square matrix may differ from zero; the others are not read.
    package enum Shape: Sendable {
        case full
        case lower
        case upper
    }

    /// target_i ← target_i − factors_0 · row_0,i − factors_1 · row_1,i − …, for columns i ≥ `first`.
    ///
    /// - Parameters:
    ///   - factors: one factor a row.
    ///   - rows: row numbers of `matrix`; ascending where `shape` is not `full`.
    ///   - matrix: row-major, as many columns as `target` has entries.
    ///   - target: a row; entries before `first` stay as they are.
    /// - Complexity: O(rows · columns); half of it for a triangle.
    package static func subtract(
        _ factors: Span<Double>, rows: Span<Int>, of matrix: Span<Double>, shape: Shape = .full,
        first: Int = 0,
        from target: inout MutableSpan<Double>
    ) {
        let columnCount = target.count
        precondition(factors.count == rows.count, "\(factors.count) factors for \(rows.count) rows")
        precondition(first >= 0 && first <= columnCount, "column \(first) of \(columnCount)")
        var position = 0
        // Four rows a pass over the target: it is loaded and stored a quarter as often.
        while position < rows.count {
            let height = position + 4 <= rows.count ? 4 : 1
            let start = shape == .upper ? max(first, min(rows[position], columnCount)) : first
            let last = min(rows[position + height - 1] + 1, columnCount)
            let end = shape == .lower ? max(start, last) : columnCount
            // The trailing part of a span that a loop can run over without a check an entry.
            var part = target._mutatingExtracting(start..<end)
            let a = rows[position] * columnCount
            let count = end - start
            if height == 4 {
                let b = rows[position + 1] * columnCount
                let c = rows[position + 2] * columnCount
                let d = rows[position + 3] * columnCount
                subtract(
                    factors[position], matrix.extracting(a + start..<a + end),
                    factors[position + 1], matrix.extracting(b + start..<b + end),
                    factors[position + 2], matrix.extracting(c + start..<c + end),
                    factors[position + 3], matrix.extracting(d + start..<d + end), count: count, from: &part)
            } else {
                subtract(factors[position], matrix.extracting(a + start..<a + end), from: &part)
            }
            position += height
        }
    }

    /// target −= factor · row.
    @inline(__always)
    private static func subtract(
        _ factor: Double, _ row: Span<Double>, from target: inout MutableSpan<Double>
    ) {
        precondition(row.count == target.count, "\(row.count) entries from \(target.count)")
        for i in 0..<target.count { target[i] -= factor * row[i] }
    }

    @inline(__always)
    private static func subtract(
        _ a: Double, _ first: Span<Double>, _ b: Double, _ second: Span<Double>, _ c: Double,
        _ third: Span<Double>, _ d: Double, _ fourth: Span<Double>, count: Int,
        from target: inout MutableSpan<Double>
    ) {
        precondition(target.count == count && first.count == count && second.count == count)
        precondition(third.count == count && fourth.count == count)
        for i in 0..<count {
            target[i] = target[i] - a * first[i] - b * second[i] - c * third[i] - d * fourth[i]
        }
    }
}
