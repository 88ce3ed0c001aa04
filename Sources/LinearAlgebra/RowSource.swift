/// Rows that are read a block at a time: a matrix, or rows that lie elsewhere because memory may not hold them.
///
/// Readers ask for the same blocks in the same order wherever the rows lie, so that the results have the same bits.
package protocol RowSource: Sendable {
    var rowCount: Int { get }
    var columnCount: Int { get }

    /// The rows of a range; several threads may ask at once.
    ///
    /// - Parameter range: within `0..<rowCount`, and short enough for memory.
    func block(_ range: Range<Int>) -> RowBlock
}

/// Some rows of a ``RowSource``, where they lie in a matrix that may hold others too.
package struct RowBlock: Sendable {
    package let matrix: Matrix
    /// The rows of the block in `matrix`.
    package let range: Range<Int>

    package init(matrix: Matrix, range: Range<Int>) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= matrix.rowCount,
            "rows \(range) of \(matrix.rowCount)")
        self.matrix = matrix
        self.range = range
    }

    /// The block's entries, row-major.
    package var entries: ArraySlice<Double> {
        matrix.elements[range.lowerBound * matrix.columnCount..<range.upperBound * matrix.columnCount]
    }

    /// The block's rows and no others.
    package var rows: Matrix {
        guard range != 0..<matrix.rowCount else { return matrix }
        return Matrix(rowCount: range.count, columnCount: matrix.columnCount, elements: Array(entries))
    }
}

extension Matrix: RowSource {
    /// Where the rows lie: nothing is copied.
    package func block(_ range: Range<Int>) -> RowBlock { RowBlock(matrix: self, range: range) }
}

extension RowSource {
    /// Rows of a block of a whole pass, by the number of columns alone: at most some megabytes.
    package var blockRowCount: Int { min(1 << 14, max(256, (1 << 20) / max(columnCount, 1))) }

    /// Calls `body` with all rows, a block at a time.
    ///
    /// - Parameter body: gets the number of the block's first row.
    package func forEachBlock<Failure: Error>(
        _ body: (_ first: Int, _ block: RowBlock) throws(Failure) -> Void
    ) throws(Failure) {
        let count = blockRowCount
        for first in stride(from: 0, to: rowCount, by: count) {
            try body(first, block(first..<min(first + count, rowCount)))
        }
    }

    /// Calls `body` with the cells of each row: a call a row, so that the work on cells is compiled where it stands.
    package func forEachRow(_ body: (_ cells: Span<Double>) -> Void) {
        let d = columnCount
        forEachBlock { _, block in
            let cells = block.matrix.elements.span
            for row in block.range { body(cells.extracting(row * d..<(row + 1) * d)) }
        }
    }

    /// One value a row, a block at a time.
    ///
    /// - Parameter body: as many values as its matrix has rows.
    package func mapBlocks<Value>(_ body: (Matrix) -> [Value]) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(rowCount)
        forEachBlock { _, block in values += body(block.rows) }
        return values
    }

    /// The given rows in their order.
    package func gathered(_ indices: [Int]) -> Matrix {
        var elements: [Double] = []
        elements.reserveCapacity(indices.count * columnCount)
        for index in indices { elements += block(index..<index + 1).entries }
        return Matrix(rowCount: indices.count, columnCount: columnCount, elements: elements)
    }

    /// The rows in other units, made at once for a matrix and at every reading for others.
    ///
    /// - Parameter transform: works on each row by itself and keeps its width.
    package func mapped(_ transform: @escaping @Sendable (Matrix) -> Matrix) -> any RowSource {
        if let matrix = self as? Matrix { return transform(matrix) }
        return TransformedRows(source: self, transform: transform)
    }
}

/// Rows that are made of others whenever they are read.
private struct TransformedRows: RowSource {
    let source: any RowSource
    let transform: @Sendable (Matrix) -> Matrix

    var rowCount: Int { source.rowCount }
    var columnCount: Int { source.columnCount }

    func block(_ range: Range<Int>) -> RowBlock {
        RowBlock(matrix: transform(source.block(range).rows), range: 0..<range.count)
    }
}

extension Matrix {
    /// Rows with missing cells are put in order within runs of this many, so that it takes a bounded memory.
    package static let sortedRowCount = 1 << 16

    /// The rows, those that lack the same cells next to each other; otherwise as they were.
    package func sortedByMissingCells() -> Matrix {
        let d = columnCount
        let keyed = (0..<rowCount).map { row in
            (row: row, missing: (0..<d).filter { elements[row * d + $0].isNaN })
        }
        let sorted = keyed.sorted {
            $0.missing == $1.missing ? $0.row < $1.row : $0.missing.lexicographicallyPrecedes($1.missing)
        }
        return gathered(sorted.map(\.row))
    }
}
