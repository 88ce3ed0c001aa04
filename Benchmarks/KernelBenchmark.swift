import GraphicalMixture
import LinearAlgebra

/// Normals and graphical lassos, microseconds a call.
enum KernelBenchmark {
    /// 2,310 normals: the masks of one partner for K=10, d=20.
    static func normals(repetitions: Int) -> Double {
        var generator = SeededGenerator(seed: 1)
        let count = 2_310
        let words = (0..<NormalSampler.wordCount(for: count)).map { _ in generator.next() }
        var values = [Double](repeating: 0, count: count)
        let elapsed = ThreadTime.measure {
            for _ in 0..<repetitions { NormalSampler.fill(&values, from: words) }
        }
        precondition(values[0].isFinite)
        return elapsed / .microseconds(1) / Double(repetitions)
    }

    /// A correlation matrix of 2d rows of an order-one autoregression, penalty 0.1.
    static func lasso(dimension: Int, repetitions: Int) throws -> (
        microseconds: Double, sweeps: Int, gap: Double
    ) {
        var generator = SeededGenerator(seed: UInt64(dimension))
        let rows = 2 * dimension
        var covariance = Matrix(rowCount: dimension, columnCount: dimension)
        for _ in 0..<rows {
            var row = NormalSampler.sample(count: dimension, using: &generator)
            for column in 1..<dimension { row[column] = 0.6 * row[column - 1] + 0.8 * row[column] }
            for i in 0..<dimension {
                for j in 0..<dimension { covariance[i, j] += row[i] * row[j] / Double(rows) }
            }
        }
        var solution = try graphicalLasso(covariance: covariance, penalty: 0.1)
        let elapsed = try ThreadTime.measure {
            for _ in 0..<repetitions { solution = try graphicalLasso(covariance: covariance, penalty: 0.1) }
        }
        return (elapsed / .microseconds(1) / Double(repetitions), solution.sweeps, solution.dualityGap)
    }
}
