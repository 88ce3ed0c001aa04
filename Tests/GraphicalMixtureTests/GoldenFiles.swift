import Foundation
import LinearAlgebra

/// The golden files and their shapes; `Golden/README.md` says what they hold.
enum GoldenFiles {
    struct AlgorithmRun: Decodable {
        let columnCount: Int
        let patternCount: Int
        let rounds: Int
        let sparsity: Double
        let priorStrength: Double
        let seed: UInt64
        let valueLimit: Double
        let rowCounts: [Int]
        let rows: [[Double]]
        let mean: [Double]
        let scale: [Double]
        let startMeans: [Double]
        let objectives: [Double]
        let counts: [Double]
        let means: [Double]
        let precisions: [Double]
        let weights: [[Double]]

        /// Every participant's rows, standardised and clipped as the rounds saw them.
        var standardisedRows: [Matrix] {
            rows.map { values in
                let elements = values.indices.map { index in
                    let column = index % columnCount
                    return min(max((values[index] - mean[column]) / scale[column], -valueLimit), valueLimit)
                }
                return Matrix(
                    rowCount: values.count / columnCount, columnCount: columnCount, elements: elements)
            }
        }
    }

    struct Densities: Decodable {
        let rowCount: Int
        let columnCount: Int
        let patternCount: Int
        let rows: [Double]
        let weights: [Double]
        let means: [Double]
        let precisions: [Double]
        let density: [Double]
        let paper: [Double]
        let counts: [Double]
        let firstMoments: [Double]
        let secondMoments: [Double]
        let squares: [Double]
        let logWeighted: [Double]
        let largest: [Double]
        let logLikelihood: Double
    }

    struct Lasso: Decodable {
        let dimension: Int
        let penalty: Double
        let penalisesDiagonal: Bool
        let covariance: [Double]
        let scikitLearn: [Double]
        /// R's glasso.
        let glasso: [Double]
    }

    static func read<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
        let url = Bundle.module.url(forResource: "Golden", withExtension: nil)
        guard let url else { throw CocoaError(.fileNoSuchFile) }
        return try JSONDecoder().decode(type, from: Data(contentsOf: url.appending(path: name)))
    }
}
