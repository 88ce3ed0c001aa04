import Foundation
import LinearAlgebra
import TaskAutoencoder
import Testing

/// Losses and gradients against central differences in double precision and against PyTorch.
@Suite struct GradientTests {
    /// Largest deviation within each layer's W and b, relative to the largest entry there.
    static func worst(
        _ found: [Float], _ expected: [Double], of network: DenseNetwork
    ) -> Double {
        var worst = 0.0
        for layer in network.layers {
            for range in [layer.offset..<layer.biasOffset, layer.biasOffset..<layer.end] {
                let scale = range.map { abs(expected[$0]) }.max() ?? 0
                let error = range.map { abs(Double(found[$0]) - expected[$0]) }.max() ?? 0
                worst = max(worst, error / max(scale, 1e-30))
            }
        }
        return worst
    }

    static func sum(_ likelihood: [Double], _ divergence: [Double], beta: Double) -> [Double] {
        zip(likelihood, divergence).map { $0 + beta * $1 }
    }

    @Test func `the golden cases are there`() {
        #expect(GoldenFiles.gradientCases.map(\.name) == ["recipe", "paper", "deep", "deterministic"])
    }

    /// Single precision carries 6e-8 a rounding; a layer's entries are sums of some tens of products.
    @Test(arguments: GoldenFiles.gradientCases, [0, 1, 30.0])
    func `losses and gradients are PyTorch's`(golden: GoldenFiles.GradientCase, beta: Double) {
        var pass = golden.pass()
        let loss = pass.run(
            encoder: golden.encoder.map(Float.init), decoder: golden.decoder.map(Float.init),
            beta: Float(beta), trim: 0, parts: .both)
        let expected = golden.likelihood + beta * golden.divergence
        #expect(abs(loss - expected) <= 1e-6 * abs(expected))
        let encoder = Self.sum(golden.likelihoodEncoder, golden.divergenceEncoder, beta: beta)
        let decoder = Self.sum(golden.likelihoodDecoder, golden.divergenceDecoder, beta: beta)
        #expect(Self.worst(pass.encoderGradient, encoder, of: golden.architecture.encoder) < 1e-5)
        #expect(Self.worst(pass.decoderGradient, decoder, of: golden.architecture.decoder) < 1e-5)
    }

    @Test(arguments: GoldenFiles.gradientCases, [0, 1, 30.0])
    func `gradients are central differences in double precision`(
        golden: GoldenFiles.GradientCase, beta: Double
    ) {
        var pass = golden.pass()
        _ = pass.run(
            encoder: golden.encoder.map(Float.init), decoder: golden.decoder.map(Float.init),
            beta: Float(beta), trim: 0, parts: .both)
        let expected = ReferenceNetwork(golden).gradients(beta: beta)
        #expect(Self.worst(pass.encoderGradient, expected.encoder, of: golden.architecture.encoder) < 1e-6)
        #expect(Self.worst(pass.decoderGradient, expected.decoder, of: golden.architecture.decoder) < 1e-6)
    }
}
