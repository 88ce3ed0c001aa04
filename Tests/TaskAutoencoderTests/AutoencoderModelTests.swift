import LinearAlgebra
import Models
import TaskAutoencoder
import Testing

/// Rounds over several participants.
@Suite struct AutoencoderModelTests {
    typealias World = AutoencoderWorld<AutoencoderModel>

    static func settings(
        _ change: (inout AutoencoderSettings) -> Void = { _ in }
    ) -> AutoencoderSettings {
        var settings = AutoencoderSettings()
        settings.hidden = [16]
        settings.roundCount = 20
        change(&settings)
        return settings
    }

    static func world(
        latents: Int = 3, _ change: (inout AutoencoderSettings) -> Void = { _ in }
    ) -> World {
        World(
            rows: World.rows(participants: 3, count: 60),
            model: AutoencoderModel(columnCount: 8, latentCount: latents, settings: settings(change)))
    }

    enum Variant: String, CaseIterable {
        case recipe, paper, paperAll, deterministic, all, descent
        func apply(_ settings: inout AutoencoderSettings) {
            switch self {
            case .recipe: break
            case .paper: settings.schedule = .gradient(encoderSteps: 5)
            case .paperAll:
                settings.schedule = .gradient(encoderSteps: 5)
                settings.share = .all
            case .deterministic: settings.form = .deterministic
            case .all: settings.share = .all
            case .descent:
                settings.optimiser = .sgd
                settings.learningRate = 0.01
            }
            if settings.schedule != .together(steps: 10) { settings.learningRate = 5e-3 }
        }
    }

    @Test(arguments: Variant.allCases)
    func `the agreed objective rises and everybody holds the same bits`(_ variant: Variant) throws {
        var world = Self.world { variant.apply(&$0) }
        let first = try world.round().perRow
        var last = first
        for _ in 1..<20 { last = try world.round().perRow }
        #expect(last > first)
        #expect(world.models[1].sharedBytes() == world.models[0].sharedBytes())
        #expect(world.models[2].sharedBytes() == world.models[0].sharedBytes())
        let kept = world.models.map { $0.keptState() }
        // Moments at least differ between participants.
        if variant != .paperAll && variant != .paper { #expect(kept[0] != kept[1]) }
    }

    @Test func `the same rows and seed learn the same model, another seed another`() throws {
        var (first, second) = (Self.world(), Self.world())
        var other = Self.world { $0.seed = 2 }
        for _ in 0..<3 {
            try first.round()
            try second.round()
            try other.round()
        }
        #expect(first.models[0].sharedBytes() == second.models[0].sharedBytes())
        #expect(first.models[1].keptState() == second.models[1].keptState())
        #expect(first.models[0].sharedBytes() != other.models[0].sharedBytes())
    }

    @Test func `the average of one participant's change is its own copy`() throws {
        var world = World(
            rows: World.rows(participants: 1, count: 40),
            model: AutoencoderModel(columnCount: 8, latentCount: 2, settings: Self.settings()))
        let before = world.models[0].shared
        let layout = world.models[0].layout(rowScale: 0x1p8, valueLimit: 8)
        let update = world.models[0].localUpdate(rows: world.rows[0], layout: layout)
        try world.round()
        for index in before.indices {
            let moved = before[index] + update.shared.values[index] / 40
            #expect(abs(world.models[0].shared[index] - moved) < 1e-12)
        }
    }

    @Test func `a participant whose work is not finite counts for nothing and halves its rate`() throws {
        let model = AutoencoderModel(columnCount: 8, latentCount: 2, settings: Self.settings())
        var rows = World.rows(participants: 1, count: 30)[0]
        for index in rows.elements.indices { rows.elements[index] = 1e300 }
        let layout = model.layout(rowScale: 0x1p8, valueLimit: 8)
        let update = model.localUpdate(rows: rows, layout: layout)
        #expect(update.shared.values.allSatisfy { $0 == 0 })
        var after = model
        try after.optimise(sum: update.shared, kept: update.kept)
        #expect(after.shared == model.shared)
        #expect(after.own.rateScale == 0.5)
        #expect(after.own.encoder == model.own.encoder)
    }

    @Test func `a change out of all proportion is refused by everybody`() throws {
        var world = Self.world()
        for _ in 0..<8 { try world.round() }
        var model = world.models[0]
        let layout = model.layout(rowScale: 0x1p8, valueLimit: 8)
        let update = model.localUpdate(rows: world.rows[0], layout: layout)
        var values = update.shared.values
        for index in model.shared.indices { values[index] = 60 }
        let before = model.shared
        try model.optimise(sum: SharedVector(layout: layout, values: values), kept: update.kept)
        #expect(model.shared == before)
        #expect(model.round == 9)
        values[0] = .infinity
        #expect(throws: ModelError.self) {
            try model.optimise(sum: SharedVector(layout: layout, values: values), kept: update.kept)
        }
    }

    /// A cap on σ of 50 times the spread and a floor of 2 spreads: no direction of the data is worth encoding.
    @Test func `a provoked collapse is named, and the defaults have none`() throws {
        var collapsed = Self.world(latents: 6) {
            $0.form = .variational(deviation: .softplus(floor: 2), posteriorFloor: 1e-3)
            $0.learningRate = 1e-2
            $0.beta = 4
        }
        var healthy = Self.world(latents: 3)
        for _ in 0..<20 {
            try collapsed.round()
            try healthy.round()
        }
        let bad = try #require(collapsed.models[0].agreedFigures)
        let good = try #require(healthy.models[0].agreedFigures)
        #expect(bad.isCollapsed)
        #expect(!good.isCollapsed && good.activeUnitCount == 3)
        let own = try #require(healthy.models[1].own.figures)
        #expect(own.smallestDeviation >= 0.1 && own.smallestDeviation < 1)
        #expect(own.objective.isFinite && own.latents.activeUnitCount == 3)
    }

    @Test func `latents are as many as hold 95 percent of the trace`() {
        let values = [0.1, 0.1, 0.8, 2, 4]
        #expect(AutoencoderSettings.latentCount(eigenvalues: values, rowCount: 1000) == 3)
        #expect(AutoencoderSettings.latentCount(eigenvalues: values, rowCount: 8) == 2)
        #expect(AutoencoderSettings.latentCount(eigenvalues: [0, 0, 0], rowCount: 100) == 1)
        #expect(AutoencoderSettings.latentCount(eigenvalues: [3], rowCount: 100) == 1)
        let many = [Double](repeating: 1, count: 100)
        #expect(AutoencoderSettings.latentCount(eigenvalues: many, rowCount: 1e6) == 32)
    }

    @Test func `a survey comes first where the rows decide the latents`() throws {
        let rows = World.rows(participants: 3, count: 60)
        var world = AutoencoderWorld<SurveyedAutoencoder>(
            rows: rows, model: SurveyedAutoencoder(columnCount: 8, settings: Self.settings()))
        let most = world.models[0].grownVectorCount
        #expect(world.models[0].isSurvey)
        try world.round()
        #expect(!world.models[0].isGrown)
        for index in world.models.indices { world.models[index].grow() }
        #expect(world.models[0].isGrown)
        // Three factors and little noise.
        #expect((2...4).contains(world.models[0].model.latentCount))
        #expect(world.models[0].layout(rowScale: 1, valueLimit: 8).count <= most)
        for _ in 0..<3 { try world.round() }
        #expect(world.models[0].sharedBytes() == world.models[2].sharedBytes())
        let fresh = SurveyedAutoencoder(columnCount: 8, settings: Self.settings())
        let restored = try fresh.restored(
            sharedBytes: world.models[0].sharedBytes(), kept: world.models[0].keptState())
        #expect(restored.sharedBytes() == world.models[0].sharedBytes())
    }

    @Test func `the defaults keep every latent active and say nothing`() throws {
        var world = Self.world()
        for _ in 0..<20 { try world.round() }
        #expect(world.models.allSatisfy { $0.warning == nil && $0.activePatternCount == 3 })
    }

    /// σ that cannot fall below 3 explains rows of standard units without any latent; and of 24 latents for three
    /// factors the KL of most is dearer than what they explain.
    @Test(arguments: [true, false]) func `a collapse is found and named, by all alike`(isWide: Bool) throws {
        var world = Self.world(latents: isWide ? 3 : 24) {
            $0.learningRate = 0.02
            if isWide {
                $0.form = .variational(deviation: .bounded(floor: 3, cap: 4), posteriorFloor: 1e-3)
            } else {
                $0.beta = 2
            }
        }
        #expect(world.models[0].warning == nil)
        for _ in 0..<30 { try world.round() }
        let active = world.models[0].activePatternCount
        let latents = world.models[0].latentCount
        #expect(2 * active < latents)
        #expect(
            world.models.allSatisfy { $0.warning == .posteriorCollapse(active: active, latents: latents) })
        let restored = try world.models[0].restored(
            sharedBytes: world.models[0].sharedBytes(), kept: world.models[0].keptState())
        #expect(restored.warning == world.models[0].warning)
    }

    /// The centre of the bins of calibrated scores: everybody lays the same.
    @Test func `the expected reading is the agreed mean loss, kept with the shared state`() throws {
        var world = Self.world()
        var last = try world.round()
        for _ in 0..<9 { last = try world.round() }
        #expect(world.models.allSatisfy { $0.expectedReading == -last.perRow })
        let restored = try world.models[1].restored(
            sharedBytes: world.models[1].sharedBytes(), kept: world.models[1].keptState())
        #expect(restored.expectedReading == -last.perRow)
        let readings = world.rows.enumerated().flatMap {
            world.models[$0].scores(rows: $1, kind: .elbo)
        }
        let mean = readings.reduce(0, +) / Double(readings.count)
        // One round and one draw lie between them, two standard units of eight columns at most.
        #expect(abs(mean - world.models[0].expectedReading) < 2 * 8.0.squareRoot())
    }

    @Test func `a snapshot with everything in one part scores as the model does`() throws {
        var world = Self.world()
        for _ in 0..<3 { try world.round() }
        let parts = world.models[0].snapshot()
        let copy = try AutoencoderModel(
            snapshot: ModelSnapshot(kind: parts.kind, shared: parts.shared + parts.kept, kept: []))
        let rows = world.rows[0]
        #expect(copy.scores(rows: rows, kind: .density) == world.models[0].scores(rows: rows, kind: .density))
    }
}
