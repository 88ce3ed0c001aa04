import LinearAlgebra
import Testing

@Suite struct LeadingDirectionTests {
    private static func direction(covariance: [Double], order: Int) throws -> LeadingDirection {
        let matrix = Matrix(rowCount: order, columnCount: order, elements: covariance)
        return LeadingDirection(precisionFactor: try CholeskyFactor(CholeskyFactor(matrix).inverse))
    }

    @Test func `two by two by hand`() throws {
        // Eigenvalues 3 and 1 along (1, 1) and (1, −1).
        let found = try Self.direction(covariance: [2, 1, 1, 2], order: 2)
        #expect(abs(found.variance - 3) < 1e-9)
        // A variance that has settled to 1e-12 leaves the direction with its square root.
        #expect(found.direction.allSatisfy { abs($0 - 0.5.squareRoot()) < 1e-5 })
    }

    @Test func `the largest entry is positive`() throws {
        let found = try Self.direction(covariance: [1, -2, -2, 5], order: 2)
        #expect(found.direction[1] > 0)
        #expect(found.direction[0] < 0)
    }

    @Test func `one dimension and equal variances have a direction too`() throws {
        let single = try Self.direction(covariance: [4], order: 1)
        #expect(single.direction == [1])
        #expect(abs(single.variance - 4) < 1e-12)
        let equal = try Self.direction(covariance: [1, 0, 0, 0, 1, 0, 0, 0, 1], order: 3)
        #expect(equal.direction == [1, 0, 0])
    }

    @Test(arguments: 0..<20)
    func `no direction is wider`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed), label: "covariance")
        let order = 2 + seed % 12
        let factor = NormalSampler.sample(count: order * order, using: &generator)
        var covariance = [Double](repeating: 0, count: order * order)
        for row in 0..<order {
            for column in 0..<order {
                for inner in 0..<order {
                    covariance[row * order + column] +=
                        factor[row * order + inner] * factor[column * order + inner]
                }
            }
            covariance[row * order + row] += 0.01
        }
        let found = try Self.direction(covariance: covariance, order: order)
        let length = found.direction.reduce(0) { $0 + $1 * $1 }
        #expect(abs(length - 1) < 1e-12)
        for _ in 0..<200 {
            let other = NormalSampler.sample(count: order, using: &generator)
            let square = other.reduce(0) { $0 + $1 * $1 }
            var variance = 0.0
            for row in 0..<order {
                for column in 0..<order {
                    variance += other[row] * covariance[row * order + column] * other[column]
                }
            }
            // The power iteration stops when the variance grows by less than 1e-12 of itself.
            #expect(variance / square <= found.variance * (1 + 1e-6))
        }
    }

    @Test func `ranks follow the variances, and rank 0 is the widest direction`() throws {
        let covariance = Matrix(
            rowCount: 3, columnCount: 3, elements: [4, 1, 0, 1, 3, 0.5, 0, 0.5, 2])
        let factor = try CholeskyFactor(CholeskyFactor(covariance).inverse)
        let widest = LeadingDirection(precisionFactor: factor)
        let ranked = (0..<3).map { LeadingDirection(covariance: covariance, rank: $0) }
        // Power iteration stops at a relative change of 1e-12 of the variance, whose error is the square of the direction's.
        #expect(zip(ranked[0].direction, widest.direction).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(abs(ranked[0].variance - widest.variance) < 1e-9)
        #expect(ranked[0].variance > ranked[1].variance && ranked[1].variance > ranked[2].variance)
        #expect(abs(ranked.reduce(0) { $0 + $1.variance } - 9) < 1e-13)
        for first in 0..<3 {
            for second in 0..<first {
                let product = zip(ranked[first].direction, ranked[second].direction).reduce(0) {
                    $0 + $1.0 * $1.1
                }
                #expect(abs(product) < 1e-14)
            }
        }
    }
}
