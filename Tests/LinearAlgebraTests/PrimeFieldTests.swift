import LinearAlgebra
import Testing

@Suite struct PrimeFieldTests {
    @Test func `products, differences and inverses agree with wide integers`() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<2_000 {
            let a = generator.next() % PrimeField.modulus
            let b = generator.next() % PrimeField.modulus
            let wide = UInt128(a) * UInt128(b) % UInt128(PrimeField.modulus)
            #expect(PrimeField.product(a, b) == UInt64(wide))
            #expect(PrimeField.sum(PrimeField.difference(a, b), b) == a)
            if a != 0 { #expect(PrimeField.product(a, PrimeField.inverse(a)) == 1) }
        }
    }

    @Test func `the edges of the field are residues`() {
        let last = PrimeField.modulus - 1
        #expect(PrimeField.product(last, last) == 1)
        #expect(PrimeField.sum(last, 1) == 0)
        #expect(PrimeField.negated(0) == 0)
        #expect(PrimeField.element(-1) == last)
        #expect(PrimeField.element(Int(PrimeField.modulus)) == 0)
    }
}

@Suite struct PrimeFieldPolynomialTests {
    /// Numbers of rows around the 63 after which products are reduced, with the largest residues there are.
    @Test(arguments: [1, 2, 62, 63, 64, 65, 126, 127, 200])
    func `sums of products are those of 128-bit arithmetic`(rowCount: Int) {
        var generator = SeededGenerator(seed: 3, label: "rows \(rowCount)")
        let last = PrimeField.modulus - 1
        let rows = (0..<rowCount).map { _ in
            [last, 0, 1] + (0..<5).map { _ in PrimeField.random(using: &generator) }
        }
        let weights = (0..<rowCount).map { $0 % 2 == 0 ? last : PrimeField.random(using: &generator) }
        let found = PrimeField.combination(of: rows, weights: weights)
        for entry in 0..<8 {
            let expected = rows.indices.reduce(0 as UInt128) {
                ($0 + UInt128(rows[$1][entry]) * UInt128(weights[$1])) % UInt128(PrimeField.modulus)
            }
            #expect(found[entry] == UInt64(expected))
        }
        let largest = [[UInt64]](repeating: [last], count: rowCount)
        let sum = PrimeField.combination(of: largest, weights: largest.map { $0[0] })
        // (−1)·(−1), so many times.
        #expect(sum == [UInt64(rowCount)])
    }

    @Test func `interpolation gives a polynomial back at any point`() {
        var generator = SeededGenerator(seed: 4)
        for degree in 0..<9 {
            let coefficients = (0...degree).map { _ in [PrimeField.random(using: &generator)] }
            func value(_ point: UInt64) -> [UInt64] {
                PrimeField.combination(
                    of: coefficients, weights: PrimeField.powers(of: point, count: degree + 1))
            }
            let points = (0...degree).map { UInt64($0 * 3 + 2) }
            for point in [0, 1, 5, PrimeField.modulus - 1] {
                let weights = PrimeField.interpolationWeights(at: point, points: points)
                #expect(PrimeField.combination(of: points.map(value), weights: weights) == value(point))
            }
        }
    }

    @Test func `powers and sums by hand`() {
        #expect(PrimeField.powers(of: 3, count: 1) == [1])
        #expect(PrimeField.powers(of: 3, count: 4) == [1, 3, 9, 27])
        var sum: [UInt64] = [1, PrimeField.modulus - 1]
        PrimeField.add([2, 2], to: &sum)
        #expect(sum == [3, 1])
    }
}

@Suite struct PrimeFieldEchelonTests {
    private func row(_ values: [Int]) -> [UInt64] { values.map(PrimeField.element) }

    @Test func `the rank grows with independent rows only`() {
        var space = PrimeFieldEchelon(columnCount: 3)
        let grew = [[1, 2, 3], [-2, -4, -6], [0, 1, 1], [3, 7, 10]].map { space.insert(row($0)) }
        #expect(grew == [true, false, true, false])
        #expect(space.rank == 2)
        #expect(space.contains(row([1, 1, 2])))
        #expect(!space.contains(row([0, 0, 1])))
        space.insert(row([0, 0, 5]))
        #expect(space.isFull)
        #expect(space.determinedColumns == [0, 1, 2])
        #expect(space.nullSpace == [])
    }

    @Test func `the reduced form is the textbook's`() {
        var space = PrimeFieldEchelon(columnCount: 4)
        space.insert(row([0, 2, 4, 6]))
        space.insert(row([1, 1, 1, 1]))
        space.insert(row([1, 3, 5, 8]))
        #expect(space.reducedRows == [row([1, 0, -1, 0]), row([0, 1, 2, 0]), row([0, 0, 0, 1])])
        #expect(space.determinedColumns == [3])
        #expect(space.nullSpace == [row([1, -2, 1, 0])])
    }

    @Test func `random spaces meet their null spaces at zero and dimensions add up`() {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<50 {
            let count = 2 + Int(uniform(below: 7, using: &generator))
            var space = PrimeFieldEchelon(columnCount: count)
            for _ in 0..<Int(uniform(below: UInt64(count + 2), using: &generator)) {
                space.insert(
                    (0..<count).map { _ in PrimeField.element(Int(uniform(below: 3, using: &generator)) - 1) }
                )
            }
            let null = space.nullSpace
            #expect(space.rank + null.count == count)
            for row in space.reducedRows {
                for vector in null {
                    let product = zip(row, vector).reduce(0) {
                        PrimeField.sum($0, PrimeField.product($1.0, $1.1))
                    }
                    #expect(product == 0)
                }
            }
            let determined = (0..<count).filter { column in null.allSatisfy { $0[column] == 0 } }
            #expect(space.determinedColumns == determined)
        }
    }
}

@Suite struct DecompositionTests {
    private let matrix = Matrix(rowCount: 3, columnCount: 2, elements: [1, 2, 3, 4, 5, 6])

    @Test func `eigenvectors rebuild the matrix`() {
        let symmetric = Matrix(rowCount: 3, columnCount: 3, elements: [2, -1, 0, -1, 2, -1, 0, -1, 2])
        let eigen = SymmetricEigen(symmetric)
        for i in 0..<3 {
            for j in 0..<3 {
                let entry = (0..<3).reduce(0) {
                    $0 + eigen.vectors[i, $1] * eigen.values[$1] * eigen.vectors[j, $1]
                }
                #expect(abs(entry - symmetric[i, j]) < 1e-14)
            }
        }
    }

    @Test func `singular values and vectors rebuild the Gram matrix`() {
        let right = RightSingularVectors(matrix)
        let gram = [[35.0, 44], [44, 56]]
        for i in 0..<2 {
            for j in 0..<2 {
                let entry = (0..<2).reduce(0) {
                    $0 + right.vectors[$1, i] * right.values[$1] * right.values[$1] * right.vectors[$1, j]
                }
                #expect(abs(entry - gram[i][j]) < 1e-12)
            }
        }
    }

    @Test func `least squares solve tall systems exactly and wide ones by the shortest vector`() {
        let tall = leastSquares(
            matrix, Matrix(rowCount: 3, columnCount: 1, elements: [5, 11, 17]), relativeThreshold: 1e-14)
        #expect(abs(tall[0, 0] - 1) < 1e-12 && abs(tall[1, 0] - 2) < 1e-12)
        let wide = leastSquares(
            Matrix(rowCount: 1, columnCount: 2, elements: [1, 1]),
            Matrix(rowCount: 1, columnCount: 1, elements: [3]), relativeThreshold: 1e-14)
        #expect(abs(wide[0, 0] - 1.5) < 1e-12 && abs(wide[1, 0] - 1.5) < 1e-12)
    }
}
