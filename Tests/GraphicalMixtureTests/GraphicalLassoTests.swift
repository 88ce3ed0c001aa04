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
    }

    @Test(arguments: 0..<60)
    func `the optimality conditions hold`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed), label: "lasso shape")
        let count = 2 + Int(uniform(below: 24, using: &generator))
        let rows = 3 + Int(uniform(below: UInt64(3 * count), using: &generator))
        let penalty = [0.02, 0.1, 0.4][Int(uniform(below: 3, using: &generator))]
        let covariance = Self.covariance(count, rows: rows, seed: UInt64(seed))
        let solution = try graphicalLasso(covariance: covariance, penalty: penalty)
        let precision = solution.precision
        let inverse = try CholeskyFactor(precision).inverse
        // The solver's last sweep moves W by less than 1e-12; ‖W‖ is of order 1 to 10.
        let tolerance = 1e-8
        var trace = 0.0
        var norm = 0.0
        for i in 0..<count {
            #expect(abs(inverse[i, i] - covariance[i, i] - penalty) < tolerance)
            for j in 0..<count {
                let entry = precision[i, j]
                #expect(entry == precision[j, i])
                let gradient = inverse[i, j] - covariance[i, j]
                #expect(abs(gradient) <= penalty + tolerance)
                if i != j && entry != 0 {
                    #expect(abs(gradient - (entry > 0 ? penalty : -penalty)) < tolerance)
                }
                trace += entry * covariance[i, j]
                norm += abs(entry)
            }
        }
        // mathematics.md §3.2: Tr(ΛS) + ρ‖Λ‖₁ = d at the optimum.
        #expect(abs(trace + penalty * norm - Double(count)) < tolerance * Double(count))
        #expect(abs(solution.dualityGap) < 1e-9 * Double(count))
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

    @Test func `bits are the committed ones`() throws {
        let covariance = Self.covariance(12, rows: 30, seed: 4)
        let elements = try graphicalLasso(covariance: covariance, penalty: 0.1).precision.elements
        let digest = elements.reduce(UInt64(0)) { ($0 ^ $1.bitPattern) &* 0x0000_0100_0000_01b3 }
        #expect(digest == 17_562_288_710_101_572_870)
    }
}
