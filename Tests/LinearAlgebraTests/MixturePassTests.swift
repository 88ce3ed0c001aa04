import Testing

@testable import LinearAlgebra

/// The C kernels at every level of this processor against Swift and BLAS, and both against the definition.
@Suite struct MixturePassTests {
    struct Shape: CustomTestStringConvertible {
        let dimension: Int
        let patterns: Int
        let rowCount: Int
        /// How far apart the centres lie: 0 spreads every row over all patterns, 3 gives it to one.
        var distance = 1.0
        var testDescription: String {
            "\(rowCount) × \(dimension), \(patterns) patterns, distance \(distance)"
        }
    }

    /// Every remainder of the dimension by the tile and of the rows by lane, panel and superblock; no row and one.
    static let shapes: [Shape] =
        (1...17).map { Shape(dimension: $0, patterns: ($0 * 7) % 20 + 1, rowCount: 37 * $0) } + [
            Shape(dimension: 5, patterns: 3, rowCount: 0), Shape(dimension: 5, patterns: 3, rowCount: 1),
            Shape(dimension: 1, patterns: 1, rowCount: 1), Shape(dimension: 20, patterns: 10, rowCount: 256),
            Shape(dimension: 20, patterns: 10, rowCount: 3_001, distance: 3),
            Shape(dimension: 20, patterns: 10, rowCount: 1_999, distance: 0),
            Shape(dimension: 31, patterns: 20, rowCount: 255),
            Shape(dimension: 32, patterns: 2, rowCount: 257),
            Shape(dimension: 50, patterns: 5, rowCount: 700, distance: 0.3),
            Shape(dimension: 63, patterns: 1, rowCount: 600),
            Shape(dimension: 100, patterns: 3, rowCount: 511),
            Shape(dimension: 130, patterns: 4, rowCount: 300, distance: 0.1),
            Shape(dimension: 3, patterns: 90, rowCount: 400),
        ]

    static let kernels = KernelLevel.available.filter { $0 != .portable }

    static func components(_ shape: Shape) -> [GaussianComponent] {
        let d = shape.dimension
        var generator = SeededGenerator(seed: UInt64(d * 1_000 + shape.patterns), label: "components")
        return (0..<shape.patterns).map { k in
            var factor = Matrix(rowCount: d, columnCount: d)
            let entries = NormalSampler.sample(count: d * d, using: &generator)
            for row in 0..<d {
                factor[row, row] = 1 + 0.3 * entries[row * d + row].magnitude
                for column in row + 1..<max(d, row + 1) {
                    factor[row, column] = 0.5 * entries[row * d + column] / Double(d)
                }
            }
            let mean = NormalSampler.sample(count: d, using: &generator).map { shape.distance * $0 }
            return GaussianComponent(factor: factor, mean: mean, constant: -0.1 * Double(k))
        }
    }

    static func rows(_ shape: Shape) -> Matrix {
        let d = shape.dimension
        var generator = SeededGenerator(seed: UInt64(shape.rowCount), label: "rows")
        let noise = NormalSampler.sample(count: max(shape.rowCount * d, 1), using: &generator)
        return Matrix(
            rowCount: shape.rowCount, columnCount: d,
            elements: noise.prefix(shape.rowCount * d).map { (1 + shape.distance) * $0 })
    }

    /// |a − b| of the worst entry, relative to the largest magnitude of `b`, or to 1.
    private func error(_ a: [Double], _ b: [Double]) -> Double {
        precondition(a.count == b.count, "\(a.count) against \(b.count)")
        return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / b.reduce(1) { max($0, abs($1)) }
    }

    // Two orders of adding up to a few thousand rows of up to 130 products each.
    private static let tolerance = 1e-11

    @Test(arguments: kernels, shapes)
    func `kernels and BLAS give the same sums and scores`(_ arithmetic: KernelLevel, _ shape: Shape) {
        let components = Self.components(shape)
        let rows = Self.rows(shape)
        let reference = MixturePass(components, arithmetic: .portable)
        let pass = MixturePass(components, arithmetic: arithmetic)
        let all = 0..<shape.rowCount
        let (expected, found) = (reference.sums(rows, in: all), pass.sums(rows, in: all))
        #expect(error([found.logLikelihood], [expected.logLikelihood]) < Self.tolerance)
        for (a, b) in zip(found.patterns, expected.patterns) {
            let (r, s) = (a.responsibilities, b.responsibilities)
            #expect(
                error(
                    [r.count, r.squares, r.logWeighted, r.largest],
                    [s.count, s.squares, s.logWeighted, s.largest])
                    < Self.tolerance)
            #expect(error(a.mean, b.mean) < Self.tolerance)
            #expect(error(a.scatter, b.scatter) < Self.tolerance)
        }
        #expect(error(pass.logSums(rows, in: all), reference.logSums(rows, in: all)) < Self.tolerance)
        let logWeights = components.indices.map { -1 - 0.1 * Double($0) }
        #expect(
            error(
                pass.posteriorLosses(rows, in: all, logWeights: logWeights),
                reference.posteriorLosses(rows, in: all, logWeights: logWeights)) < Self.tolerance)
    }

    @Test(arguments: KernelLevel.available)
    func `scores of a run are those of its rows`(_ arithmetic: KernelLevel) {
        let shape = Shape(dimension: 7, patterns: 3, rowCount: 900)
        let pass = MixturePass(Self.components(shape), arithmetic: arithmetic)
        let rows = Self.rows(shape)
        let all = pass.logSums(rows, in: 0..<900)
        #expect(pass.logSums(rows, in: 512..<777) == Array(all[512..<777]))
    }

    @Test(arguments: KernelLevel.available)
    func `one row is held to the definition`(_ arithmetic: KernelLevel) {
        let factor = Matrix(rowCount: 2, columnCount: 2, elements: [2, 1, 0, 3])
        let component = GaussianComponent(factor: factor, mean: [1, -1], constant: 0.5)
        let pass = MixturePass([component], arithmetic: arithmetic)
        // R (x − μ) = (2·2 + 1·3, 3·3), so −½ (49 + 81) + 0.5.
        let rows = Matrix(rowCount: 1, columnCount: 2, elements: [3, 2])
        #expect(pass.logSums(rows, in: 0..<1) == [-64.5])
        let sums = pass.sums(rows, in: 0..<1)
        #expect(sums.logLikelihood == -64.5)
        #expect(sums.patterns[0].mean == [3, 2])
        #expect(sums.patterns[0].scatter == [9, 6, 4])
        #expect(sums.patterns[0].responsibilities.count == 1)
        #expect(sums.patterns[0].responsibilities.logWeighted == 0)
    }

    @Test(arguments: KernelLevel.available)
    func `rows beyond all measure stay finite`(_ arithmetic: KernelLevel) {
        let shape = Shape(dimension: 3, patterns: 4, rowCount: 0)
        let pass = MixturePass(Self.components(shape), arithmetic: arithmetic)
        let rows = Matrix(
            rowCount: 3, columnCount: 3, elements: [1e200, 0, 0, 1e308, -1e308, 1e308, -1e160, 1e160, 0])
        let logWeights = [-1.0, -1, -1, -1]
        #expect(pass.logSums(rows, in: 0..<3).allSatisfy { $0.isFinite && $0 < -1e200 })
        #expect(
            pass.posteriorLosses(rows, in: 0..<3, logWeights: logWeights).allSatisfy {
                $0.isFinite && $0 > 1e200
            })
    }
}

@Suite struct RowPartitionTests {
    @Test(arguments: [0, 1, 255, 256, 257, 2_048, 2_049, 20_000, 50_000, 200_000, 10_000_019])
    func `runs follow each other and hold every row once`(rowCount: Int) {
        let partition = RowPartition(rowCount: rowCount)
        var next = 0
        var lengths: [Int] = []
        for index in 0..<partition.count {
            let range = partition[index]
            #expect(range.lowerBound == next)
            #expect(range.lowerBound % RowPartition.superblock == 0)
            next = range.upperBound
            lengths.append(range.count)
        }
        #expect(next == rowCount)
        #expect(lengths.allSatisfy { $0 > 0 })
        let longest = lengths.max() ?? 0
        #expect(lengths.dropLast().allSatisfy { longest - $0 <= RowPartition.superblock })
    }

    @Test func `pieces come back in their order`() {
        #expect(SerialRunner().map(count: 4) { $0 * $0 } == [0, 1, 4, 9])
        #expect(SerialRunner().map(count: 0) { $0 } == [])
    }
}
