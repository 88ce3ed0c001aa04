import GraphicalMixture
import LinearAlgebra
import Models

/// The graphical lassos of the rounds of a fit, each solved from nothing and from the precision of the round before.
struct LassoRoundsBenchmark {
    let mixture: MixtureBenchmark
    let sparsity: Double

    /// Milliseconds a round for all patterns together, and sweeps a pattern.
    struct Round {
        var cold = 0.0
        var warm = 0.0
        var coldSweeps = 0
        var warmSweeps = 0
    }

    func run(rounds: Int) throws -> [Round] {
        let (rows, means) = mixture.data()
        let settings = GraphicalMixtureSettings(
            patternCount: mixture.patternCount, sparsity: sparsity, priorStrength: 1, seed: 1)
        var model = GraphicalMixtureModel(
            columnCount: mixture.columnCount, settings: settings, startMeans: means,
            rowCount: Double(mixture.rowCount))
        let layout = model.layout(rowScale: 0x1p20, valueLimit: 16)
        var result: [Round] = []
        for _ in 0..<rounds {
            let update = model.localUpdate(rows: rows, layout: layout)
            var round = Round()
            for (slot, pattern) in model.patterns.enumerated() {
                guard let pattern else { continue }
                let count = update.shared.values[slot]
                if count < GraphicalMixtureModel.rowsMin { continue }
                let covariance = covariance(slot, count: count, values: update.shared.values)
                let penalty = model.penalty / (count + 1)
                var cold: GraphicalLassoSolution?
                round.cold +=
                    try ThreadTime.measure {
                        cold = try graphicalLasso(covariance: covariance, penalty: penalty)
                    } / .milliseconds(1)
                var warm: GraphicalLassoSolution?
                round.warm +=
                    try ThreadTime.measure {
                        warm = try graphicalLasso(
                            covariance: covariance, penalty: penalty, previous: pattern.precision)
                    } / .milliseconds(1)
                round.coldSweeps += cold?.sweeps ?? 0
                round.warmSweeps += warm?.sweeps ?? 0
            }
            result.append(round)
            try model.optimise(sum: update.shared, kept: update.kept)
        }
        return result
    }

    /// S' of Eq. 16 for λ0 = 1 and m0 = 0.
    private func covariance(_ slot: Int, count: Double, values: [Double]) -> Matrix {
        let (patterns, d) = (mixture.patternCount, mixture.columnCount)
        let mean = (0..<d).map { values[patterns + slot * d + $0] / count }
        var index = patterns * (1 + d) + slot * d * (d + 1) / 2
        var result = Matrix(rowCount: d, columnCount: d)
        for i in 0..<d {
            for j in i..<d {
                let scatter = values[index] / count - count / (count + 1) * mean[i] * mean[j]
                result[i, j] = count / (count + 1) * scatter
                result[j, i] = result[i, j]
                index += 1
            }
        }
        return result
    }
}
