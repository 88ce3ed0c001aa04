import Foundation
import LinearAlgebra
import TaskAutoencoder

/// The loss again, in double precision and one number at a time: what central differences are taken of.
struct ReferenceNetwork {
    let golden: GoldenFiles.GradientCase
    private var architecture: AutoencoderArchitecture { golden.architecture }

    init(_ golden: GoldenFiles.GradientCase) { self.golden = golden }

    private func apply(_ network: DenseNetwork, _ parameters: [Double], _ input: [Double]) -> [Double] {
        var values = input
        for (number, layer) in network.layers.enumerated() {
            var output = (0..<layer.outputCount).map { parameters[layer.biasOffset + $0] }
            for from in 0..<layer.inputCount {
                for to in 0..<layer.outputCount {
                    output[to] += values[from] * parameters[layer.offset + from * layer.outputCount + to]
                }
            }
            if number < network.layers.count - 1 {
                output = output.map { network.activation == .tanh ? tanh($0) : max($0, 0) }
            }
            values = output
        }
        return values
    }

    private func softplus(_ a: Double) -> Double { max(a, 0) + log1p(exp(-abs(a))) }

    private func deviation(_ a: Double) -> Double {
        guard golden.cap > 0 else { return softplus(a) + golden.floor }
        let width = golden.cap - golden.floor
        return golden.floor + width * (1 - exp(-softplus(a) / width))
    }

    /// The mean over rows of −(1/J) Σ_j ln p(x|z_j) + β KL, or of ½‖x − x̂‖².
    func loss(encoder: [Double], decoder: [Double], beta: Double) -> Double {
        let (n, columns, latents) = (golden.rows, golden.columns, golden.latent)
        var total = 0.0
        for row in 0..<n {
            let x = Array(golden.x[row * columns..<(row + 1) * columns])
            let heads = apply(architecture.encoder, encoder, x)
            guard golden.form == "variational" else {
                let output = apply(architecture.decoder, decoder, heads)
                for (value, found) in zip(x, output) { total += 0.5 * (value - found) * (value - found) }
                continue
            }
            let h = (0..<latents).map { softplus(heads[latents + $0]) + golden.posteriorFloor }
            for unit in 0..<latents {
                total += beta * (0.5 * (heads[unit] * heads[unit] + h[unit] * h[unit] - 1) - log(h[unit]))
            }
            for sample in 0..<golden.samples {
                let z = (0..<latents).map {
                    heads[$0] + h[$0] * golden.noise[(sample * n + row) * latents + $0]
                }
                let output = apply(architecture.decoder, decoder, z)
                for column in 0..<columns {
                    let sigma = deviation(output[columns + column])
                    let t = (x[column] - output[column]) / sigma
                    total +=
                        (0.5 * t * t + log(sigma) + 0.5 * log(2 * Double.pi)) / Double(golden.samples)
                }
            }
        }
        return total / Double(n)
    }

    /// Central differences of `loss` with respect to every parameter, Richardson's step: error O(h⁴).
    func gradients(beta: Double) -> (encoder: [Double], decoder: [Double]) {
        func differences(_ count: Int, _ loss: (_ index: Int, _ shift: Double) -> Double) -> [Double] {
            // Short enough that no ReLU of the cases changes sides within it.
            let step = 2e-5
            return (0..<count).map { index in
                let near = (loss(index, step) - loss(index, -step)) / (2 * step)
                let far = (loss(index, 2 * step) - loss(index, -2 * step)) / (4 * step)
                return (4 * near - far) / 3
            }
        }
        func shifted(_ values: [Double], _ index: Int, _ shift: Double) -> [Double] {
            var result = values
            result[index] += shift
            return result
        }
        return (
            differences(golden.encoder.count) {
                loss(encoder: shifted(golden.encoder, $0, $1), decoder: golden.decoder, beta: beta)
            },
            differences(golden.decoder.count) {
                loss(encoder: golden.encoder, decoder: shifted(golden.decoder, $0, $1), beta: beta)
            }
        )
    }
}
