package import LinearAlgebra

/// What a network of the family computes.
package enum AutoencoderForm: Sendable, Equatable {
    /// Encoder m and h, decoder μ and σ; Gaussian likelihood, KL to N(0, I).
    case variational(deviation: FloatDeviation, posteriorFloor: Float)
    /// Encoder code, decoder reconstruction; squared error.
    case deterministic

    /// The recipe's heads: σ in 0.1…1, h above 1e-3.
    package static let recipe = AutoencoderForm.variational(
        deviation: .bounded(floor: 0.1, cap: 1), posteriorFloor: 1e-3)
    /// The paper's heads (Eq. 23 with softplus): nothing but a floor of 1e-4 against division by zero.
    package static let paper = AutoencoderForm.variational(
        deviation: .softplus(floor: 1e-4), posteriorFloor: 1e-4)

    /// Outputs of the encoder a latent, and of the decoder a column.
    var headCount: Int {
        switch self {
        case .variational: 2
        case .deterministic: 1
        }
    }
}

/// The shape of an encoder x → hidden layers → latents and of a decoder that mirrors it.
///
/// All heads of a network lie in one matrix: encoder m then s, decoder μ then a.
package struct AutoencoderArchitecture: Sendable, Equatable {
    /// M ≥ 1.
    package let columnCount: Int
    /// Widths from x to z; the decoder has them in reverse.
    package let hidden: [Int]
    /// d ≥ 1.
    package let latentCount: Int
    package let activation: FloatActivation
    package let form: AutoencoderForm
    package let encoder: DenseNetwork
    package let decoder: DenseNetwork

    /// - Precondition: every count ≥ 1.
    package init(
        columnCount: Int, hidden: [Int], latentCount: Int, activation: FloatActivation, form: AutoencoderForm
    ) {
        precondition(columnCount >= 1 && latentCount >= 1, "\(columnCount) columns, \(latentCount) latents")
        self.columnCount = columnCount
        self.hidden = hidden
        self.latentCount = latentCount
        self.activation = activation
        self.form = form
        self.encoder = DenseNetwork(
            widths: [columnCount] + hidden + [form.headCount * latentCount], activation: activation)
        self.decoder = DenseNetwork(
            widths: [latentCount] + hidden.reversed() + [form.headCount * columnCount],
            activation: activation)
    }

    /// h starts here.
    private static let posteriorStart = 0.3
    /// softplus(a) starts here, so that σ starts near 0.35, below the leading eigenvalues of standardised columns.
    private static let deviationStart = 0.3
    /// Weights of the standard-deviation heads start smaller by this.
    private static let deviationWeightScale = 0.1

    /// The common start of encoder and decoder: weights N(0, 1/inputs), biases 0 but those of the σ heads.
    ///
    /// Portable arithmetic: the same bits at every participant.
    package func start(seed: UInt64) -> (encoder: [Double], decoder: [Double]) {
        (
            start(of: encoder, headWidth: latentCount, deviation: Self.posteriorStart, seed, "encoder"),
            start(of: decoder, headWidth: columnCount, deviation: Self.deviationStart, seed, "decoder")
        )
    }

    private func start(
        of network: DenseNetwork, headWidth: Int, deviation: Double, _ seed: UInt64, _ label: String
    ) -> [Double] {
        var generator = SeededGenerator(seed: seed, label: "autoencoder \(label)")
        var parameters = [Double](repeating: 0, count: network.parameterCount)
        for (number, layer) in network.layers.enumerated() {
            let isHeads = number == network.layers.count - 1
            let normals = NormalSampler.sample(
                count: layer.inputCount * layer.outputCount, using: &generator)
            let scale = 1 / Double(layer.inputCount).squareRoot()
            for index in normals.indices {
                let isDeviation = isHeads && index % layer.outputCount >= headWidth
                parameters[layer.offset + index] =
                    normals[index] * scale * (isDeviation ? Self.deviationWeightScale : 1)
            }
            if isHeads {
                // ln(eʸ − 1) is where softplus is y.
                let bias = PortableMath.ln(PortableMath.exp(deviation) - 1)
                for output in headWidth..<max(layer.outputCount, headWidth) {
                    parameters[layer.biasOffset + output] = bias
                }
            }
        }
        return parameters
    }
}
