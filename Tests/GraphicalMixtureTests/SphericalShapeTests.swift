import LinearAlgebra
import Models
import Testing

@testable import GraphicalMixture

/// Patterns with one variance for all columns.
@Suite struct SphericalShapeTests {
    private static let rows = MixtureWorld.rows(
        participants: 3, rowsEach: 120, columns: 4, clusters: 3, seed: 31)

    private static func world(shape: PatternShape, privacy: RowPrivacy? = nil) -> MixtureWorld {
        let settings = GraphicalMixtureSettings(
            patternCount: 4, sparsity: 0.01, priorStrength: 1, origin: .split, shape: shape, seed: 1,
            privacy: privacy)
        return MixtureWorld(
            rows: rows,
            model: GraphicalMixtureModel(columnCount: 4, settings: settings, start: 0, rowCount: 360))
    }

    @Test func `every precision is a multiple of I, and the broad pattern that of a common shape`() throws {
        var (spherical, common) = (Self.world(shape: .spherical), Self.world(shape: .common))
        try CommonShapeTests.grow(&common)
        try CommonShapeTests.grow(&spherical)
        let model = spherical.models[0]
        #expect(model.activePatternCount > 1)
        for case let pattern? in model.patterns {
            for row in 0..<4 {
                for column in 0..<4 {
                    #expect(pattern.precision[row, column] == (row == column ? pattern.precision[0, 0] : 0))
                }
            }
        }
        #expect(model.common?.broad == common.models[0].common?.broad)
        #expect(Set(spherical.models.map { $0.sharedBytes() }).count == 1)
    }

    @Test func `sizes are split along the broad pattern's widest directions, one after another`() throws {
        var world = Self.world(shape: .spherical)
        for rank in 0..<2 {
            _ = try world.round()
            let model = world.models[0]
            let broad = try #require(model.common?.broad)
            let covariance = CholeskyFactor(upper: broad.factor).inverse
            let expected = LeadingDirection(covariance: covariance, rank: rank)
            let before = model.patterns.compactMap { $0?.mean }
            for index in world.models.indices { world.models[index].grow() }
            let after = world.models[0].patterns.compactMap { $0?.mean }
            #expect(after.count == 2 * before.count)
            for pair in stride(from: 0, to: after.count, by: 2) {
                let step = zip(after[pair], after[pair + 1]).map { $0 - $1 }
                for column in 0..<4 {
                    let distance = 2 * 0.8 * expected.variance.squareRoot()
                    // Sums and differences of numbers of order one.
                    #expect(abs(step[column] - distance * expected.direction[column]) < 1e-12)
                }
            }
        }
    }

    @Test func `after the first round of a private run nothing but a trace of the products leaves`() throws {
        let privacy = RowPrivacy(clip: 2, multiplier: 1, share: 1, rate: 1, participantCount: 3)
        var model = Self.world(shape: .spherical, privacy: privacy).models[0]
        let layout = { (model: GraphicalMixtureModel) in model.layout(rowScale: 1024, valueLimit: 8) }
        let rows = TrainingRows(Self.rows[0])
        var generator = SeededGenerator(seed: 3, label: "traces")
        let whole = model.privateUpdate(
            rows: rows, layout: layout(model), on: SerialRunner(), using: &generator)
        let first = model.statistics.scatterIndex(0)
        // All ten products of four columns have noise.
        #expect(Set(whole.shared.values[first..<first + 10]).count == 10)
        try model.optimise(sum: whole.shared, kept: whole.kept)
        model.grow()
        let update = model.privateUpdate(
            rows: rows, layout: layout(model), on: SerialRunner(), using: &generator)
        let exact = model.clippedStatistics(rows: rows, layout: layout(model), clip: 2)
        for slot in 0..<2 {
            let first = model.statistics.scatterIndex(slot)
            let products = Array(update.shared.values[first..<first + 10])
            let diagonal = [0, 4, 7, 9].map { products[$0] }
            #expect(Set(diagonal).count == 1)
            #expect([1, 2, 3, 5, 6, 8].allSatisfy { products[$0] == 0 })
            // σR² with σ = 2 and R = 2: within six deviations.
            #expect(abs(4 * diagonal[0] - exact.shared.values[first]) < 6 * 2 * 4)
            #expect(exact.shared.values[first] > 0)
        }
    }
}
