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

extension Matrix {
    /// The rows that hold a NaN, ascending.
    ///
    /// - Precondition: all other entries are far below the largest double, so that no sum of them leaves its range.
    package func incompleteRows() -> [Int] {
        var found: [Int] = []
        let entries = elements.span
        for start in stride(from: 0, to: rowCount, by: 64) {
            let end = min(start + 64, rowCount)
            guard Self.sum(entries.extracting(start * columnCount..<end * columnCount)).isNaN else {
                continue
            }
            for row in start..<end
            where Self.sum(entries.extracting(row * columnCount..<(row + 1) * columnCount)).isNaN {
                found.append(row)
            }
        }
        return found
    }

    /// Four sums side by side, as one would wait for itself.
    private static func sum(_ entries: Span<Double>) -> Double {
        var (a, b, c, d) = (0.0, 0.0, 0.0, 0.0)
        var index = 0
        while index &+ 4 <= entries.count {
            a += entries[index]
            b += entries[index &+ 1]
            c += entries[index &+ 2]
            d += entries[index &+ 3]
            index &+= 4
        }
        while index < entries.count {
            a += entries[index]
            index &+= 1
        }
        return a + b + (c + d)
    }
}
