package import LinearAlgebra
package import Models

/// What the agreement says about an autoencoder; the defaults are the recipe tried on the development sets.
package struct AutoencoderSettings: Sendable, Equatable {
    /// Widths of the hidden layers, 1…8 of them, 1…4096 each.
    package var hidden: [Int] = [64]
    /// d, 1…1024; nil takes it from the agreed covariance, at the cost of a round.
    package var latentCount: Int?
    package var activation = FloatActivation.tanh
    package var form = AutoencoderForm.recipe
    /// β, weight of the KL term. 0…100.
    package var beta = 1.0
    /// J, draws a row in training. 1…64.
    package var samples = 1
    /// Rows a step, drawn with replacement. 1…65,536.
    package var batch = 64
    /// Of the first round; it falls to 5 % by half a cosine. Above 0, to 10.
    package var learningRate = 1e-3
    package var optimiser = Optimiser.adam
    package var schedule = Schedule.together(steps: 10)
    package var share = Share.decoder
    /// Share of a batch's rows with the lowest ELBO that is left out from a fifth of the rounds on. 0…0.5.
    package var trim = 0.05
    /// Start and, with the participant's name and the round, every draw.
    package var seed: UInt64 = 1
    /// Rounds that the learning rate is planned for, ≥ 1.
    package var roundCount = 50

    /// How gradients are made differentially private; nil sends them as they are.
    package var privacy: RowPrivacy?
    /// N as all know it, where `privacy` asks; ≥ 1.
    package var agreedRowCount = 1.0

    package static let hiddenCounts = 1...8
    package static let widths = 1...4_096
    package static let latentCounts = 1...1_024

    package init() {}

    /// How a gradient becomes a step.
    package enum Optimiser: String, Sendable, CaseIterable {
        case adam
        case sgd
    }

    /// What a participant does in a round.
    package enum Schedule: Sendable, Equatable {
        /// Local steps on φ^s and a copy of θ; the copy's change is averaged.
        case together(steps: Int)
        /// The paper's: steps on φ^s with θ fixed (Eq. 33), then one gradient of θ, summed and applied by all (Eq. 34–36).
        case gradient(encoderSteps: Int)
    }

    /// What participants have in common.
    package enum Share: String, Sendable, CaseIterable {
        case decoder
        /// The encoder too: nothing but draws and moments stays private.
        case all
    }

    /// Gradient norms of encoder and decoder are held to this each (mean loss per row).
    static let clip = 5.0
    /// The share of the largest eigenvalues' sum that `latent: auto` keeps.
    private static let latentShare = 0.95
    private static let latentLimit = 32

    /// `latent: auto`: the fewest eigenvalues that hold 95 % of the trace, at least 1, at most 32, M − 1 and ΣN/4.
    ///
    /// Portable where the eigenvalues are.
    ///
    /// - Parameters:
    ///   - eigenvalues: of the agreed covariance, ascending, shape `(M)`.
    ///   - rowCount: ΣN ≥ 1.
    package static func latentCount(eigenvalues: [Double], rowCount: Double) -> Int {
        precondition(!eigenvalues.isEmpty && rowCount >= 1, "\(eigenvalues.count) of \(rowCount) rows")
        let limit = min(latentCountMax(columnCount: eigenvalues.count), Int(min(rowCount / 4, 1e6)))
        let trace = eigenvalues.reduce(0) { $0 + max($1, 0) }
        var sum = 0.0
        var count = 0
        for value in eigenvalues.reversed() where sum < latentShare * trace {
            sum += max(value, 0)
            count += 1
        }
        return max(1, min(count, limit))
    }

    /// The most latents that `auto` takes, ≥ 1.
    package static func latentCountMax(columnCount: Int) -> Int { max(1, min(latentLimit, columnCount - 1)) }

    /// The rate of a round: learning-rate · (0.05 + 0.95 · ½(1 + cos(π round/rounds))), portable.
    func rate(round: Int) -> Double {
        let progress = min(Double(round) / Double(roundCount), 1)
        return learningRate * (0.05 + 0.475 * (1 + PortableMath.sinCos(turns: progress / 2).cosine))
    }

    /// The share that is trimmed in a round.
    func trim(round: Int) -> Double { 5 * round >= roundCount ? trim : 0 }
}
