/// A dense row-major matrix of doubles in one flat array.
package struct Matrix: Sendable, Equatable {
    package let rowCount: Int
    package let columnCount: Int
    /// Row-major, `rowCount · columnCount` entries.
    package var elements: [Double]

    /// - Precondition: `elements` has `rowCount · columnCount` entries.
    package init(rowCount: Int, columnCount: Int, elements: [Double]) {
        precondition(
            rowCount >= 0 && columnCount >= 0 && elements.count == rowCount * columnCount,
            "\(elements.count) elements for a matrix of \(rowCount) × \(columnCount)")
        self.rowCount = rowCount
        self.columnCount = columnCount
        self.elements = elements
    }

    /// A matrix of one repeated value.
    package init(rowCount: Int, columnCount: Int, repeating value: Double = 0) {
        self.init(
            rowCount: rowCount, columnCount: columnCount,
            elements: [Double](repeating: value, count: rowCount * columnCount))
    }

    package subscript(row: Int, column: Int) -> Double {
        get {
            precondition(
                row >= 0 && row < rowCount && column >= 0 && column < columnCount,
                "(\(row), \(column)) lies outside \(rowCount) × \(columnCount)")
            return elements[row * columnCount + column]
        }
        set {
            precondition(
                row >= 0 && row < rowCount && column >= 0 && column < columnCount,
                "(\(row), \(column)) lies outside \(rowCount) × \(columnCount)")
            elements[row * columnCount + column] = newValue
        }
    }
}
