import LinearAlgebra
import Models
import TaskAutoencoder
import Testing

/// Scores, explanations, stored states.
@Suite struct AutoencoderScoreTests {
    typealias World = AutoencoderWorld<AutoencoderModel>

    static func learnt(
        _ change: (inout AutoencoderSettings) -> Void = { _ in }
    ) throws -> World {
        var world = AutoencoderModelTests.world(change)
        for _ in 0..<20 { try world.round() }
        return world
    }

    @Test func `a score depends on its row alone and repeats itself to the bit`() throws {
        let world = try Self.learnt()
        let rows = world.rows[0]
        for kind in [ScoreKind.density, .paper, .elbo] {
            let all = world.models[0].scores(rows: rows, kind: kind)
            #expect(world.models[0].scores(rows: rows, kind: kind) == all)
            let one = Matrix(rowCount: 1, columnCount: 8, elements: Array(rows.elements[40 * 8..<41 * 8]))
            let alone = world.models[0].scores(rows: one, kind: kind)[0]
            #expect(alone == all[40])
        }
    }

    @Test func `the kinds differ by their divergences and columns add up to the likelihood's part`() throws {
        let world = try Self.learnt()
        let model = world.models[0]
        let rows = world.rows[0]
        let paper = model.scores(rows: rows, kind: .paper)
        let elbo = model.scores(rows: rows, kind: .elbo)
        #expect(zip(elbo, paper).allSatisfy { $0 > $1 })
        let parts = model.explanation(rows: rows)
        for row in 0..<rows.rowCount {
            let sum = parts.elements[row * 8..<(row + 1) * 8].reduce(0, +)
            #expect(abs(sum - paper[row]) <= 1e-4 * max(1, abs(sum)))
        }
    }

    @Test func `a cell that is moved gets the blame, and rows far away get finite scores`() throws {
        let world = try Self.learnt()
        var rows = Matrix(rowCount: 2, columnCount: 8, elements: Array(world.rows[0].elements[..<16]))
        rows[1, 5] += 6
        rows[0, 0] = 1e100
        let parts = world.models[0].explanation(rows: rows)
        #expect((0..<8).max { parts[1, $0] < parts[1, $1] } == 5)
        for kind in [ScoreKind.density, .paper, .elbo] {
            let scores = world.models[0].scores(rows: rows, kind: kind)
            #expect(scores.allSatisfy { $0.isFinite } && scores[0] > 1e10)
        }
    }

    @Test func `a calibrated score reads a row with everybody's prior and with the own one`() throws {
        let world = try Self.learnt()
        let model = world.models[0]
        let rows = world.rows[1]
        let groups = model.readers()
        #expect(groups.map(\.count) == [1, 1])
        #expect(groups.joined().count <= model.readerCountMax)
        let readings = groups.map { $0[0].readings(rows: rows, on: SerialRunner()) }
        #expect(readings[0] == model.scores(rows: rows, kind: .elbo))
        #expect(readings[1] == model.scores(rows: rows, kind: .density))
        #expect(readings[0] != readings[1])
        #expect(model.readings(of: groups.flatMap { $0 }, rows: rows, on: SerialRunner()) == readings)
        let deterministic = try Self.learnt { $0.form = .deterministic }.models[0]
        #expect(deterministic.readers().map(\.count) == [1] && deterministic.readerCountMax == 1)
    }

    /// The prior is fitted to own rows, so it describes them better than N(0, I) does on average.
    @Test func `the own latent prior knows own rows`() throws {
        let world = try Self.learnt()
        let model = world.models[1]
        let prior = try #require(model.own.prior)
        #expect(symmetricEigenvalues(prior.covariance).allSatisfy { $0 <= 1 + 1e-9 && $0 > 0 })
        let density = model.scores(rows: world.rows[1], kind: .density).reduce(0, +)
        let elbo = model.scores(rows: world.rows[1], kind: .elbo).reduce(0, +)
        #expect(density < elbo)
    }

    @Test func `a prior of one row is nearly standard and N(0, I) gives the closed form`() throws {
        let prior = try #require(LatentPrior(means: [3, -3], deviations: [0.1, 0.1], latentCount: 2))
        #expect(abs(prior.mean[0] - 0.6) < 1e-6)
        #expect(prior.covariance[0, 0] > 0.8 && prior.covariance[0, 0] <= 1)
        let standard = try LatentPrior(
            mean: [0, 0], covariance: Matrix(rowCount: 2, columnCount: 2, elements: [1, 0, 0, 1]))
        let value = standard.divergence(means: [0.5, -1], deviations: [0.5, 2], row: 0)
        let exact = 0.5 * (0.25 + 1 + 0.25 + 4 - 2 - 2 * PortableMath.ln(0.5) - 2 * PortableMath.ln(2))
        #expect(abs(value - exact) < 1e-12)
        #expect(LatentPrior(means: [], deviations: [], latentCount: 2) == nil)
    }

    @Test(arguments: AutoencoderModelTests.Variant.allCases)
    func `snapshot and stored bytes give the model back`(_ variant: AutoencoderModelTests.Variant) throws {
        let world = try Self.learnt { variant.apply(&$0) }
        let model = world.models[0]
        let copy = try AutoencoderModel(snapshot: model.snapshot())
        #expect(
            copy.scores(rows: world.rows[0], kind: .density)
                == model.scores(rows: world.rows[0], kind: .density))
        let fresh = AutoencoderModel(columnCount: 8, latentCount: 5, settings: model.settings)
        let restored = try fresh.restored(sharedBytes: model.sharedBytes(), kept: model.keptState())
        #expect(restored.sharedBytes() == model.sharedBytes())
        #expect(restored.keptState() == model.keptState())
        let layout = model.layout(rowScale: 0x1p8, valueLimit: 8)
        #expect(
            restored.localUpdate(rows: world.rows[0], layout: layout).shared
                == model.localUpdate(rows: world.rows[0], layout: layout).shared)
    }

    @Test func `bytes that are cut short, too long or altered are refused or give a model`() throws {
        let model = try Self.learnt().models[0]
        let (shared, kept) = (model.sharedBytes(), model.keptState())
        for count in stride(from: 0, to: shared.count, by: 97) {
            #expect(throws: ModelError.self) {
                try model.restored(sharedBytes: Array(shared.prefix(count)), kept: kept)
            }
        }
        // None at all are those of a participant that joins.
        for count in stride(from: 1, to: kept.bytes.count, by: 997) {
            #expect(throws: ModelError.self) {
                try model.restored(
                    sharedBytes: shared, kept: KeptState(bytes: Array(kept.bytes.prefix(count))))
            }
        }
        #expect(throws: ModelError.self) { try model.restored(sharedBytes: shared + [0], kept: kept) }
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<300 {
            var altered = shared
            altered[Int(uniform(below: UInt64(min(shared.count, 80)), using: &generator))] =
                UInt8(truncatingIfNeeded: generator.next())
            let restored = try? model.restored(sharedBytes: altered, kept: kept)
            if let restored { #expect(restored.sharedBytes() == altered) }
        }
    }

    @Test(arguments: [
        "columns", "hidden", "latents", "deviation", "decoder0Weights", "encoder1Biases", "seed",
    ])
    func `a snapshot without an array, or with a wrong one, is refused`(name: String) throws {
        let snapshot = try Self.learnt().models[0].snapshot()
        func changed(_ arrays: [NamedArray], adding more: [NamedArray]) -> [NamedArray] {
            arrays.contains { $0.name == name } ? arrays.filter { $0.name != name } + more : arrays
        }
        for more in [[], [NamedArray(name: name, shape: [2], values: [0.5, .nan])]] {
            let altered = ModelSnapshot(
                kind: snapshot.kind, shared: changed(snapshot.shared, adding: more),
                kept: changed(snapshot.kept, adding: more))
            #expect(throws: ModelError.self) { try AutoencoderModel(snapshot: altered) }
        }
    }
}
