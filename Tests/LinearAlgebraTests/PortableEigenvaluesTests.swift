import LinearAlgebra
import Testing

@Suite struct PortableEigenvaluesTests {
    /// LAPACK's own errors are some d·2⁻⁵² of the largest value.
    @Test(arguments: [1, 2, 3, 8, 37, 90]) func `eigenvalues are LAPACK's`(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let factor = NormalSampler.sample(count: count * count, using: &generator)
        var matrix = Matrix(rowCount: count, columnCount: count)
        for i in 0..<count {
            for j in 0...i {
                let value = factor[i * count + j]
                matrix[i, j] = value
                matrix[j, i] = value
            }
        }
        let expected = symmetricEigenvalues(matrix)
        let scale = max(abs(expected[0]), abs(expected[count - 1]))
        for (found, value) in zip(portableEigenvalues(matrix), expected) {
            #expect(abs(found - value) <= 1e-13 * scale * Double(count))
        }
    }

    @Test func `diagonal, constant and zero matrices have theirs`() {
        #expect(portableEigenvalues(Matrix(rowCount: 0, columnCount: 0)) == [])
        #expect(portableEigenvalues(Matrix(rowCount: 4, columnCount: 4)) == [0, 0, 0, 0])
        let diagonal = Matrix(rowCount: 3, columnCount: 3, elements: [3, 0, 0, 0, 1, 0, 0, 0, 2])
        #expect(portableEigenvalues(diagonal) == [1, 2, 3])
        let found = portableEigenvalues(Matrix(rowCount: 5, columnCount: 5, repeating: 2))
        #expect(abs(found[4] - 10) < 1e-13 && found[..<4].allSatisfy { abs($0) < 1e-13 })
    }
}
