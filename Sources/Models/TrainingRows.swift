package import LinearAlgebra

/// A participant's rows in the order of the passes over them: complete ones first, then those that lack cells, rows
/// that lack the same ones next to each other.
///
/// The order is made once, so that an update reads both parts as they lie, without a search or a copy.
package struct TrainingRows: Sendable {
    /// Shape `(n, d)`; NaN where a cell is missing, finite elsewhere.
    package let source: any RowSource
    /// Rows at the start of `source` that lack no cell.
    package let completeCount: Int

    /// Puts rows of memory in order.
    ///
    /// - Parameter rows: shape `(n, d)`, in any order; NaN where a cell is missing, finite elsewhere.
    package init(_ rows: Matrix) {
        let incomplete = rows.incompleteRows()
        completeCount = rows.rowCount - incomplete.count
        guard !incomplete.isEmpty else {
            source = rows
            return
        }
        let d = rows.columnCount
        var elements: [Double] = []
        elements.reserveCapacity(rows.elements.count)
        var next = 0
        for row in incomplete {
            elements += rows.elements[next * d..<row * d]
            next = row + 1
        }
        elements += rows.elements[(next * d)...]
        for first in stride(from: 0, to: incomplete.count, by: Matrix.sortedRowCount) {
            let run = incomplete[first..<min(first + Matrix.sortedRowCount, incomplete.count)]
            elements += rows.gathered(Array(run)).sortedByMissingCells().elements
        }
        source = Matrix(rowCount: rows.rowCount, columnCount: d, elements: elements)
    }

    /// - Parameters:
    ///   - source: in order: `completeCount` complete rows, then the others in runs of ``Matrix/sortedRowCount``, each as
    ///     ``Matrix/sortedByMissingCells()`` has it.
    ///   - completeCount: within the rows.
    package init(source: any RowSource, completeCount: Int) {
        precondition(
            completeCount >= 0 && completeCount <= source.rowCount,
            "\(completeCount) of \(source.rowCount) rows")
        self.source = source
        self.completeCount = completeCount
    }

    package var rowCount: Int { source.rowCount }
    package var columnCount: Int { source.columnCount }

    /// All rows in one matrix: for rows that memory holds.
    package var matrix: Matrix { source.block(0..<rowCount).rows }

    /// The same rows in other units: see ``Standardisation/applied(to:limit:)``.
    package func standardised(by standardisation: Standardisation, limit: Double) -> TrainingRows {
        TrainingRows(
            source: source.mapped { standardisation.applied(to: $0, limit: limit) },
            completeCount: completeCount)
    }

    /// Cells that are missing; reads the incomplete rows.
    package var missingCellCount: Int {
        var count = 0
        let blockRowCount = source.blockRowCount
        for first in stride(from: completeCount, to: rowCount, by: blockRowCount) {
            let block = source.block(first..<min(first + blockRowCount, rowCount))
            for value in block.entries where value.isNaN { count += 1 }
        }
        return count
    }
}
