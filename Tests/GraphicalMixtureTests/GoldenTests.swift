import GraphicalMixture
import LinearAlgebra
import Models
import Testing

@Suite struct GoldenTests {
    /// |a − b| relative to the largest magnitude of `b`.
    private func relativeError(_ a: [Double], _ b: [Double]) -> Double {
        let scale = b.reduce(0) { max($0, abs($1)) }
        return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
    }

    @Test(arguments: [3, 31])
    func `ten rounds give the parameters of a plain numpy run of Algorithm 1`(participants: Int) throws {
        let golden = try GoldenFiles.read(
            "algorithm1-\(participants).json", as: GoldenFiles.AlgorithmRun.self)
        let rows = golden.standardisedRows
        let settings = GraphicalMixtureSettings(
            patternCount: golden.patternCount, sparsity: golden.sparsity,
            priorStrength: golden.priorStrength, seed: golden.seed)
        let model = GraphicalMixtureModel(
            columnCount: golden.columnCount, settings: settings, startMeans: golden.startMeans,
            rowCount: Double(golden.rowCounts.reduce(0, +)))
        var world = MixtureWorld(rows: rows, model: model)
        // Lassos whose gaps, of second order, are about 1e-13, and ten rounds of EM, which may spread an error before it contracts.
        let tolerance = 1e-8
        for expected in golden.objectives {
            #expect(abs(try world.round().perRow - expected) < tolerance)
        }
        let snapshot = world.models[0].snapshot()
        for (name, expected) in [
            ("counts", golden.counts), ("means", golden.means), ("precisions", golden.precisions),
        ] {
            let found = try #require(snapshot.shared.first { $0.name == name })
            #expect(relativeError(found.values, expected) < tolerance, "\(name)")
        }
        for (model, expected) in zip(world.models, golden.weights) {
            #expect(relativeError(model.weights, expected) < tolerance)
        }
    }

    @Test(arguments: [3, 31])
    func `the golden start is what its seed gives`(participants: Int) throws {
        let golden = try GoldenFiles.read(
            "algorithm1-\(participants).json", as: GoldenFiles.AlgorithmRun.self)
        let settings = GraphicalMixtureSettings(
            patternCount: golden.patternCount, sparsity: golden.sparsity,
            priorStrength: golden.priorStrength, seed: golden.seed)
        let model = GraphicalMixtureModel(
            columnCount: golden.columnCount, settings: settings, start: 0, rowCount: 100)
        let means = model.patterns.flatMap { $0?.mean ?? [] }
        #expect(relativeError(means, golden.startMeans) < 1e-14)
    }

    @Test func `densities, responsibilities and scores are scipy's`() throws {
        let golden = try GoldenFiles.read("densities.json", as: GoldenFiles.Densities.self)
        let (n, d, k) = (golden.rowCount, golden.columnCount, golden.patternCount)
        let ones = [Double](repeating: 1, count: k)
        let model = try GraphicalMixtureModel(
            snapshot: ModelSnapshot(
                kind: GraphicalMixtureModel.name,
                shared: [
                    NamedArray(name: "active", shape: [k], values: ones),
                    NamedArray(name: "counts", shape: [k], values: ones),
                    NamedArray(name: "means", shape: [k, d], values: golden.means),
                    NamedArray(name: "precisions", shape: [k, d, d], values: golden.precisions),
                    NamedArray(name: "priorStrength", shape: [1], values: [1]),
                    NamedArray(name: "penalty", shape: [1], values: [1]),
                ],
                kept: [NamedArray(name: "weights", shape: [k], values: golden.weights)]))
        let rows = Matrix(rowCount: n, columnCount: d, elements: golden.rows)
        let tolerance = 1e-10
        let density = model.scores(rows: rows, kind: .density)
        let paper = model.scores(rows: rows, kind: .paper)
        for row in 0..<n {
            #expect(abs(density[row] - golden.density[row]) < tolerance * max(1, abs(golden.density[row])))
            #expect(abs(paper[row] - golden.paper[row]) < tolerance * max(1, abs(golden.paper[row])))
        }
        let layout = model.layout(rowScale: 32, valueLimit: 8192)
        let update = model.localUpdate(rows: rows, layout: layout)
        let values = update.shared.values
        #expect(relativeError(Array(values[0..<k]), golden.counts) < tolerance)
        #expect(relativeError(Array(values[k..<k + k * d]), golden.firstMoments) < tolerance)
        var second: [Double] = []
        for pattern in 0..<k {
            for row in 0..<d {
                for column in row..<d {
                    second.append(golden.secondMoments[(pattern * d + row) * d + column])
                }
            }
        }
        let start = k + k * d
        #expect(relativeError(Array(values[start..<start + second.count]), second) < tolerance)
        #expect(relativeError(Array(values[(start + second.count)...].prefix(k)), golden.squares) < tolerance)
        #expect(abs(values[values.count - 4] / golden.logLikelihood - 1) < tolerance)
        #expect(values[values.count - 3] == Double(n))
        #expect(relativeError(update.concentrations.map(\.sumOfLogWeighted), golden.logWeighted) < tolerance)
        #expect(relativeError(update.concentrations.map(\.largest), golden.largest) < tolerance)
    }

    @Test func `graphical lassos are scikit-learn's and R's`() throws {
        let cases = try GoldenFiles.read("lassos.json", as: [GoldenFiles.Lasso].self)
        #expect(cases.count == 14)
        for golden in cases {
            let d = golden.dimension
            let covariance = Matrix(rowCount: d, columnCount: d, elements: golden.covariance)
            let solution = try graphicalLasso(
                covariance: covariance, penalty: golden.penalty, penalisesDiagonal: golden.penalisesDiagonal)
            #expect(relativeError(solution.precision.elements, golden.scikitLearn) < 1e-6)
            #expect(relativeError(solution.precision.elements, golden.glasso) < 1e-6)
            #expect(solution.ridge == 0)
            #expect(abs(solution.dualityGap) < 1e-10)
        }
    }
}
