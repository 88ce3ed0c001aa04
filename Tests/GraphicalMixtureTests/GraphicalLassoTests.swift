import GraphicalMixture
import LinearAlgebra
import Testing

@Suite struct GraphicalLassoTests {
    /// The covariance of `rows` seeded Gaussian rows with neighbouring columns correlated.
    static func covariance(_ count: Int, rows: Int, seed: UInt64) -> Matrix {
        var generator = SeededGenerator(seed: seed, label: "covariance")
        var result = Matrix(rowCount: count, columnCount: count)
        for _ in 0..<rows {
            var row = NormalSampler.sample(count: count, using: &generator)
            for column in 1..<max(count, 1) { row[column] = 0.6 * row[column - 1] + 0.8 * row[column] }
            for i in 0..<count {
                for j in 0..<count { result[i, j] += row[i] * row[j] / Double(rows) }
            }
        }
        return result
    }

    @Test func `one variable gives the inverse of variance plus penalty`() throws {
        let solution = try graphicalLasso(
            covariance: Matrix(rowCount: 1, columnCount: 1, elements: [1.5]), penalty: 0.5)
        #expect(solution.precision.elements == [0.5])
    }

    @Test(arguments: [(0.8, 0.3), (-0.8, 0.3), (0.2, 0.3), (0.3, 0.3)])
    func `two variables follow the closed form`(covariance: Double, penalty: Double) throws {
        let solution = try graphicalLasso(
            covariance: Matrix(rowCount: 2, columnCount: 2, elements: [1, covariance, covariance, 2]),
            penalty: penalty)
        // W has the raised diagonal and the soft-thresholded covariance; Λ = W⁻¹.
        let (first, second) = (1 + penalty, 2 + penalty)
        let soft = max(abs(covariance) - penalty, 0) * (covariance < 0 ? -1 : 1)
        let determinant = first * second - soft * soft
        let expected = [second, -soft, -soft, first].map { $0 / determinant }
        for (value, exact) in zip(solution.precision.elements, expected) {
            #expect(abs(value - exact) < 1e-14)
        }
        #expect(solution.dualityGap < 1e-14)
    }

    @Test func `no penalty gives the inverse`() throws {
        let covariance = Self.covariance(6, rows: 40, seed: 1)
        let solution = try graphicalLasso(covariance: covariance, penalty: 0)
        let inverse = try CholeskyFactor(covariance).inverse
        #expect(solution.precision == inverse)
        #expect(solution.ridge == 0)
    }

    @Test func `a free diagonal keeps the variances`() throws {
        let covariance = Self.covariance(8, rows: 40, seed: 2)
        let solution = try graphicalLasso(covariance: covariance, penalty: 0.1, penalisesDiagonal: false)
        let inverse = try CholeskyFactor(solution.precision).inverse
        for i in 0..<8 { #expect(abs(inverse[i, i] - covariance[i, i]) < 1e-6) }
    }

    /// The conditions of optimality (stationarity of tr(SΛ) − ln|Λ| + ρ‖Λ‖₁), and the certificate.
    private func expectOptimal(
        _ solution: GraphicalLassoSolution, _ covariance: Matrix, penalty: Double, diagonal: Bool
    ) throws {
        let count = covariance.rowCount
        let precision = solution.precision
        let inverse = try CholeskyFactor(precision).inverse
        // The last sweep moved no row of W by more than 1e-7 of a mean row, of order 1 to 10.
        let tolerance = 2e-6
        var trace = 0.0
        var norm = 0.0
        for i in 0..<count {
            #expect(abs(inverse[i, i] - covariance[i, i] - (diagonal ? penalty : 0)) < tolerance)
            for j in 0..<count {
                let entry = precision[i, j]
                #expect(entry == precision[j, i])
                let gradient = inverse[i, j] - covariance[i, j]
                if i != j {
                    #expect(abs(gradient) <= penalty + tolerance)
                    if entry != 0 {
                        #expect(abs(gradient - (entry > 0 ? penalty : -penalty)) < tolerance)
                    }
                }
                trace += entry * covariance[i, j]
                if diagonal || i != j { norm += abs(entry) }
            }
        }
        // mathematics.md §3.2: Tr(ΛS) + ρ‖Λ‖₁ = d at the optimum.
        #expect(abs(trace + penalty * norm - Double(count)) < tolerance * Double(count))
        #expect(solution.dualityGap < 1e-9 * Double(count))
        // Below zero by rounding of two determinants alone.
        #expect(solution.dualityGap > -1e-12 * Double(count))
        #expect(solution.ridge == 0)
    }

    /// A random problem: 2 to 25 variables, more or fewer rows, one of three penalties.
    private func problem(seed: Int) -> (covariance: Matrix, penalty: Double) {
        var generator = SeededGenerator(seed: UInt64(seed), label: "lasso shape")
        let count = 2 + Int(uniform(below: 24, using: &generator))
        let rows = 3 + Int(uniform(below: UInt64(3 * count), using: &generator))
        let penalty = [0.02, 0.1, 0.4][Int(uniform(below: 3, using: &generator))]
        return (Self.covariance(count, rows: rows, seed: UInt64(seed)), penalty)
    }

    @Test(arguments: 0..<60, [true, false])
    func `the optimality conditions hold`(seed: Int, diagonal: Bool) throws {
        let (covariance, penalty) = problem(seed: seed)
        let solution = try graphicalLasso(
            covariance: covariance, penalty: penalty, penalisesDiagonal: diagonal)
        try expectOptimal(solution, covariance, penalty: penalty, diagonal: diagonal)
    }

    @Test(arguments: 0..<60)
    func `the optimality conditions hold from any start`(seed: Int) throws {
        let (covariance, penalty) = problem(seed: seed)
        let other = Self.covariance(covariance.rowCount, rows: 100, seed: UInt64(seed + 1000))
        // A similar problem's solution, a strange one, and one that is not positive definite.
        var near = covariance
        for i in 0..<near.rowCount { near[i, i] *= 1.01 }
        var indefinite = other
        indefinite[0, 0] = -1
        for start in [
            try graphicalLasso(covariance: near, penalty: penalty).precision,
            try graphicalLasso(covariance: other, penalty: 0).precision, indefinite,
        ] {
            let solution = try graphicalLasso(covariance: covariance, penalty: penalty, previous: start)
            try expectOptimal(solution, covariance, penalty: penalty, diagonal: true)
        }
    }

    @Test func `from its own solution one or two sweeps do`() throws {
        let covariance = Self.covariance(20, rows: 60, seed: 5)
        let cold = try graphicalLasso(covariance: covariance, penalty: 0.1)
        let warm = try graphicalLasso(covariance: covariance, penalty: 0.1, previous: cold.precision)
        #expect(warm.sweeps <= 2)
        #expect(warm.sweeps < cold.sweeps)
    }

    @Test(arguments: [true, false])
    func `a stricter accuracy moves the solution by less than the looser one promises`(diagonal: Bool) throws
    {
        let covariance = Self.covariance(20, rows: 60, seed: 6)
        let exact = try graphicalLasso(
            covariance: covariance, penalty: 0.1, penalisesDiagonal: diagonal, accuracy: 1e-12)
        for accuracy in [1e-2, 1e-4, 1e-7] {
            let solution = try graphicalLasso(
                covariance: covariance, penalty: 0.1, penalisesDiagonal: diagonal, accuracy: accuracy)
            let error = zip(solution.precision.elements, exact.precision.elements)
                .reduce(0) { max($0, abs($1.0 - $1.1)) }
            // Precisions here are of order 1 to 5, and W's condition number below 100.
            #expect(error < 100 * accuracy)
            #expect(solution.dualityGap <= 1e-9 * 20)
        }
    }

    @Test(arguments: [true, false])
    func `fewer rows than variables need no ridge where a penalty holds`(diagonal: Bool) throws {
        let covariance = Self.covariance(15, rows: 5, seed: 7)
        #expect(throws: LinearAlgebraError.self) { try CholeskyFactor(covariance) }
        let solution = try graphicalLasso(
            covariance: covariance, penalty: 0.2, penalisesDiagonal: diagonal)
        try expectOptimal(solution, covariance, penalty: 0.2, diagonal: diagonal)
    }

    @Test func `a singular matrix without penalty says what it added`() throws {
        let covariance = Self.covariance(15, rows: 5, seed: 7)
        let solution = try graphicalLasso(covariance: covariance, penalty: 0)
        #expect(solution.ridge > 0 && solution.ridge < 1e-4)
        var raised = covariance
        for i in 0..<15 { raised[i, i] += solution.ridge }
        let inverse = try CholeskyFactor(raised).inverse
        for (found, expected) in zip(solution.precision.elements, inverse.elements) {
            // Entries reach 1e5: the two differ by the rounding of the ridge's sum.
            #expect(abs(found - expected) < 1e-2)
        }
    }

    @Test(arguments: [true, false])
    func `a constant column stands alone with the least variance`(diagonal: Bool) throws {
        var covariance = Self.covariance(4, rows: 40, seed: 8)
        for i in 0..<4 {
            covariance[2, i] = 0
            covariance[i, 2] = 0
        }
        let precision = try graphicalLasso(
            covariance: covariance, penalty: 0.1, penalisesDiagonal: diagonal
        ).precision
        #expect(precision[2, 2] == 1 / (diagonal ? 0.1 : GraphicalLassoLimits.varianceMin))
        for i in [0, 1, 3] { #expect(precision[2, i] == 0) }
    }

    @Test func `numbers beyond all reason are an error that names the order`() {
        let huge = Matrix(rowCount: 2, columnCount: 2, elements: [1, 1e300, 1e300, 1])
        #expect(throws: GraphicalLassoError.notPositiveDefinite(leadingMinor: 2)) {
            try graphicalLasso(covariance: huge, penalty: 0.1)
        }
    }

    @Test func `unconnected variables are solved apart and stay apart`() throws {
        var covariance = Self.covariance(6, rows: 40, seed: 3)
        for i in 0..<3 {
            for j in 3..<6 {
                covariance[i, j] = 0.01
                covariance[j, i] = 0.01
            }
        }
        let precision = try graphicalLasso(covariance: covariance, penalty: 0.05).precision
        for i in 0..<3 {
            for j in 3..<6 { #expect(precision[i, j] == 0) }
        }
    }

    @Test(arguments: [0, 1e-9, 0.1])
    func `indefinite and constant input is conditioned, not refused`(penalty: Double) throws {
        let covariance = Matrix(
            rowCount: 3, columnCount: 3, elements: [1, 1 + 1e-9, 0, 1 + 1e-9, 1, 0, 0, 0, -1e-9])
        let precision = try graphicalLasso(covariance: covariance, penalty: penalty).precision
        #expect(precision.elements.allSatisfy { $0.isFinite })
        _ = try CholeskyFactor(precision)
    }

    private func digest(_ elements: [Double]) -> UInt64 {
        elements.reduce(UInt64(0)) { ($0 ^ $1.bitPattern) &* 0x0000_0100_0000_01b3 }
    }

    @Test func `bits are the committed ones`() throws {
        let covariance = Self.covariance(31, rows: 70, seed: 4)
        let cold = try graphicalLasso(covariance: covariance, penalty: 0.1)
        #expect(digest(cold.precision.elements) == 14_404_155_555_643_652_522)
        let free = try graphicalLasso(covariance: covariance, penalty: 0.12, penalisesDiagonal: false)
        #expect(digest(free.precision.elements) == 16_758_050_267_282_626_307)
        let warm = try graphicalLasso(covariance: covariance, penalty: 0.12, previous: cold.precision)
        #expect(digest(warm.precision.elements) == 6_340_942_755_898_637_429)
    }
}
