import GraphicalMixture
import LinearAlgebra
import Models

/// EM iterations on seeded rows of well separated Gaussians: sizes A, B and C.
struct MixtureBenchmark {
    let name: String
    let rowCount: Int
    let columnCount: Int
    let patternCount: Int

    /// Milliseconds, one entry a round.
    struct Times {
        var update: [Double] = []
        var optimise: [Double] = []
        var density: [Double] = []
        var paper: [Double] = []
    }

    static let all = [
        MixtureBenchmark(name: "A", rowCount: 200_000, columnCount: 20, patternCount: 10),
        MixtureBenchmark(name: "B", rowCount: 50_000, columnCount: 50, patternCount: 5),
        MixtureBenchmark(name: "C", rowCount: 20_000, columnCount: 100, patternCount: 3),
    ]

    /// Rounds of local update, M-step and scores, after two to warm up.
    func run(rounds: Int) throws -> Times {
        let (rows, means) = data()
        let settings = GraphicalMixtureSettings(
            patternCount: patternCount, sparsity: 0.1, priorStrength: 1, seed: 1)
        var model = GraphicalMixtureModel(
            columnCount: columnCount, settings: settings, startMeans: means, rowCount: Double(rowCount))
        let layout = model.layout(rowScale: 0x1p20, valueLimit: 16)
        var times = Times()
        for round in 0..<rounds + 2 {
            var update: LocalUpdate?
            let first = ThreadTime.measure { update = model.localUpdate(rows: rows, layout: layout) }
            guard let update else { continue }
            let second = try ThreadTime.measure { try model.optimise(sum: update.shared, kept: update.kept) }
            let third = ThreadTime.measure { _ = model.scores(rows: rows, kind: .density) }
            let fourth = ThreadTime.measure { _ = model.scores(rows: rows, kind: .paper) }
            guard round >= 2 else { continue }
            times.update.append(first / .milliseconds(1))
            times.optimise.append(second / .milliseconds(1))
            times.density.append(third / .milliseconds(1))
            times.paper.append(fourth / .milliseconds(1))
        }
        return times
    }

    /// Rows around `patternCount` centres with sparse mixing, and displaced centres to start from.
    func data() -> (rows: Matrix, means: [Double]) {
        var generator = SeededGenerator(seed: 1000 + UInt64(columnCount), label: "benchmark")
        let centres = NormalSampler.sample(count: patternCount * columnCount, using: &generator).map {
            2 * $0
        }
        var mixing = NormalSampler.sample(
            count: patternCount * columnCount * columnCount, using: &generator)
        for index in mixing.indices {
            mixing[index] = uniform(below: 10, using: &generator) == 0 ? 0.4 * mixing[index] : 0
        }
        var noise = NormalSampler.sample(count: rowCount * columnCount, using: &generator)
        var correlated = [Double](repeating: 0, count: columnCount)
        for row in 0..<rowCount {
            let pattern = Int(uniform(below: UInt64(patternCount), using: &generator))
            for column in 0..<columnCount {
                var value = noise[row * columnCount + column] + centres[pattern * columnCount + column]
                let offset = (pattern * columnCount + column) * columnCount
                for other in 0..<columnCount where mixing[offset + other] != 0 {
                    value += mixing[offset + other] * noise[row * columnCount + other]
                }
                correlated[column] = value
            }
            for column in 0..<columnCount { noise[row * columnCount + column] = correlated[column] }
        }
        let shift = NormalSampler.sample(count: patternCount * columnCount, using: &generator)
        return (
            Matrix(rowCount: rowCount, columnCount: columnCount, elements: noise),
            zip(centres, shift).map { $0 + $1 }
        )
    }
}
