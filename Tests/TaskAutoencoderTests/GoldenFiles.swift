import Foundation
import LinearAlgebra
import TaskAutoencoder
import Testing

/// The golden files and their shapes; `Golden/README.md` says what they hold.
enum GoldenFiles {
    struct GradientCase: Decodable, CustomTestStringConvertible {
        let name: String
        let form: String
        let columns: Int
        let hidden: [Int]
        let latent: Int
        let rows: Int
        let samples: Int
        let activation: String
        let floor: Double
        let cap: Double
        let posteriorFloor: Double
        let encoder: [Double]
        let decoder: [Double]
        let x: [Double]
        let noise: [Double]
        let likelihood: Double
        let likelihoodEncoder: [Double]
        let likelihoodDecoder: [Double]
        let divergence: Double
        let divergenceEncoder: [Double]
        let divergenceDecoder: [Double]

        var testDescription: String { name }

        var architecture: AutoencoderArchitecture {
            let deviation: FloatDeviation =
                cap > 0
                ? .bounded(floor: Float(floor), cap: Float(cap)) : .softplus(floor: Float(floor))
            return AutoencoderArchitecture(
                columnCount: columns, hidden: hidden, latentCount: latent,
                activation: activation == "tanh" ? .tanh : .relu,
                form: form == "deterministic"
                    ? .deterministic
                    : .variational(deviation: deviation, posteriorFloor: Float(posteriorFloor)))
        }

        /// The pass with the case's rows and normals loaded.
        func pass() -> BatchPass {
            var pass = BatchPass(architecture, capacity: rows, sampleCount: samples)
            pass.load(
                Matrix(rowCount: rows, columnCount: columns, elements: x), indices: Array(0..<rows))
            pass.setNoise(noise.map(Float.init))
            return pass
        }
    }

    static let gradientCases: [GradientCase] =
        (try? read("gradients.json", as: [GradientCase].self)) ?? []

    static func read<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
        let url = Bundle.module.url(forResource: "Golden", withExtension: nil)
        guard let url else { throw CocoaError(.fileNoSuchFile) }
        return try JSONDecoder().decode(type, from: Data(contentsOf: url.appending(path: name)))
    }
}
