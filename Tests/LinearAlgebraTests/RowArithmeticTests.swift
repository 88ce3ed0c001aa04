import Testing

@testable import LinearAlgebra

/// Sums of rows: the same bits whatever the processor.
@Suite struct RowArithmeticTests {
    /// A triangle or a square of normal deviates, some of them zeros of either sign.
    private func matrix(_ count: Int, _ shape: RowArithmetic.Shape, seed: UInt64) -> Matrix {
        var generator = SeededGenerator(seed: seed, label: "rows")
        var elements = NormalSampler.sample(count: count * count, using: &generator)
        for row in 0..<count {
            for column in 0..<count {
                let isOutside = shape == .lower && column > row || shape == .upper && column < row
                if isOutside || (row + 2 * column) % 11 == 0 {
                    elements[row * count + column] = (row ^ column) & 1 == 0 || isOutside ? 0 : -0.0
                }
            }
        }
        return Matrix(rowCount: count, columnCount: count, elements: elements)
    }

    private func difference(
        _ count: Int, _ shape: RowArithmetic.Shape, first: Int, arithmetic: KernelLevel
    ) -> [UInt64] {
        let matrix = matrix(count, shape, seed: UInt64(count))
        let rows = (0..<count).filter { $0 % 3 != 1 }
        var generator = SeededGenerator(seed: 7, label: "factors")
        let factors = NormalSampler.sample(count: rows.count, using: &generator)
        var target = NormalSampler.sample(count: count, using: &generator)
        for index in stride(from: 0, to: count, by: 5) { target[index] = -0.0 }
        var span = target.mutableSpan
        RowArithmetic.subtract(
            factors.span, rows: rows.span, of: matrix.elements.span, shape: shape, first: first, from: &span,
            arithmetic: arithmetic)
        return target.map(\.bitPattern)
    }

    /// Orders around every width of strip and block.
    @Test(
        arguments: [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 31, 32, 33, 40, 63, 64, 65, 100, 130],
        [RowArithmetic.Shape.full, .lower, .upper])
    func `vectors of any width give the bits of one entry at a time`(
        count: Int, shape: RowArithmetic.Shape
    ) {
        for first in [0, count / 3, count - 1] {
            let plain = difference(count, shape, first: first, arithmetic: .portable)
            for arithmetic in KernelLevel.available {
                #expect(difference(count, shape, first: first, arithmetic: arithmetic) == plain)
            }
        }
    }

    @Test func `the sum is that of the rows, each entry in their order`() {
        let (count, first) = (37, 4)
        let matrix = matrix(count, .full, seed: 37)
        let rows = (0..<count).filter { $0 % 3 != 1 }
        var generator = SeededGenerator(seed: 7, label: "factors")
        let factors = NormalSampler.sample(count: rows.count, using: &generator)
        var target = NormalSampler.sample(count: count, using: &generator)
        for index in stride(from: 0, to: count, by: 5) { target[index] = -0.0 }
        for column in first..<count {
            for (factor, row) in zip(factors, rows) { target[column] -= factor * matrix[row, column] }
        }
        #expect(
            difference(count, .full, first: first, arithmetic: .best) == target.map(\.bitPattern))
    }
}
