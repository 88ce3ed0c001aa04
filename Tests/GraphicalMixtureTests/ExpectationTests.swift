import GraphicalMixture
import LinearAlgebra
import Models
import Testing

/// The E-step and the scores against the definition, written out row by row.
@Suite struct ExpectationTests {
    /// A model with spread patterns whose precisions come from seeded factors, one slot dropped.
    static func model(columns: Int, patterns: Int, seed: UInt64) throws -> GraphicalMixtureModel {
        var generator = SeededGenerator(seed: seed, label: "model")
        var precisions: [Double] = []
        for _ in 0..<patterns {
            let g = NormalSampler.sample(count: columns * columns, using: &generator)
            for row in 0..<columns {
                for column in 0..<columns {
                    var sum = row == column ? 0.5 : 0
                    for inner in 0..<columns {
                        sum +=
                            0.3 * (g[row * columns + inner] * g[column * columns + inner]) / Double(columns)
                    }
                    precisions.append(sum)
                }
            }
        }
        var active = [Double](repeating: 1, count: patterns)
        var weights = (0..<patterns).map { Double($0 + 1) }
        if patterns > 1 {
            active[1] = 0
            weights[1] = 0
        }
        let total = weights.reduce(0, +)
        return try GraphicalMixtureModel(
            snapshot: ModelSnapshot(
                kind: GraphicalMixtureModel.name,
                shared: [
                    NamedArray(name: "active", shape: [patterns], values: active),
                    NamedArray(name: "counts", shape: [patterns], values: weights),
                    NamedArray(
                        name: "means", shape: [patterns, columns],
                        values: NormalSampler.sample(count: patterns * columns, using: &generator)),
                    NamedArray(
                        name: "precisions", shape: [patterns, columns, columns], values: precisions),
                    NamedArray(name: "priorStrength", shape: [1], values: [1]),
                    NamedArray(name: "penalty", shape: [1], values: [1]),
                ],
                kept: [
                    NamedArray(name: "weights", shape: [patterns], values: weights.map { $0 / total })
                ]))
    }

    static func rows(_ count: Int, columns: Int, seed: UInt64) -> Matrix {
        var generator = SeededGenerator(seed: seed, label: "rows")
        return Matrix(
            rowCount: count, columnCount: columns,
            elements: NormalSampler.sample(count: count * columns, using: &generator).map { 1.2 * $0 })
    }

    /// ln π_k + ln N(x | μ_k, Λ_k⁻¹) from the definition.
    private func logJoint(_ model: GraphicalMixtureModel, _ x: [Double]) -> [(slot: Int, value: Double)] {
        var result: [(Int, Double)] = []
        for (slot, pattern) in model.patterns.enumerated() {
            guard let pattern, model.weights[slot] > 0 else { continue }
            var square = 0.0
            for i in x.indices {
                for j in x.indices {
                    square += (x[i] - pattern.mean[i]) * pattern.precision[i, j] * (x[j] - pattern.mean[j])
                }
            }
            let constant =
                PortableMath.ln(model.weights[slot])
                + 0.5 * (pattern.logDeterminant - Double(x.count) * PortableMath.ln(2 * Double.pi))
            result.append((slot, constant - 0.5 * square))
        }
        return result
    }

    // Below and above the switch to triangular products; rows that fill no block, many blocks and no multiple of
    // eight; more patterns than make blocks smaller.
    @Test(arguments: [(1, 1, 5), (3, 4, 1_029), (31, 3, 513), (32, 3, 512), (40, 2, 700), (2, 90, 400)])
    func `sums and scores are those of the definition`(columns: Int, patterns: Int, rowCount: Int) throws {
        let model = try Self.model(columns: columns, patterns: patterns, seed: UInt64(columns))
        let rows = Self.rows(rowCount, columns: columns, seed: UInt64(rowCount))
        let layout = model.layout(rowScale: 2048, valueLimit: 8)
        let update = model.localUpdate(rows: rows, layout: layout)
        let density = model.scores(rows: rows, kind: .density)
        let paper = model.scores(rows: rows, kind: .paper)
        var expected = [Double](repeating: 0, count: layout.count)
        let triangle = columns * (columns + 1) / 2
        var scoreError = 0.0
        for row in 0..<rowCount {
            let x = Array(rows.elements[row * columns..<(row + 1) * columns])
            let joint = logJoint(model, x)
            let largest = joint.map(\.value).max() ?? 0
            let logSum =
                largest + PortableMath.ln(joint.reduce(0) { $0 + PortableMath.exp($1.value - largest) })
            var posteriorMean = 0.0
            for (slot, value) in joint {
                let r = PortableMath.exp(value - logSum)
                posteriorMean -= r * (value - PortableMath.ln(model.weights[slot]))
                expected[slot] += r
                expected[patterns * (1 + columns + triangle) + slot] += r * r
                var index = patterns * (1 + columns) + slot * triangle
                for i in 0..<columns {
                    expected[patterns + slot * columns + i] += r * x[i]
                    for j in i..<columns {
                        expected[index] += r * x[i] * x[j]
                        index += 1
                    }
                }
            }
            // Σ‖x‖⁴ is read by a common shape alone, and stays 0 here (CommonShapeTests have it).
            expected[layout.count - 4] += logSum
            scoreError = max(scoreError, abs(density[row] + logSum), abs(paper[row] - posteriorMean))
        }
        expected[layout.count - 3] = Double(rowCount)
        // Sums of a thousand terms of order 1 to 100, each within a few rounding errors of d² products.
        let tolerance = 1e-10
        #expect(scoreError < tolerance)
        for (value, exact) in zip(update.shared.values, expected) {
            #expect(abs(value - exact) < tolerance * max(1, abs(exact)))
        }
        for index in update.concentrations.indices {
            #expect(update.concentrations[index].count == update.shared.values[index])
        }
    }

    /// Does the pieces from the last to the first, as threads might.
    struct BackwardRunner: ParallelRunner {
        func map<Piece: Sendable>(count: Int, _ work: @Sendable (Int) -> Piece) -> [Piece] {
            (0..<count).reversed().map(work).reversed()
        }
    }

    @Test func `whoever does the pieces, the bits are the same`() throws {
        let model = try Self.model(columns: 5, patterns: 4, seed: 13)
        let rows = Self.rows(9_000, columns: 5, seed: 14)
        #expect(RowPartition(rowCount: rows.rowCount).count > 4)
        let layout = model.layout(rowScale: 16_384, valueLimit: 8)
        let serial = model.localUpdate(rows: rows, layout: layout)
        let other = model.localUpdate(rows: rows, layout: layout, on: BackwardRunner())
        #expect(serial.shared == other.shared)
        #expect(serial.kept == other.kept)
        #expect(serial.concentrations == other.concentrations)
        for kind in ScoreKind.allCases where kind != .calibrated {
            #expect(
                model.scores(rows: rows, kind: kind)
                    == model.scores(rows: rows, kind: kind, on: BackwardRunner()))
        }
    }

    @Test func `the paper's score is at most the log loss`() throws {
        let model = try Self.model(columns: 4, patterns: 5, seed: 8)
        let rows = Self.rows(300, columns: 4, seed: 9)
        let density = model.scores(rows: rows, kind: .density)
        let paper = model.scores(rows: rows, kind: .paper)
        #expect(zip(density, paper).allSatisfy { $0 >= $1 - 1e-12 })
    }

    @Test(arguments: [ScoreKind.density, .paper])
    func `rows beyond all measure get finite scores`(kind: ScoreKind) throws {
        let model = try Self.model(columns: 3, patterns: 3, seed: 10)
        let huge = Matrix(
            rowCount: 3, columnCount: 3,
            elements: [1e200, 0, 0, 1e308, -1e308, 1e308, -1e160, 1e160, 0])
        let scores = model.scores(rows: huge, kind: kind)
        #expect(scores.allSatisfy { $0.isFinite && $0 > 1e200 })
    }

    @Test func `entries stay within the scales of the layout`() throws {
        let model = try Self.model(columns: 4, patterns: 3, seed: 11)
        let rows = Self.rows(1_000, columns: 4, seed: 12)
        let layout = model.layout(rowScale: 1_024, valueLimit: 8)
        #expect(
            layout.blocks.map(\.name) == [
                "N", "m", "C", "sumR2", "logLikelihood", "rows", "missing", "norm4",
            ])
        #expect(layout.blocks.map(\.count) == [3, 12, 30, 3, 1, 1, 1, 1])
        #expect(
            layout.blocks.map(\.scale) == [1_024, 8_192, 65_536, 1_024, 65_536, 1_024, 4_096, 67_108_864])
        var clipped = 0
        _ = layout.normalised(
            model.localUpdate(rows: rows, layout: layout).shared.values, clippedCount: &clipped)
        #expect(clipped == 0)
    }
}
