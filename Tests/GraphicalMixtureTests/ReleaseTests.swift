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

    @Test(arguments: [PatternShape.own, .common], [0.01, 0.1, 1])
    func `no precision exceeds its bound`(shape: PatternShape, sparsity: Double) throws {
        for pattern in try model(shape: shape, sparsity: sparsity).releasedPatterns(rowsMin: 1) {
            #expect(pattern.precisionNorm <= (try #require(pattern.precisionBound)))
            #expect(pattern.strength == pattern.count + 1)
        }
    }

    @Test func `without a penalty a pattern of its own shape has no bound`() throws {
        #expect(
            try model(shape: .own, sparsity: 0).releasedPatterns(rowsMin: 1).allSatisfy {
                $0.precisionBound == nil
            })
    }

    @Test func `released centres spread as the posterior, and nothing private is left`() throws {
        let model = try model(shape: .common, sparsity: 0.01)
        var generator = SeededGenerator(seed: 10, label: "draws")
        let (draws, scale) = (2_000, 3.0)
        var distance = 0.0
        for _ in 0..<draws {
            let snapshot = try #require(model.released(scale: scale, rowsMin: 1, using: &generator))
            #expect(snapshot.kept.isEmpty)
            #expect(
                !snapshot.shared.contains { ["broadMean", "broadPrecision", "suspects"].contains($0.name) })
            let released = try GraphicalMixtureModel(snapshot: snapshot)
            for case (let before?, let after?) in zip(model.patterns, released.patterns) {
                #expect(before.precision == after.precision && before.count == after.count)
                let move = zip(after.mean, before.mean).map { $0 - $1 }
                for row in 0..<3 {
                    for column in 0..<3 {
                        distance +=
                            (before.count + 1) * move[row] * before.precision[row, column] * move[column]
                    }
                }
            }
        }
        // χ² of draws · patterns · columns degrees of freedom, within five of its standard deviations.
        let degrees = Double(draws * model.activePatternCount * 3)
        #expect(abs(distance / scale / scale - degrees) < 5 * (2 * degrees).squareRoot())
    }

    @Test func `patterns of few rows stay at home`() throws {
        let model = try model(shape: .common, sparsity: 0.01)
        let counts = model.releasedPatterns(rowsMin: 0).map(\.count).sorted()
        try #require(counts.count == 2 && counts[0] < counts[1])
        var generator = SeededGenerator(seed: 11, label: "draws")
        let snapshot = try #require(
            model.released(scale: 1, rowsMin: counts[1], using: &generator))
        #expect(try GraphicalMixtureModel(snapshot: snapshot).activePatternCount == 1)
        #expect(model.releasedPatterns(rowsMin: counts[1]).map(\.count) == [counts[1]])
        #expect(model.released(scale: 1, rowsMin: counts[1] + 1, using: &generator) == nil)
    }
}
