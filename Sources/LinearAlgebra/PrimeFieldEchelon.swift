/// The row space of a matrix over GF(2⁶¹ − 1), built row by row: exact linear algebra without a tolerance.
///
/// Rows of integers that are independent over the rationals stay so modulo the prime, except with probability about
/// n²/2⁶¹ (mathematics.md §4.2). Rows are kept in echelon form; ``reducedRows`` finishes them.
package struct PrimeFieldEchelon: Sendable {
    /// Entries of a row.
    package let columnCount: Int
    private var rows: [[UInt64]] = []
    /// The row whose first nonzero entry, a 1, stands in this column; −1 for none.
    private var rowOfPivot: [Int]

    /// The space of no rows.
    package init(columnCount: Int) {
        precondition(columnCount >= 0, "rows of \(columnCount) entries")
        self.columnCount = columnCount
        rowOfPivot = [Int](repeating: -1, count: columnCount)
    }

    /// The dimension of the space.
    package var rank: Int { rows.count }

    /// Whether every row lies in the space; nothing can be added then.
    package var isFull: Bool { rank == columnCount }

    /// Adds a row.
    ///
    /// - Parameter row: residues, shape `(columnCount)`.
    /// - Returns: whether the space grew.
    /// - Complexity: O(rank · columnCount).
    @discardableResult
    package mutating func insert(_ row: [UInt64]) -> Bool {
        guard !isFull else { return false }
        var rest = row
        guard let pivot = reduce(&rest) else { return false }
        let inverse = PrimeField.inverse(rest[pivot])
        for column in pivot..<columnCount { rest[column] = PrimeField.product(rest[column], inverse) }
        rowOfPivot[pivot] = rows.count
        rows.append(rest)
        return true
    }

    /// Whether the row lies in the space.
    package func contains(_ row: [UInt64]) -> Bool {
        var rest = row
        return reduce(&rest) == nil
    }

    /// The rows whose pivot is at `column` or behind it: all of the space that is zero in the columns before.
    package func rows(fromColumn column: Int) -> [[UInt64]] {
        (column..<max(columnCount, column)).compactMap { rowOfPivot[$0] < 0 ? nil : rows[rowOfPivot[$0]] }
    }

    /// The reduced row echelon form: pivots ascending, each the only nonzero entry of its column.
    ///
    /// - Complexity: O(rank² · columnCount).
    package var reducedRows: [[UInt64]] {
        var reduced: [[UInt64]] = []
        let pivots = (0..<columnCount).filter { rowOfPivot[$0] >= 0 }
        var finished = [[UInt64]](repeating: [], count: columnCount)
        for place in pivots.indices.reversed() {
            var row = rows[rowOfPivot[pivots[place]]]
            for later in pivots[(place + 1)...] where row[later] != 0 {
                Self.subtract(finished[later], times: row[later], from: &row, start: later)
            }
            finished[pivots[place]] = row
        }
        for pivot in pivots { reduced.append(finished[pivot]) }
        return reduced
    }

    /// A basis of the vectors v with row · v = 0 for every row: `columnCount − rank` of them.
    package var nullSpace: [[UInt64]] {
        guard !isFull else { return [] }
        let reduced = reducedRows
        let pivots = (0..<columnCount).filter { rowOfPivot[$0] >= 0 }
        return (0..<columnCount).filter { rowOfPivot[$0] < 0 }.map { free in
            var vector = [UInt64](repeating: 0, count: columnCount)
            vector[free] = 1
            for (place, pivot) in pivots.enumerated() {
                vector[pivot] = PrimeField.negated(reduced[place][free])
            }
            return vector
        }
    }

    /// The columns s whose unit row e_s lies in the space, ascending: rows of the reduced form with one nonzero entry.
    package var determinedColumns: [Int] {
        if isFull { return Array(0..<columnCount) }
        return reducedRows.compactMap { row in
            guard row.count(where: { $0 != 0 }) == 1 else { return nil }
            return row.firstIndex { $0 != 0 }
        }
    }

    /// Subtracts what the space has of `row`; returns the first column left nonzero that has no pivot.
    private func reduce(_ row: inout [UInt64]) -> Int? {
        precondition(row.count == columnCount, "a row of \(row.count) entries, not \(columnCount)")
        for column in 0..<columnCount where row[column] != 0 {
            guard rowOfPivot[column] >= 0 else { return column }
            Self.subtract(rows[rowOfPivot[column]], times: row[column], from: &row, start: column)
        }
        return nil
    }

    /// `target ← target − factor · source` from the column `start` on.
    private static func subtract(
        _ source: [UInt64], times factor: UInt64, from target: inout [UInt64], start: Int
    ) {
        let negative = PrimeField.negated(factor)
        let source = source.span
        var target = target.mutableSpan
        precondition(source.count == target.count && start >= 0)
        for column in start..<source.count {
            target[column] = PrimeField.sum(target[column], PrimeField.product(source[column], negative))
        }
    }
}
