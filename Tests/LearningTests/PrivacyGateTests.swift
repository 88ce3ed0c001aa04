import Consensus
import GraphicalMixture
import LinearAlgebra
import Models
import Privacy
import Testing

@testable import Learning

/// The gate on real mixtures: what it sees, and what it lets through.
@Suite struct PrivacyGateTests {
    private static let columns = 3
    private static let settings = SmallNetwork.training(participants: 1, columns: columns)

    private static func gate(_ action: PrivacyGate.Action, required: Double = 5) -> PrivacyGate {
        PrivacyGate(required: required, action: action, showsOwnSums: true)
    }

    /// A trainer of one participant that has come to its first round on these rows.
    private static func trainer(_ rows: Matrix, rounds: Int = 8) throws -> Trainer {
        var trainer = try Trainer(
            rows: rows, settings: SmallNetwork.training(participants: 1, columns: columns, rounds: rounds))
        for _ in 0..<rounds + 2 where trainer.stage != .round(rounds - 1) {
            let update = trainer.localUpdate()
            try trainer.absorb(update.shared, kept: update.kept)
        }
        return trainer
    }

    /// 100 rows: one far away, which ends up alone in its pattern, and 99 in a cloud.
    private static func oneAlone() -> Matrix {
        var generator = SeededGenerator(seed: 3, label: "one alone")
        var elements = NormalSampler.sample(count: 100 * columns, using: &generator)
        for column in 0..<columns { elements[column] = 60 + Double(column) }
        return Matrix(rowCount: 100, columnCount: columns, elements: elements)
    }

    @Test
    func `of 100 rows one alone in its pattern the paper's figure sees 99, ours 1, and the gate closes`()
        throws
    {
        let trainer = try Self.trainer(Self.oneAlone())
        let gated = trainer.gatedUpdate(Self.gate(.hold), on: SerialRunner())
        let report = try #require(gated.report)
        #expect(report.outcome == .held)
        // The graphical lasso keeps the far pattern wide enough for a few thousandths of the cloud.
        #expect(report.minimum < 1.05)
        let maximum = try #require(report.patterns.map(\.diversity.diversity).max())
        #expect(abs(maximum - 99) < 0.1)
        let paper = PaperFigures(trainer: trainer)
        // Bare likelihoods under a wide pattern hardly differ over the cloud: near 99, whatever the far row does.
        #expect(abs(try #require(paper.correctedCentres) - 99) <= 1)
        #expect(try #require(paper.asPrinted) >= 1)
    }

    @Test(arguments: PrivacyGate.Action.allCases)
    func `where nothing is short the vector is the same to the bit`(action: PrivacyGate.Action) throws {
        let trainer = try Self.trainer(SmallNetwork.rows(8, columns: Self.columns))
        let plain = trainer.localUpdate()
        let gated = trainer.gatedUpdate(Self.gate(action, required: 1), on: SerialRunner())
        #expect(gated.report?.outcome == .open)
        #expect(gated.update.shared == plain.shared)
        #expect(gated.update.kept == plain.kept)
    }

    @Test func `warn sends what it warns of`() throws {
        let trainer = try Self.trainer(Self.oneAlone())
        let gated = trainer.gatedUpdate(Self.gate(.warn), on: SerialRunner())
        #expect(gated.report?.outcome == .warned)
        #expect(gated.update.shared == trainer.localUpdate().shared)
    }

    @Test func `with suppress nothing of the short pattern is in the vector, and its row counts elsewhere`()
        throws
    {
        let trainer = try Self.trainer(Self.oneAlone())
        let gated = trainer.gatedUpdate(Self.gate(.suppress), on: SerialRunner())
        let report = try #require(gated.report)
        #expect(report.outcome == .suppressed)
        let short = try #require(report.patterns.first { $0.isTreated }?.diversity.pattern)
        let blocks = Blocks(gated.update.shared)
        #expect(blocks["N"][short] == 0 && blocks["sumR2"][short] == 0)
        let d = Self.columns
        #expect(blocks["m"][short * d..<(short + 1) * d].allSatisfy { $0 == 0 })
        let triangle = d * (d + 1) / 2
        #expect(blocks["C"][short * triangle..<(short + 1) * triangle].allSatisfy { $0 == 0 })
        // r is renormalised: all 100 rows are in the other pattern.
        #expect(abs(blocks["N"].reduce(0, +) - 100) < 1e-9)
        // The private weights are those of all patterns.
        #expect(gated.update.kept == trainer.localUpdate().kept)
    }

    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `after suppress no pattern with any weight is short`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed, label: "suppress")
        let count = 3 + Int(generator.next() % 40)
        var elements = NormalSampler.sample(count: count * Self.columns, using: &generator)
        for row in 0..<count where generator.next() % 4 == 0 { elements[row * Self.columns] *= 9 }
        let rows = Matrix(rowCount: count, columnCount: Self.columns, elements: elements)
        let trainer = try Self.trainer(rows)
        let required = 1 + Double(generator.next() % 12)
        let gated = trainer.gatedUpdate(Self.gate(.suppress, required: required), on: SerialRunner())
        let left = EntropyDiversity(gated.update.concentrations.map(\.weightSums), activityThreshold: 0)
        #expect(left.verdict(required: required) == .met)
        if left.patterns.isEmpty { #expect(gated.update.shared.values.allSatisfy { $0 == 0 }) }
    }

    @Test
    func `noise moves the short pattern's mean by the posterior's deviation and leaves the others alone`()
        throws
    {
        let trainer = try Self.trainer(Self.oneAlone())
        let gated = trainer.gatedUpdate(Self.gate(.noise), on: SerialRunner())
        let report = try #require(gated.report)
        #expect(report.outcome == .noised)
        let short = try #require(report.patterns.first { $0.isTreated }?.diversity.pattern)
        let d = Self.columns
        let plain = Blocks(gated.update.shared)
        let snapshot = try #require(trainer.model?.snapshot())
        let count = snapshot.shared.first { $0.name == "counts" }?.values[short] ?? 0
        let precisions = snapshot.shared.first { $0.name == "precisions" }?.values ?? []
        var generator = SeededGenerator(seed: 4, label: "noise")
        // Σ ξᵀΛξ·λ over draws is χ² with draws·d degrees of freedom.
        let draws = 400
        var distance = 0.0
        for _ in 0..<draws {
            let noisy = Blocks(trainer.disturbed(gated.update, report: report, using: &generator).shared)
            #expect(noisy["N"] == plain["N"])
            for other in plain["m"].indices where other / d != short {
                #expect(noisy["m"][other] == plain["m"][other])
            }
            let noise = (0..<d).map {
                (noisy["m"][short * d + $0] - plain["m"][short * d + $0]) / plain["N"][short]
            }
            for row in 0..<d {
                for column in 0..<d {
                    distance += noise[row] * precisions[(short * d + row) * d + column] * noise[column]
                }
            }
        }
        let degrees = Double(draws * d)
        // λ0 = 1; five standard deviations of the χ².
        #expect(abs(distance * (1 + count) - degrees) < 5 * (2 * degrees).squareRoot())
    }

    @Test func `noise keeps the scatter of the pattern about its mean`() throws {
        let trainer = try Self.trainer(Self.oneAlone())
        let gated = trainer.gatedUpdate(Self.gate(.noise, required: 200), on: SerialRunner())
        let report = try #require(gated.report)
        var generator = SeededGenerator(seed: 5, label: "noise")
        let noisy = Blocks(trainer.disturbed(gated.update, report: report, using: &generator).shared)
        let plain = Blocks(gated.update.shared)
        let d = Self.columns
        let triangle = d * (d + 1) / 2
        for slot in plain["N"].indices {
            for (blocks, other) in [(plain, noisy)] {
                var index = slot * triangle
                for row in 0..<d {
                    for column in row..<d {
                        func scatter(_ blocks: Blocks) -> Double {
                            blocks["C"][index] / blocks["N"][slot] - blocks["m"][slot * d + row]
                                * blocks["m"][slot * d + column] / blocks["N"][slot] / blocks["N"][slot]
                        }
                        // Differences of squares of up to 70.
                        #expect(abs(scatter(blocks) - scatter(other)) < 1e-9)
                        index += 1
                    }
                }
            }
        }
    }

    @Test func `views of different sizes keep their own slots`() {
        func spread(_ count: Double) -> PatternConcentration {
            PatternConcentration(count: count, sumOfSquares: count, sumOfLogWeighted: 0, largest: 1)
        }
        let report = GateReport(
            gate: Self.gate(.warn), rowCount: 30,
            concentrations: [10, 20, 2, 9, 19].map(spread), coordinates: [.shared, .local],
            slotCounts: [2, 3])
        #expect(report.patterns.map(\.coordinates) == [.shared, .shared, .local, .local, .local])
        #expect(report.patterns.map(\.diversity.pattern) == [0, 1, 0, 1, 2])
        #expect(report.shortSlots([.shared, .local]) == [[], [0]])
        #expect(report.isViolation)
    }

    @Test func `vectors without patterns rest on the rows`() throws {
        let few = try Trainer(rows: SmallNetwork.rows(0, columns: Self.columns), settings: Self.settings)
        let held = few.gatedUpdate(Self.gate(.hold, required: 13), on: SerialRunner())
        #expect(held.report?.outcome == .held)
        #expect(held.report?.minimum == 12)
        #expect(few.gatedUpdate(Self.gate(.hold, required: 12), on: SerialRunner()).report?.outcome == .open)
        var second = few
        try second.absorb(few.localUpdate().shared, kept: KeptState(bytes: []))
        let zeros = second.gatedUpdate(Self.gate(.suppress, required: 13), on: SerialRunner())
        #expect(zeros.update.shared.values.allSatisfy { $0 == 0 })
    }
}

/// The blocks of a shared vector by name.
private struct Blocks {
    private var values: [String: [Double]] = [:]

    init(_ vector: SharedVector) {
        var next = 0
        for block in vector.layout.blocks {
            values[block.name] = Array(vector.values[next..<next + block.count])
            next += block.count
        }
    }

    subscript(_ name: String) -> [Double] { values[name] ?? [] }
}
