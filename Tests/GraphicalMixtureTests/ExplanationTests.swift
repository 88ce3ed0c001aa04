import LinearAlgebra
import Models
import Testing

@testable import GraphicalMixture

/// Explanations and missing cells against the covariance side of the same Gaussian.
@Suite struct ExplanationTests {
    /// ln N(x_O | μ_O, Σ_OO) with Σ = Λ⁻¹, from the covariance.
    private func logDensity(_ pattern: MixturePattern, _ x: [Double], observed: [Int]) throws -> Double {
        let sigma = try CholeskyFactor(pattern.precision).inverse
        var block = Matrix(rowCount: observed.count, columnCount: observed.count)
        for (a, i) in observed.enumerated() {
            for (b, j) in observed.enumerated() { block[a, b] = sigma[i, j] }
        }
        let factor = try CholeskyFactor(block)
        let difference = observed.map { x[$0] - pattern.mean[$0] }
        let square = zip(difference, factor.solve(difference)).reduce(0) { $0 + $1.0 * $1.1 }
        return -0.5
            * (Double(observed.count) * PortableMath.ln(2 * Double.pi) + factor.logDeterminant + square)
    }

    private func pattern(_ columns: Int, seed: UInt64) throws -> MixturePattern {
        let model = try ExpectationTests.model(columns: columns, patterns: 1, seed: seed)
        return try #require(model.patterns[0])
    }

    /// Fills in the conditional means; ln N(x_O) and Cov[x | x_O].
    private func completed(
        _ cells: inout [Double], _ pattern: MixturePattern
    ) -> (value: Double, covariance: Matrix) {
        let d = cells.count
        var view = MarginalView([pattern])
        view.look(at: cells.span)
        let value = view.logDensity(cells.span, under: 0)
        view.fill(&cells, under: 0)
        var triangle = [Double](repeating: 0, count: d * (d + 1) / 2)
        var scatter = triangle.mutableSpan
        view.addCovariance(under: 0, weight: 1, to: &scatter)
        var covariance = Matrix(rowCount: d, columnCount: d)
        var index = 0
        for i in 0..<d {
            for j in i..<d {
                covariance[i, j] = triangle[index]
                covariance[j, i] = triangle[index]
                index += 1
            }
        }
        return (value, covariance)
    }

    @Test(arguments: [[0], [3], [1, 4], [0, 1, 2, 3], [2, 5]])
    func `a marginal density is that of the covariance's block`(missing: [Int]) throws {
        let pattern = try pattern(6, seed: 3)
        let x = ExpectationTests.rows(1, columns: 6, seed: 4).elements
        let observed = (0..<6).filter { !missing.contains($0) }
        var cells = x
        for column in missing { cells[column] = .nan }
        let value = completed(&cells, pattern).value
        // Two factorisations of order 6, one inverse: a few hundred rounding steps.
        #expect(abs(value - (try logDensity(pattern, x, observed: observed))) < 1e-10)
        #expect(observed.allSatisfy { cells[$0] == x[$0] })
        #expect(missing.allSatisfy { cells[$0].isFinite })
    }

    @Test func `a row without any cell has density 1 and the pattern's mean`() throws {
        let pattern = try pattern(4, seed: 5)
        var cells = [Double](repeating: .nan, count: 4)
        #expect(abs(completed(&cells, pattern).value) < 1e-12)
        #expect(cells == pattern.mean)
    }

    @Test func `conditional means and covariances are those of the covariance's blocks`() throws {
        let pattern = try pattern(5, seed: 6)
        let x = ExpectationTests.rows(1, columns: 5, seed: 7).elements
        let (missing, observed) = ([1, 3], [0, 2, 4])
        let sigma = try CholeskyFactor(pattern.precision).inverse
        var block = Matrix(rowCount: 3, columnCount: 3)
        for (a, i) in observed.enumerated() {
            for (b, j) in observed.enumerated() { block[a, b] = sigma[i, j] }
        }
        let factor = try CholeskyFactor(block)
        var cells = x
        for column in missing { cells[column] = .nan }
        let covariance = completed(&cells, pattern).covariance
        let weights = factor.solve(observed.map { x[$0] - pattern.mean[$0] })
        for i in missing {
            let pull = zip(observed, weights).reduce(0) { $0 + sigma[i, $1.0] * $1.1 }
            #expect(abs(cells[i] - (pattern.mean[i] + pull)) < 1e-10)
            for j in missing {
                let solved = factor.solve(observed.map { sigma[$0, j] })
                let explained = zip(observed, solved).reduce(0) { $0 + sigma[i, $1.0] * $1.1 }
                #expect(abs(covariance[i, j] - (sigma[i, j] - explained)) < 1e-10)
            }
        }
    }

    @Test func `a column's contribution is what the row costs more than the row without it`() throws {
        let model = try ExpectationTests.model(columns: 5, patterns: 1, seed: 8)
        let pattern = try #require(model.patterns[0])
        let x = ExpectationTests.rows(1, columns: 5, seed: 9).elements
        let explanation = try #require(model.explanation(of: x))
        let whole = try logDensity(pattern, x, observed: [0, 1, 2, 3, 4])
        for column in 0..<5 {
            let rest = try logDensity(pattern, x, observed: (0..<5).filter { $0 != column })
            #expect(abs(explanation.contributions[column] - (rest - whole)) < 1e-10)
        }
        #expect(explanation.patternWeights == [1])
        #expect(explanation.centre == pattern.mean)
    }

    @Test func `the cell that breaks the dependency, and not its margin, is expected elsewhere`() throws {
        // Two columns that go together: Σ = [1 0.9; 0.9 1]; (2, −2) has ordinary margins.
        let s = 1 / (1 - 0.81)
        let precision = Matrix(rowCount: 2, columnCount: 2, elements: [s, -0.9 * s, -0.9 * s, s])
        let pattern = try MixturePattern(count: 10, mean: [0, 0], precision: precision)
        let model = GraphicalMixtureModel(
            columnCount: 2, priorStrength: 1, penalty: 0, patterns: [pattern], weights: [1],
            shape: .own, patternLimit: 1, size: 1)
        let broken = try #require(model.explanation(of: [2, -2]))
        #expect(abs(broken.expected[0] + 1.8) < 1e-12 && abs(broken.expected[1] - 1.8) < 1e-12)
        #expect(abs(broken.deviation[0] * broken.deviation[0] - 0.19) < 1e-12)
        let usual = try #require(model.explanation(of: [2, 2]))
        #expect(broken.contributions[0] > usual.contributions[0] + 30)
        let edges = pattern.partialCorrelations()
        #expect(edges.count == 1 && abs(edges[0].value - 0.9) < 1e-12)
    }

    @Test func `a missing cell explains nothing and is expected at its conditional mean`() throws {
        let model = try ExpectationTests.model(columns: 4, patterns: 3, seed: 10)
        var x = ExpectationTests.rows(1, columns: 4, seed: 11).elements
        x[2] = .nan
        let explanation = try #require(model.explanation(of: x))
        #expect(explanation.contributions[2] == 0)
        #expect(explanation.expected.allSatisfy { $0.isFinite })
        #expect(abs(explanation.patternWeights.reduce(0, +) - 1) < 1e-14)
    }

    @Test func `a row far away has the deviation of its pattern, however far`() throws {
        let model = try ExpectationTests.model(columns: 3, patterns: 3, seed: 14)
        for distance in [1e3, 1e9, 1e40] {
            let explanation = try #require(model.explanation(of: [distance, 0, 0]))
            let nearest = try #require(explanation.patternWeights.firstIndex(of: 1))
            let pattern = try #require(model.patterns[nearest])
            for column in 0..<3 {
                let expected = (1 / pattern.precision[column, column]).squareRoot()
                #expect(abs(explanation.deviation[column] - expected) < 1e-12)
            }
        }
    }

    @Test func `patterns are described by slot, with the graph of their precision`() throws {
        let model = try ExpectationTests.model(columns: 4, patterns: 3, seed: 15)
        let described = model.patternDescriptions()
        #expect(described.map(\.slot) == [0, 2])
        for description in described {
            let pattern = try #require(model.patterns[description.slot])
            #expect(description.centre == pattern.mean)
            #expect(description.weight == model.weights[description.slot])
            #expect(description.rowCount == pattern.count && !description.isSuspect)
            #expect(description.edges.count == 6)
            // −Λ_ij/√(Λ_ii Λ_jj) is the correlation of what is left of two columns given the others.
            for edge in description.edges {
                let block = Matrix(
                    rowCount: 2, columnCount: 2,
                    elements: [
                        (edge.first, edge.first), (edge.first, edge.second), (edge.second, edge.first),
                        (edge.second, edge.second),
                    ].map { pattern.precision[$0.0, $0.1] })
                let covariance = try CholeskyFactor(block).inverse
                let scale = (covariance[0, 0] * covariance[1, 1]).squareRoot()
                #expect(abs(edge.value - covariance[0, 1] / scale) < 1e-12)
            }
            let strengths = description.edges.map(\.value.magnitude)
            #expect(strengths == strengths.sorted(by: >))
        }
    }

    @Test func `sums of incomplete rows are expectations given the observed cells`() throws {
        let model = try ExpectationTests.model(columns: 3, patterns: 3, seed: 12)
        var rows = ExpectationTests.rows(40, columns: 3, seed: 13)
        for row in 0..<40 { rows[row, row % 3] = .nan }
        for row in 0..<10 { rows[row, (row + 1) % 3] = .nan }
        let pass = IncompletePass(model)
        let sums = pass.sums(rows, in: 0..<40)
        let scores = model.scores(rows: rows, kind: .density)
        let slots = [0, 2]
        var count = [0.0, 0.0]
        var mean = [Double](repeating: 0, count: 6)
        var trace = 0.0
        for row in 0..<40 {
            let x = (0..<3).map { rows[row, $0] }
            let observed = (0..<3).filter { !x[$0].isNaN }
            let joint = try slots.map { slot in
                let pattern = try #require(model.patterns[slot])
                return PortableMath.ln(model.weights[slot])
                    + (try logDensity(pattern, x, observed: observed))
            }
            let total = joint.reduce(0) { $0 + PortableMath.exp($1) }
            #expect(abs(scores[row] + PortableMath.ln(total)) < 1e-10)
            for (position, slot) in slots.enumerated() {
                let r = PortableMath.exp(joint[position]) / total
                count[position] += r
                let pattern = try #require(model.patterns[slot])
                var cells = x
                let covariance = completed(&cells, pattern).covariance
                for column in 0..<3 {
                    mean[position * 3 + column] += r * cells[column]
                    trace += r * cells[column] * cells[column]
                }
                for column in 0..<3 { trace += r * covariance[column, column] }
            }
        }
        for position in 0..<2 {
            #expect(abs(sums.patterns[position].responsibilities.count - count[position]) < 1e-9)
            for column in 0..<3 {
                #expect(abs(sums.patterns[position].mean[column] - mean[position * 3 + column]) < 1e-9)
            }
        }
        let diagonal = (0..<2).flatMap { p in [0, 3, 5].map { sums.patterns[p].scatter[$0] } }
        #expect(abs(diagonal.reduce(0, +) - trace) < 1e-9)
        #expect(abs(sums.logLikelihood + scores.reduce(0, +)) < 1e-9)
    }
}
