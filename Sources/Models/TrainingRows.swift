package import LinearAlgebra

/// A participant's rows in the order of the passes over them: complete ones first, then those that lack cells, rows
/// that lack the same ones next to each other.
///
/// The order is made once, so that an update reads both parts as they lie, without a search or a copy.
package struct TrainingRows: Sendable {
    /// Shape `(n, d)`; NaN where a cell is missing, finite elsewhere.
    package let matrix: Matrix
    /// Rows at the start of `matrix` that lack no cell.
    package let completeCount: Int

    /// - Parameter rows: shape `(n, d)`, in any order; NaN where a cell is missing, finite elsewhere.
    package init(_ rows: Matrix) {
        let incomplete = rows.incompleteRows()
        completeCount = rows.rowCount - incomplete.count
        guard !incomplete.isEmpty else {
            matrix = rows
            return
        }
        let d = rows.columnCount
        let keyed = incomplete.map { row in
            (row: row, missing: (0..<d).filter { rows.elements[row * d + $0].isNaN })
        }
        let sorted = keyed.sorted {
            $0.missing == $1.missing ? $0.row < $1.row : $0.missing.lexicographicallyPrecedes($1.missing)
        }
        var elements: [Double] = []
        elements.reserveCapacity(rows.elements.count)
        var next = 0
        for row in incomplete {
            elements += rows.elements[next * d..<row * d]
            next = row + 1
        }
        elements += rows.elements[(next * d)...]
        for (row, _) in sorted { elements += rows.elements[row * d..<(row + 1) * d] }
        matrix = Matrix(rowCount: rows.rowCount, columnCount: d, elements: elements)
    }

    private init(matrix: Matrix, completeCount: Int) {
        self.matrix = matrix
        self.completeCount = completeCount
    }

    package var rowCount: Int { matrix.rowCount }
    package var columnCount: Int { matrix.columnCount }

    /// The same rows in other units: see ``Standardisation/applied(to:limit:)``.
    package func standardised(by standardisation: Standardisation, limit: Double) -> TrainingRows {
        TrainingRows(
            matrix: standardisation.applied(to: matrix, limit: limit).rows, completeCount: completeCount)
    }

    /// Cells that are missing.
    package var missingCellCount: Int {
        var count = 0
        for index in completeCount * columnCount..<matrix.elements.count where matrix.elements[index].isNaN {
            count += 1
        }
        return count
    }
}
