import LinearAlgebra
import Models
import Testing

@testable import GraphicalMixture

/// The E-step and EM with missing cells.
@Suite struct MissingCellTests {
    /// The same rows without each cell with the given probability; one cell of a row always stays.
    static func withHoles(_ rows: Matrix, share: Double, seed: UInt64) -> Matrix {
        var generator = SeededGenerator(seed: seed, label: "holes")
        var result = rows
        for row in 0..<rows.rowCount {
            let kept = Int(uniform(below: UInt64(rows.columnCount), using: &generator))
            for column in 0..<rows.columnCount where column != kept {
                if Double(uniform(below: 1_000, using: &generator)) < 1_000 * share {
                    result[row, column] = .nan
                }
            }
        }
        return result
    }

    /// Two columns, so that what is missing can be integrated over numerically.
    @Test func `the E-step of a row with a missing cell is an integral over the cell`() throws {
        let model = try ExpectationTests.model(columns: 2, patterns: 3, seed: 21)
        let x = 0.7
        let rows = Matrix(rowCount: 1, columnCount: 2, elements: [x, .nan])
        let layout = model.layout(rowScale: 2, valueLimit: 8)
        let values = model.localUpdate(rows: rows, layout: layout).shared.values
        let step = 0x1p-8
        var total = 0.0
        var moments = [Double](repeating: 0, count: 9)
        for node in -10_240...10_240 {
            let y = Double(node) * step
            for slot in [0, 2] {
                let pattern = try #require(model.patterns[slot])
                let (a, b) = (x - pattern.mean[0], y - pattern.mean[1])
                let p = pattern.precision
                let square = p[0, 0] * a * a + 2 * p[0, 1] * a * b + p[1, 1] * b * b
                let density =
                    model.weights[slot] * PortableMath.exp(0.5 * (pattern.logDeterminant - square))
                    / (2 * Double.pi) * step
                total += density
                moments[slot] += density
                moments[3 + slot] += density * y
                moments[6 + slot] += density * y * y
            }
        }
        let statistics = model.statistics
        // The trapezoid rule on a Gaussian of 40 standard deviations is exact to rounding.
        let tolerance = 1e-10
        #expect(abs(values[statistics.logLikelihoodIndex] - PortableMath.ln(total)) < tolerance)
        for slot in [0, 2] {
            let r = moments[slot] / total
            #expect(abs(values[statistics.countIndex(slot)] - r) < tolerance)
            #expect(abs(values[statistics.meanIndex(slot)] - r * x) < tolerance)
            #expect(abs(values[statistics.meanIndex(slot) + 1] - moments[3 + slot] / total) < tolerance)
            let scatter = statistics.scatterIndex(slot)
            #expect(abs(values[scatter] - r * x * x) < tolerance)
            #expect(abs(values[scatter + 1] - x * moments[3 + slot] / total) < tolerance)
            #expect(abs(values[scatter + 2] - moments[6 + slot] / total) < tolerance)
        }
        #expect(values[statistics.missingIndex] == 1)
    }

    @Test func `a reading is the mean of the whole row's loss over what the missing cell may hold`() throws {
        let model = try ExpectationTests.model(columns: 2, patterns: 1, seed: 26)
        let pattern = try #require(model.patterns[0])
        let p = pattern.precision
        let x = -1.3
        let whole = Matrix(rowCount: 1, columnCount: 2, elements: [x, 0.4])
        #expect(model.readings(rows: whole, on: SerialRunner()) == model.scores(rows: whole, kind: .density))
        // y | x is Gaussian with precision Λ_11 around μ_1 − Λ_10 (x − μ_0)/Λ_11.
        let centre = pattern.mean[1] - p[1, 0] * (x - pattern.mean[0]) / p[1, 1]
        let width = 1 / p[1, 1].squareRoot()
        let step = 0x1p-6
        var mean = 0.0
        for node in -640...640 {
            let t = Double(node) * step
            let row = Matrix(rowCount: 1, columnCount: 2, elements: [x, centre + width * t])
            let weight = PortableMath.exp(-t * t / 2) / (2 * Double.pi).squareRoot() * step
            mean += weight * model.scores(rows: row, kind: .density)[0]
        }
        let rows = Matrix(rowCount: 1, columnCount: 2, elements: [x, .nan])
        // The trapezoid rule on ten standard deviations is exact to rounding.
        #expect(abs(model.readings(rows: rows, on: SerialRunner())[0] - mean) < 1e-10)
    }

    @Test func `rows in any order give complete and incomplete parts that add up`() throws {
        let model = try ExpectationTests.model(columns: 4, patterns: 4, seed: 22)
        let rows = Self.withHoles(ExpectationTests.rows(300, columns: 4, seed: 23), share: 0.1, seed: 1)
        let layout = model.layout(rowScale: 512, valueLimit: 8)
        let whole = model.localUpdate(rows: rows, layout: layout)
        var sums = [Double](repeating: 0, count: layout.count)
        for row in 0..<300 {
            let single = Matrix(
                rowCount: 1, columnCount: 4, elements: Array(rows.elements[row * 4..<row * 4 + 4]))
            for (index, value) in model.localUpdate(rows: single, layout: layout).shared.values.enumerated() {
                sums[index] += value
            }
        }
        #expect(TrainingRows(rows).completeCount > 0)
        // Three hundred terms in two orders.
        for (a, b) in zip(whole.shared.values, sums) { #expect(abs(a - b) < 1e-10 * max(1, abs(b))) }
        #expect(whole.concentrations.allSatisfy { $0.count.isFinite && $0.sumOfLogWeighted <= 0 })
    }

    @Test func `whoever does the pieces, the bits are the same with missing cells`() throws {
        let model = try ExpectationTests.model(columns: 3, patterns: 3, seed: 24)
        let rows = Self.withHoles(ExpectationTests.rows(12_000, columns: 3, seed: 25), share: 0.3, seed: 2)
        let training = TrainingRows(rows)
        #expect(RowPartition(rowCount: rows.rowCount - training.completeCount).count > 2)
        let layout = model.layout(rowScale: 16_384, valueLimit: 8)
        let serial = model.localUpdate(rows: training, layout: layout, on: SerialRunner())
        let other = model.localUpdate(rows: training, layout: layout, on: ExpectationTests.BackwardRunner())
        #expect(serial.shared == other.shared)
        #expect(serial.kept == other.kept)
        #expect(
            model.scores(rows: rows, kind: .density)
                == model.scores(rows: rows, kind: .density, on: ExpectationTests.BackwardRunner()))
    }

    @Test(arguments: [PatternOrigin.scatter, .split])
    func `EM with missing cells never lowers the objective of the cells that are there`(
        origin: PatternOrigin
    ) throws {
        let rows = MixtureWorld.rows(participants: 3, rowsEach: 120, columns: 4, clusters: 3, seed: 5)
        let settings = GraphicalMixtureSettings(
            patternCount: 4, sparsity: 0, priorStrength: 1, origin: origin, shape: .own, seed: 3)
        let model = GraphicalMixtureModel(columnCount: 4, settings: settings, start: 0, rowCount: 360)
        var world = MixtureWorld(
            rows: rows.enumerated().map { Self.withHoles($1, share: 0.2, seed: UInt64($0)) }, model: model)
        while true {
            var last = -Double.infinity
            for _ in 0..<25 {
                let slots = world.models[0].activePatternCount
                let objective = try world.round().perRow
                // Exact in real arithmetic; sums of 360 rows round at 1e-15 of some tens.
                #expect(objective >= last - 1e-11)
                last = objective
                // A dropped pattern changes what is maximised.
                if world.models[0].activePatternCount < slots { last = -.infinity }
            }
            if world.models[0].isGrown { break }
            for index in world.models.indices { world.models[index].grow() }
        }
        #expect(world.models[0].hasMissingCells)
    }

    @Test func `the broad pattern finds a correlation behind missing cells, not one drawn to zero`() throws {
        var generator = SeededGenerator(seed: 6, label: "correlated")
        let noise = NormalSampler.sample(count: 4_000, using: &generator)
        var elements: [Double] = []
        for row in 0..<2_000 {
            elements += [noise[2 * row], 0.9 * noise[2 * row] + 0.19.squareRoot() * noise[2 * row + 1]]
        }
        let rows = Self.withHoles(
            Matrix(rowCount: 2_000, columnCount: 2, elements: elements), share: 0.4, seed: 7)
        let settings = GraphicalMixtureSettings(
            patternCount: 2, sparsity: 0, priorStrength: 1, origin: .split, shape: .common, seed: 3)
        var world = MixtureWorld(
            rows: [rows],
            model: GraphicalMixtureModel(columnCount: 2, settings: settings, start: 0, rowCount: 2_000))
        _ = try world.round()
        #expect(!world.models[0].isSettled(roundCount: 1, change: nil))
        for _ in 0..<9 { _ = try world.round() }
        let common = try #require(world.models[0].common)
        let covariance = try CholeskyFactor(common.broad.precision).inverse
        // Floor and shrinkage are taken back: they lower every correlation, with or without missing cells.
        let variances = [0, 1].map { covariance[$0, $0] - CommonShape.varianceFloor }
        let level = common.shrinkage * (variances[0] + variances[1]) / 2
        let correlation = covariance[0, 1] / ((variances[0] - level) * (variances[1] - level)).squareRoot()
        // The 720 or so whole rows alone would show 0.9 to 0.19/√720 = 0.007; the first round alone gives 0.9 · 0.6.
        #expect(abs(correlation - 0.9) < 0.03)
    }
}
