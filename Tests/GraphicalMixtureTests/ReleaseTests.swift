import LinearAlgebra
import Models
import Testing

@testable import GraphicalMixture

@Suite struct ReleaseTests {
    /// A model of two clusters in three columns, learnt from 60 seeded rows.
    private func model(shape: PatternShape, sparsity: Double) throws -> GraphicalMixtureModel {
        var generator = SeededGenerator(seed: 9, label: "release")
        var elements = NormalSampler.sample(count: 60 * 3, using: &generator)
        for row in 0..<30 { elements[row * 3] += 5 }
        let rows = Matrix(rowCount: 60, columnCount: 3, elements: elements)
        var model = GraphicalMixtureModel(
            columnCount: 3,
            settings: GraphicalMixtureSettings(
                patternCount: 2, sparsity: sparsity, priorStrength: 1, origin: .scatter, shape: shape, seed: 1
            ),
            start: 0, rowCount: 60)
        for _ in 0..<5 {
            let update = model.localUpdate(rows: rows, layout: model.layout(rowScale: 64, valueLimit: 8))
            try model.optimise(sum: update.shared, kept: update.kept)
        }
        try model.finish()
        return model
    }

    @Test(arguments: PatternShape.allCases, [0.01, 0.1, 1])
    func `no precision exceeds its bound`(shape: PatternShape, sparsity: Double) throws {
        let model = try model(shape: shape, sparsity: sparsity)
        for limit in [1, 2] {
            for pattern in model.merged(to: limit) {
                #expect(model.precisionNorm(of: pattern) <= (try #require(model.precisionBound(of: pattern))))
                #expect(model.strength(of: pattern) == pattern.count + 1)
            }
        }
    }

    @Test func `without a penalty a pattern of its own shape has no bound`() throws {
        let model = try model(shape: .own, sparsity: 0)
        #expect(model.merged(to: 2).allSatisfy { model.precisionBound(of: $0) == nil })
    }

    /// What 2,000 draws say of a number, and what it should be distributed like.
    private struct Moments {
        private var sum = 0.0
        private var squares = 0.0
        private var count = 0.0

        mutating func add(_ value: Double) {
            sum += value
            squares += value * value
            count += 1
        }

        /// Mean and variance within five standard errors of those of N(mean, variance).
        func fit(mean: Double, variance: Double) -> Bool {
            let found = sum / count
            let spread = squares / count - found * found
            return abs(found - mean) < 5 * (variance / count).squareRoot()
                && abs(spread / variance - 1) < 5 * (2 / count).squareRoot()
        }
    }

    @Test func `centres, variances, weights and units spread as their posteriors, s times as wide`() throws {
        let model = try model(shape: .common, sparsity: 0.01)
        let merged = model.merged(to: 2)
        try #require(merged.count == 2)
        let scale = 1.5
        let total = merged[0].count + merged[1].count
        var generator = SeededGenerator(seed: 10, label: "draws")
        var (centres, variances) = (
            [Moments](repeating: Moments(), count: 6), [Moments](repeating: Moments(), count: 2)
        )
        var (counts, units) = (variances, [Moments](repeating: Moments(), count: 3))
        for _ in 0..<2_000 {
            let release = try model.release(of: merged, scale: scale, using: &generator)
            let drawn = try GraphicalMixtureModel(snapshot: release.snapshot)
            for column in 0..<3 { units[column].add(PortableMath.ln(release.units.scale[column])) }
            for slot in 0..<2 {
                let pattern = try #require(drawn.patterns[slot])
                variances[slot].add(-PortableMath.ln(pattern.precision[0, 0]))
                counts[slot].add(pattern.count)
                for column in 0..<3 {
                    // In units of the model again.
                    centres[slot * 3 + column].add(
                        release.units.mean[column] + release.units.scale[column] * pattern.mean[column])
                }
            }
        }
        for (slot, pattern) in merged.enumerated() {
            for column in 0..<3 {
                #expect(
                    centres[slot * 3 + column].fit(
                        mean: pattern.mean[column],
                        variance: scale * scale * pattern.variance / (pattern.count + 1)))
            }
            #expect(
                variances[slot].fit(
                    mean: PortableMath.ln(pattern.variance),
                    variance: scale * scale * 2 / (pattern.freedom * pattern.count)))
            #expect(
                counts[slot].fit(
                    mean: pattern.count,
                    variance: scale * scale * pattern.count * (1 - pattern.count / total)))
        }
        for column in 0..<3 {
            #expect(units[column].fit(mean: 0, variance: scale * scale / (2 * total)))
        }
    }

    @Test func `nothing private and no exact number is left, and the copy scores`() throws {
        let model = try model(shape: .common, sparsity: 0.01)
        var copies: [ModelSnapshot] = []
        for seed: UInt64 in [1, 1, 2] {
            var generator = SeededGenerator(seed: seed, label: "copy")
            let release = try model.release(of: model.merged(to: 2), scale: 1, using: &generator)
            #expect(release.units.scale.allSatisfy { $0 > 0 && $0 != 1 })
            #expect(release.units.mean.allSatisfy { $0 != 0 })
            copies.append(release.snapshot)
        }
        #expect(copies[0] == copies[1])
        #expect(copies[0].kept.isEmpty)
        let names = ["active", "counts", "means", "precisions", "priorStrength", "penalty"]
        #expect(copies[0].shared.map(\.name) == names)
        // The model's is made from the number of rows.
        let penalty = copies[0].shared.first { $0.name == "penalty" }
        #expect(penalty?.values == [0])
        for name in ["counts", "means", "precisions"] {
            let values = try copies.map { copy in
                try #require(copy.shared.first { $0.name == name }).values.filter { $0 != 0 }
            }
            #expect(zip(values[0], values[2]).allSatisfy { $0 != $1 }, "\(name)")
        }
        let rows = Matrix(rowCount: 2, columnCount: 3, elements: [0, 0, 0, 40, 40, 40])
        let scores = try GraphicalMixtureModel(snapshot: copies[0]).scores(rows: rows, kind: .density)
        #expect(scores[0].isFinite && scores[0] < scores[1])
    }

    @Test func `merged patterns have the mean and the covariance of their mixture`() throws {
        let model = try model(shape: .own, sparsity: 0.1)
        let parts = model.patterns.compactMap { $0 }
        try #require(parts.count == 2)
        let merged = try #require(model.merged(to: 1).first)
        let total = parts[0].count + parts[1].count
        #expect(merged.partCount == 2 && merged.count == total)
        let covariances = parts.map { CholeskyFactor(upper: $0.factor).inverse }
        for row in 0..<3 {
            let mean = parts.reduce(0) { $0 + $1.count / total * $1.mean[row] }
            // A handful of roundings of numbers up to ten.
            #expect(abs(merged.mean[row] - mean) < 1e-14)
            for column in 0..<3 {
                let second = zip(parts, covariances).reduce(0) {
                    $0 + $1.0.count / total * ($1.1[row, column] + $1.0.mean[row] * $1.0.mean[column])
                }
                let expected = second - merged.mean[row] * merged.mean[column]
                #expect(abs(merged.covariance[row, column] - expected) < 1e-13)
            }
        }
        // Of a multiple of I all columns vary alone; along one line they vary as one.
        #expect(merged.freedom > 1 && merged.freedom < 3)
    }

    @Test func `the nearest patterns are merged first`() throws {
        let settings = GraphicalMixtureSettings(
            patternCount: 4, sparsity: 0, priorStrength: 1, shape: .own, seed: 1)
        var model = GraphicalMixtureModel(
            columnCount: 1, settings: settings, startMeans: [0, 10, 1, 30], rowCount: 40)
        for slot in 0..<4 {
            model.patterns[slot] = model.patterns[slot]?.moved(to: [[0], [10], [1], [30]][slot], count: 10)
        }
        #expect(model.merged(to: 3).map(\.mean) == [[0.5], [10], [30]])
        #expect(model.merged(to: 3).map(\.partCount) == [2, 1, 1])
        // 20·10/30·9.5² against 10·10/20·20²: the former is less.
        #expect(model.merged(to: 2).map(\.count) == [30, 10])
        #expect(model.merged(to: 1).map(\.mean) == [[10.25]])
        #expect(model.merged(to: 9).count == 4)
    }
}
