import GraphicalMixture
import LinearAlgebra
import Models
import Testing

/// The dictionary that grows by splitting towards a common shape.
@Suite struct CommonShapeTests {
    static func world(
        rows: [Matrix], patterns: Int = 8, sparsity: Double = 0.01, origin: PatternOrigin = .split
    ) -> MixtureWorld {
        let settings = GraphicalMixtureSettings(
            patternCount: patterns, sparsity: sparsity, priorStrength: 1, origin: origin, shape: .common,
            seed: 1)
        let count = rows.reduce(0) { $0 + $1.rowCount }
        return MixtureWorld(
            rows: rows,
            model: GraphicalMixtureModel(
                columnCount: rows[0].columnCount, settings: settings, start: 0, rowCount: Double(count)))
    }

    /// Rounds as a trainer makes them: sizes on the way, then `rounds` at full size.
    static func grow(_ world: inout MixtureWorld, rounds: Int = 5) throws {
        var last: Double?
        var roundCount = 0
        while !world.models[0].isGrown {
            let objective = try world.round().perRow
            roundCount += 1
            let change = roundCount == 1 ? nil : last.map { objective - $0 }
            last = objective
            if world.models[0].isSettled(roundCount: roundCount, change: change) {
                for index in world.models.indices { world.models[index].grow() }
                roundCount = 0
            }
        }
        for _ in 0..<rounds { _ = try world.round() }
        for index in world.models.indices { try world.models[index].finish() }
    }

    @Test func `the sum of fourth powers is read in the first exchange, and only then`() throws {
        var world = Self.world(rows: Self.clusters)
        var expected = 0.0
        for rows in Self.clusters {
            for row in 0..<rows.rowCount {
                let square = (0..<rows.columnCount).reduce(0) { $0 + rows[row, $1] * rows[row, $1] }
                expected += square * square
            }
        }
        let found = try #require(world.updates().sum.values.last)
        // 360 positive terms, each of a few roundings.
        #expect(abs(found - expected) < 1e-12 * expected)
        _ = try world.round()
        #expect(world.updates().sum.values.last == 0)
    }

    private static let clusters = MixtureWorld.rows(
        participants: 3, rowsEach: 120, columns: 4, clusters: 3, seed: 21)

    @Test func `sizes double up to the limit, in bits alike for all`() throws {
        var world = Self.world(rows: Self.clusters, patterns: 6)
        var sizes: [Int] = [world.models[0].size]
        while !world.models[0].isGrown {
            for _ in 0..<3 { _ = try world.round() }
            for index in world.models.indices { world.models[index].grow() }
            sizes.append(world.models[0].size)
            #expect(world.models.allSatisfy { $0.sharedBytes() == world.models[0].sharedBytes() })
            #expect(world.models.allSatisfy { abs($0.weights.reduce(0, +) - 1) < 1e-12 })
        }
        #expect(sizes == [1, 2, 4, 6])
        #expect(world.models[0].activePatternCount <= 6)
        _ = try world.round()
    }

    @Test func `growing raises the likelihood of rows in clusters`() throws {
        var single = Self.world(rows: Self.clusters, patterns: 1)
        for _ in 0..<3 { _ = try single.round() }
        var grown = Self.world(rows: Self.clusters, patterns: 8)
        try Self.grow(&grown)
        let alone = try single.round().logLikelihoodPerRow
        let together = try grown.round().logLikelihoodPerRow
        #expect(together > alone + 0.1)
    }

    @Test func `the broad pattern is the agreed mean and shrunken covariance, whatever the start`() throws {
        var split = Self.world(rows: Self.clusters)
        _ = try split.round()
        var scattered = Self.world(rows: Self.clusters, origin: .scatter)
        _ = try scattered.round()
        func broad(_ world: MixtureWorld) throws -> [Double] {
            try #require(world.models[0].snapshot().shared.first { $0.name == "broadPrecision" }).values
        }
        // Responsibilities that add up to 1 leave the sums over all rows alone, but for rounding.
        for (a, b) in zip(try broad(split), try broad(scattered)) {
            #expect(abs(a - b) < 1e-8 * (1 + abs(a)))
        }
    }

    @Test func `a model in the middle of its growth is restored and goes on with the same bits`() throws {
        var world = Self.world(rows: Self.clusters)
        for _ in 0..<2 { _ = try world.round() }
        for index in world.models.indices { world.models[index].grow() }
        for _ in 0..<2 { _ = try world.round() }
        var restored = world
        let fresh = Self.world(rows: Self.clusters).models[0]
        for index in world.models.indices {
            let model = try fresh.restored(
                sharedBytes: world.models[index].sharedBytes(), kept: world.models[index].keptState())
            restored.models[index] = try #require(model as? GraphicalMixtureModel)
        }
        try Self.grow(&world)
        try Self.grow(&restored)
        #expect(world.models[1].sharedBytes() == restored.models[1].sharedBytes())
        #expect(world.models[1].weights == restored.models[1].weights)
    }

    @Test func `bytes cut short or altered give an error or a model, never a crash`() throws {
        var world = Self.world(rows: Self.clusters, patterns: 2)
        try Self.grow(&world)
        let model = world.models[0]
        let bytes = model.sharedBytes()
        for count in 0..<bytes.count {
            #expect(throws: ModelError.self) {
                try model.restored(sharedBytes: Array(bytes.prefix(count)), kept: model.keptState())
            }
        }
        var generator = SeededGenerator(seed: 14)
        for _ in 0..<1_000 {
            var altered = bytes
            altered[Int(uniform(below: UInt64(bytes.count), using: &generator))] =
                UInt8(truncatingIfNeeded: generator.next())
            _ = try? model.restored(sharedBytes: altered, kept: model.keptState())
        }
    }

    @Test func `a snapshot gives the model back, with its readers`() throws {
        var world = Self.world(rows: Self.clusters)
        try Self.grow(&world)
        let model = world.models[2]
        let again = try GraphicalMixtureModel(snapshot: model.snapshot())
        #expect(again.snapshot() == model.snapshot())
        let scores = model.readers().flatMap { $0 }.map {
            $0.scores(rows: Self.clusters[2], kind: .density)
        }
        #expect(scores.count == model.readerCountMax)
        let others = again.readers().flatMap { $0 }.map {
            $0.scores(rows: Self.clusters[2], kind: .density)
        }
        #expect(scores == others)
    }

    @Test func `readings are expected about where they are`() throws {
        var world = Self.world(rows: Self.clusters, patterns: 1)
        for _ in 0..<2 { _ = try world.round() }
        let rows = Matrix(
            rowCount: 360, columnCount: 4, elements: Self.clusters.flatMap(\.elements))
        for reader in world.models[0].readers().flatMap({ $0 }) {
            let scores = reader.scores(rows: rows, kind: .density)
            // One Gaussian of all rows: exact but for the floor, the shrinkage and the prior row.
            #expect(abs(scores.reduce(0, +) / 360 - reader.expectedReading) < 0.2)
        }
    }

    /// Rows of one wide cluster, and at each participant a few of a tight one far away.
    private static func contaminated() -> [Matrix] {
        var generator = SeededGenerator(seed: 4, label: "contaminated")
        return (0..<4).map { _ in
            var elements = NormalSampler.sample(count: 150 * 5, using: &generator)
            for row in 0..<8 {
                for column in 0..<5 { elements[row * 5 + column] = 7 + 0.05 * elements[row * 5 + column] }
            }
            return Matrix(rowCount: 150, columnCount: 5, elements: elements)
        }
    }

    @Test func `rows like a few anomalies in training stand out all the same`() throws {
        var world = Self.world(rows: Self.contaminated())
        try Self.grow(&world)
        let model = world.models[0]
        let suspects = try #require(model.snapshot().shared.first { $0.name == "suspects" }).values
        #expect(suspects.contains(1))
        let anomaly = Matrix(rowCount: 1, columnCount: 5, elements: [7, 7, 7, 7, 7])
        let fine = model.readers()[0][1]
        let normal = fine.scores(rows: Self.contaminated()[0], kind: .density).sorted()[140]
        #expect(fine.scores(rows: anomaly, kind: .density)[0] > normal + 5)
        #expect(model.scores(rows: anomaly, kind: .density)[0] < normal + 5)
    }

    /// Rows that leave covariances singular, patterns empty and columns without any spread.
    static let hardCases: [(name: String, rows: [Matrix])] = {
        var generator = SeededGenerator(seed: 8, label: "hard cases")
        let noise = NormalSampler.sample(count: 600, using: &generator)
        let constant = Matrix(rowCount: 40, columnCount: 3, repeating: 0)
        var halves = Matrix(rowCount: 60, columnCount: 3, elements: Array(noise.prefix(180)))
        for row in 0..<60 {
            halves[row, 1] = halves[row, 0]
            halves[row, 2] = row < 30 ? 8 : -8
        }
        return [
            ("one row", [Matrix(rowCount: 1, columnCount: 3, elements: [1, -2, 8])]),
            (
                "a row each",
                (0..<5).map { Matrix(rowCount: 1, columnCount: 3, elements: [Double($0), 1, -1]) }
            ),
            ("all rows alike", [constant, constant]), ("collinear and constant columns", [halves, constant]),
            (
                "fewer rows than columns",
                [Matrix(rowCount: 6, columnCount: 40, elements: Array(noise.prefix(240)))]
            ),
            ("one column", [Matrix(rowCount: 100, columnCount: 1, elements: Array(noise.prefix(100)))]),
        ]
    }()

    @Test(arguments: hardCases.indices, [0, 0.01, 0.3])
    func `no rows are too few, too alike or too flat`(index: Int, sparsity: Double) throws {
        let rows = Self.hardCases[index].rows
        var world = Self.world(rows: rows, patterns: 16, sparsity: sparsity)
        try Self.grow(&world)
        #expect(world.models.allSatisfy { $0.sharedBytes() == world.models[0].sharedBytes() })
        for (model, rows) in zip(world.models, rows) {
            for reader in model.readers().flatMap({ $0 }) {
                #expect(reader.scores(rows: rows, kind: .density).allSatisfy { $0.isFinite })
                #expect(reader.expectedReading.isFinite)
            }
        }
    }
}
