import Foundation
import GraphicalMixture
import LinearAlgebra

/// Graphical lassos with the penalty off the diagonal, from nothing and from the solution of a similar problem.
struct LassoBenchmark {
    static let dimensions = [20, 50, 100, 200, 500]

    struct Problem {
        let covariance: Matrix
        let penalty: Double
        /// The least objective known, where the input comes with one.
        let objective: Double?
    }

    struct Times {
        /// Milliseconds, all repetitions.
        var cold: [Double] = []
        var warm: [Double] = []
        var sweeps = (cold: 0, warm: 0)
        var certificate = 0.0
        /// Objective less the least known.
        var gap: Double?
        var density = 0.0
    }

    /// `glasso_M.csv` and `glasso_M.json` of a folder: a covariance, and the least objective known of it.
    static func problem(_ dimension: Int, in folder: String) throws -> Problem {
        struct Reference: Decodable {
            let rho: Double
            let objective: Double
        }
        let base = URL(filePath: folder).appending(path: "glasso_\(dimension)")
        let text = try String(contentsOf: base.appendingPathExtension("csv"), encoding: .utf8)
        let values = text.split(whereSeparator: { $0 == "," || $0.isNewline }).compactMap { Double($0) }
        let reference = try JSONDecoder().decode(
            Reference.self, from: Data(contentsOf: base.appendingPathExtension("json")))
        return Problem(
            covariance: Matrix(rowCount: dimension, columnCount: dimension, elements: values),
            penalty: reference.rho, objective: reference.objective)
    }

    /// The correlations of 5d rows whose columns each depend on two earlier ones.
    static func problem(_ dimension: Int) -> Problem {
        var generator = SeededGenerator(seed: UInt64(dimension), label: "lasso benchmark")
        let parents = (0..<2 * dimension).map { index in
            Int(uniform(below: UInt64(max(index / 2, 1)), using: &generator))
        }
        let rowCount = 5 * dimension
        var covariance = Matrix(rowCount: dimension, columnCount: dimension)
        for _ in 0..<rowCount {
            var row = NormalSampler.sample(count: dimension, using: &generator)
            for column in 1..<dimension {
                row[column] += 0.4 * row[parents[2 * column]] - 0.3 * row[parents[2 * column + 1]]
            }
            for i in 0..<dimension {
                for j in 0..<dimension { covariance[i, j] += row[i] * row[j] }
            }
        }
        let scales = (0..<dimension).map { covariance[$0, $0].squareRoot() }
        for i in 0..<dimension {
            for j in 0..<dimension { covariance[i, j] /= scales[i] * scales[j] }
        }
        return Problem(covariance: covariance, penalty: 0.8 / Double(dimension).squareRoot(), objective: nil)
    }

    /// The same with the entries off the diagonal moved by 1 % of their root mean square.
    private static func moved(_ problem: Problem) -> Matrix {
        let dimension = problem.covariance.rowCount
        var generator = SeededGenerator(seed: 1, label: "moved")
        let noise = NormalSampler.sample(count: dimension * dimension, using: &generator)
        var square = 0.0
        for i in 0..<dimension {
            for j in 0..<i { square += problem.covariance[i, j] * problem.covariance[i, j] }
        }
        let size = 0.01 * (2 * square / Double(dimension * (dimension - 1))).squareRoot()
        var result = problem.covariance
        for i in 0..<dimension {
            for j in 0..<i {
                result[i, j] += size * noise[i * dimension + j]
                result[j, i] = result[i, j]
            }
        }
        return result
    }

    static func run(_ problem: Problem, accuracy: Double, milliseconds: Double) throws -> Times {
        let target = moved(problem)
        var solution = try graphicalLasso(
            covariance: problem.covariance, penalty: problem.penalty, penalisesDiagonal: false,
            accuracy: accuracy)
        let start = solution.precision
        var times = Times()
        var spent = 0.0
        while times.cold.count < 7 || (spent < milliseconds && times.cold.count < 1000) {
            let cold = try ThreadTime.measure {
                solution = try graphicalLasso(
                    covariance: problem.covariance, penalty: problem.penalty, penalisesDiagonal: false,
                    accuracy: accuracy)
            }
            var warmed: GraphicalLassoSolution?
            let warm = try ThreadTime.measure {
                warmed = try graphicalLasso(
                    covariance: target, penalty: problem.penalty, penalisesDiagonal: false, previous: start,
                    accuracy: accuracy)
            }
            times.cold.append(cold / .milliseconds(1))
            times.warm.append(warm / .milliseconds(1))
            times.sweeps = (solution.sweeps, warmed?.sweeps ?? 0)
            spent += (cold + warm) / .milliseconds(1)
        }
        times.certificate = solution.dualityGap
        times.density = density(solution.precision)
        if let least = problem.objective {
            times.gap = try objective(solution.precision, problem) - least
        }
        return times
    }

    private static func density(_ matrix: Matrix) -> Double {
        let count = matrix.rowCount
        return Double(matrix.elements.count { $0 != 0 } - count) / Double(count * (count - 1))
    }

    private static func objective(_ precision: Matrix, _ problem: Problem) throws -> Double {
        let count = precision.rowCount
        var sum = -(try CholeskyFactor(precision).logDeterminant)
        for i in 0..<count {
            for j in 0..<count {
                sum += precision[i, j] * problem.covariance[i, j]
                if i != j { sum += problem.penalty * abs(precision[i, j]) }
            }
        }
        return sum
    }
}
