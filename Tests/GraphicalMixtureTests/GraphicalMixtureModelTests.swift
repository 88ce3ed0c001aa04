import GraphicalMixture
import LinearAlgebra
import Models
import Testing

@Suite struct GraphicalMixtureModelTests {
    static func world(
        participants: Int = 3, rowsEach: Int = 60, columns: Int = 4, patterns: Int = 3,
        sparsity: Double = 0.1,
        priorStrength: Double = 1, seed: UInt64
    ) -> MixtureWorld {
        let rows = MixtureWorld.rows(
            participants: participants, rowsEach: rowsEach, columns: columns, clusters: 3, seed: seed)
        let settings = GraphicalMixtureSettings(
            patternCount: patterns, sparsity: sparsity, priorStrength: priorStrength, seed: seed)
        let model = GraphicalMixtureModel(
            columnCount: columns, settings: settings, start: 0, rowCount: Double(participants * rowsEach))
        return MixtureWorld(rows: rows, model: model)
    }

    @Test(arguments: 0..<200)
    func `the agreed objective never falls with exact sums`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed), label: "shape")
        var world = Self.world(
            participants: 1 + Int(uniform(below: 4, using: &generator)),
            rowsEach: 20 + Int(uniform(below: 60, using: &generator)),
            columns: 1 + Int(uniform(below: 7, using: &generator)),
            patterns: 1 + Int(uniform(below: 4, using: &generator)),
            sparsity: [0.01, 0.1, 0.5][Int(uniform(below: 3, using: &generator))],
            priorStrength: [0, 1, 10][Int(uniform(below: 3, using: &generator))], seed: UInt64(seed))
        var last = -Double.infinity
        for _ in 0..<15 {
            let active = world.models[0].activePatternCount
            let objective = try world.round().perRow
            // A few rounding errors of a sum of 15 terms of order 10, a row. A lasso may miss its optimum by its duality
            // gap: at most 1e-9 a variable is promised, 1e-13 is usual at the default accuracy.
            #expect(objective >= last - 1e-11, "fell by \(last - objective)")
            // A dropped pattern takes its prior and its rows' best explanation with it.
            last = world.models[0].activePatternCount == active ? objective : -.infinity
        }
    }

    @Test func `all participants hold the same shared bytes and their own weights`() throws {
        var world = Self.world(seed: 1)
        for _ in 0..<3 { _ = try world.round() }
        #expect(world.models.allSatisfy { $0.sharedBytes() == world.models[0].sharedBytes() })
        #expect(world.models[0].weights != world.models[1].weights)
        #expect(abs(world.models[0].weights.reduce(0, +) - 1) < 1e-15)
    }

    @Test func `a restored model goes on with the same bits`() throws {
        var world = Self.world(columns: 6, seed: 2)
        for _ in 0..<3 { _ = try world.round() }
        var restored = world
        let fresh = Self.world(columns: 6, seed: 99).models[0]
        for index in world.models.indices {
            let model = try fresh.restored(
                sharedBytes: world.models[index].sharedBytes(), kept: world.models[index].keptState())
            restored.models[index] = try #require(model as? GraphicalMixtureModel)
        }
        for _ in 0..<3 { #expect(try world.round() == restored.round()) }
        #expect(world.models[1].sharedBytes() == restored.models[1].sharedBytes())
        #expect(world.models[1].weights == restored.models[1].weights)
    }

    @Test func `a pattern without rows is dropped everywhere and keeps its slot`() throws {
        var world = Self.world(seed: 3)
        var means = [Double](repeating: 0, count: 12)
        for column in 0..<4 { means[8 + column] = 1000 }
        let settings = GraphicalMixtureSettings(patternCount: 3, sparsity: 0.1, priorStrength: 1, seed: 1)
        means[0] = 1
        let model = GraphicalMixtureModel(
            columnCount: 4, settings: settings, startMeans: means, rowCount: world.rowCount)
        world = MixtureWorld(rows: world.rows, model: model)
        let before = world.updates().sum.layout
        for _ in 0..<2 { _ = try world.round() }
        for model in world.models {
            #expect(model.activePatternCount == 2)
            #expect(model.patterns[2] == nil)
            #expect(model.weights[2] == 0)
        }
        let sum = world.updates().sum
        #expect(sum.layout == before)
        #expect(sum.values[2] == 0)
        _ = try world.round()
    }

    @Test func `a participant without rows changes nothing and keeps its weights`() throws {
        let layout = Self.world(seed: 4).updates().sum.layout
        let model = Self.world(seed: 4).models[0]
        let update = model.localUpdate(rows: Matrix(rowCount: 0, columnCount: 4), layout: layout)
        #expect(update.shared.values.allSatisfy { $0 == 0 })
        #expect(update.kept == model.keptState())
    }

    @Test func `impossible sums are refused and leave the model as it was`() throws {
        let world = Self.world(seed: 5)
        let (sum, kept) = world.updates()
        for (index, value) in [(0, -100.0), (1, .nan), (20, .infinity)] {
            var values = sum.values
            values[index] = value
            var model = world.models[0]
            #expect(throws: ModelError.self) {
                try model.optimise(sum: SharedVector(layout: sum.layout, values: values), kept: kept[0])
            }
            #expect(model.sharedBytes() == world.models[0].sharedBytes())
        }
        var model = world.models[0]
        let nothing = [Double](repeating: 0, count: sum.values.count)
        #expect(throws: ModelError.noPatternLeft(rowCount: 0)) {
            try model.optimise(sum: SharedVector(layout: sum.layout, values: nothing), kept: kept[0])
        }
    }

    @Test(arguments: [0, 0.1])
    func `constant and collinear columns under consensus noise give finite models`(sparsity: Double) throws {
        var world = Self.world(sparsity: sparsity, seed: 6)
        for index in world.rows.indices {
            for row in 0..<world.rows[index].rowCount {
                world.rows[index][row, 1] = world.rows[index][row, 0]
                world.rows[index][row, 2] = 0
            }
        }
        var generator = SeededGenerator(seed: 6, label: "noise")
        for _ in 0..<10 {
            let (sum, kept) = world.updates()
            let noise = NormalSampler.sample(count: sum.values.count, using: &generator)
            let values = zip(sum.values, noise).map { $0 + 1e-7 * $1 }
            let noisy = SharedVector(layout: sum.layout, values: values)
            for index in world.models.indices {
                try world.models[index].optimise(sum: noisy, kept: kept[index])
            }
        }
        let scores = world.models[0].scores(rows: world.rows[0], kind: .density)
        #expect(scores.allSatisfy { $0.isFinite })
        #expect(world.models.allSatisfy { $0.sharedBytes() == world.models[0].sharedBytes() })
    }

    @Test func `starts depend on seed and number and on nothing else`() {
        let settings = GraphicalMixtureSettings(patternCount: 4, sparsity: 0.1, priorStrength: 1, seed: 7)
        let other = GraphicalMixtureSettings(patternCount: 4, sparsity: 0.1, priorStrength: 1, seed: 8)
        func bytes(_ settings: GraphicalMixtureSettings, _ start: Int) -> [UInt8] {
            GraphicalMixtureModel(columnCount: 3, settings: settings, start: start, rowCount: 100)
                .sharedBytes()
        }
        #expect(bytes(settings, 0) == bytes(settings, 0))
        #expect(Set([bytes(settings, 0), bytes(settings, 1), bytes(other, 0)]).count == 3)
    }
}
