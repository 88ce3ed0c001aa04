import Testing

import LinearAlgebra

@Suite struct CholeskyFactorTests {
    /// GGᵀ + I/10 of a seeded Gaussian G.
    static func randomDefinite(_ count: Int, seed: UInt64) -> Matrix {
        var generator = SeededGenerator(seed: seed)
        let g = NormalSampler.sample(count: count * count, using: &generator)
        var matrix = Matrix(rowCount: count, columnCount: count)
        for row in 0..<count {
            for column in 0..<count {
                var sum = row == column ? 0.1 : 0
                for inner in 0..<count { sum += g[row * count + inner] * g[column * count + inner] }
                matrix[row, column] = sum
            }
        }
        return matrix
    }

    @Test func `a matrix of two by hand`() throws {
        let factor = try CholeskyFactor(Matrix(rowCount: 2, columnCount: 2, elements: [4, 2, 2, 5]))
        #expect(factor.upper.elements == [2, 1, 0, 2])
        #expect(abs(factor.logDeterminant - PortableMath.ln(16)) < 1e-15)
        #expect(factor.solve([8, 9]) == [1.375, 1.25])
        #expect(factor.inverse.elements == [0.3125, -0.125, -0.125, 0.25])
    }

    @Test(arguments: [1, 2, 5, 20, 51])
    func `inverse, solution and determinant agree with the eigenvalues`(count: Int) throws {
        let matrix = Self.randomDefinite(count, seed: UInt64(count))
        let factor = try CholeskyFactor(matrix)
        let inverse = factor.inverse
        // Condition numbers reach 1e5 here: 1e-16 · 1e5 with a margin.
        let tolerance = 1e-9
        for row in 0..<count {
            for column in 0..<count {
                var sum = 0.0
                for inner in 0..<count { sum += matrix[row, inner] * inverse[inner, column] }
                #expect(abs(sum - (row == column ? 1 : 0)) < tolerance)
                #expect(inverse[row, column] == inverse[column, row])
            }
        }
        let logDeterminant = symmetricEigenvalues(matrix).reduce(0) { $0 + PortableMath.ln($1) }
        #expect(abs(factor.logDeterminant - logDeterminant) < tolerance * Double(count))
        let right = (0..<count).map { Double($0) - 2 }
        let solution = factor.solve(right)
        for row in 0..<count {
            let product = (0..<count).reduce(0) { $0 + matrix[row, $1] * solution[$1] }
            #expect(abs(product - right[row]) < tolerance * 10)
        }
    }

    @Test func `an indefinite matrix names the leading minor`() {
        #expect(throws: LinearAlgebraError.notPositiveDefinite(leadingMinor: 2)) {
            try CholeskyFactor(Matrix(rowCount: 2, columnCount: 2, elements: [1, 2, 2, 1]))
        }
        #expect(throws: LinearAlgebraError.notPositiveDefinite(leadingMinor: 1)) {
            try CholeskyFactor(Matrix(rowCount: 1, columnCount: 1, elements: [.nan]))
        }
    }

    @Test func `bits are the committed ones`() throws {
        let inverse = try CholeskyFactor(Self.randomDefinite(17, seed: 3)).inverse
        let digest = inverse.elements.reduce(UInt64(0)) { ($0 ^ $1.bitPattern) &* 0x0000_0100_0000_01b3 }
        #expect(digest == 16_274_944_567_000_137_588)
    }

    @Test func `eigenvalues of a path's Laplacian are 2 − 2 cos πk over n`() {
        let laplacian = Matrix(rowCount: 3, columnCount: 3, elements: [1, -1, 0, -1, 2, -1, 0, -1, 1])
        let values = symmetricEigenvalues(laplacian)
        for (value, expected) in zip(values, [0.0, 1, 3]) { #expect(abs(value - expected) < 1e-14) }
        #expect(symmetricEigenvalues(Matrix(rowCount: 0, columnCount: 0)).isEmpty)
    }
}
