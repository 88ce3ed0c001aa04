import LinearAlgebra
import Models

/// The multi-task variational autoencoder: a private encoder and latent prior a participant, one decoder for all.
///
/// Participant s sees x ~ N(μ_θ(z), diag σ_θ(z)²), z ~ N(0, I), and encodes q(z|x) = N(m(x), diag h(x)²) with its own
/// φ^s (Idé, Phan and Raymond 2024, §5); Eq. 30 is used with −‖m‖², h of length d and heads of their own.
/// One round:
///
/// - *Local update* (`+LocalUpdate`): H steps of Adam on (φ^s, a copy of θ), batches drawn with replacement; what
///   leaves is N^s (θ^s − θ) and N^s. Or the paper's: encoder steps, then one gradient of θ.
/// - *Aggregation*: sums over participants, the business of other rooms.
/// - *Optimise* (`+Optimise`), shared: θ ← θ + Σ/ΣN, or a gradient or Adam step with the summed gradient; double
///   precision in a fixed order, the same bits everywhere. A change ten times the running median is refused by all.
///
/// H local steps in one message are a biased gradient where participants differ (each copy drifts to its own rows);
/// measured, the average of the copies detects no worse than one gradient a round, at a tenth of the traffic.
/// Local work is in single precision, sums over rows in double beyond a batch.
package struct AutoencoderModel: Sendable {
    package static let name = "autoencoder"
    /// The kind of a model file whose form is deterministic.
    package static let deterministicName = "deterministic-autoencoder"

    package let settings: AutoencoderSettings
    package let architecture: AutoencoderArchitecture
    /// θ, or φ then θ where everything is shared; flat, finite.
    package internal(set) var shared: [Double]
    /// Replicas of Adam's moments at all participants; empty but for the paper's schedule with Adam.
    var sharedMoments: SharedMoments
    /// Rounds absorbed.
    package internal(set) var round = 0
    /// Halved by all whenever a change was refused.
    var sharedRateScale = 1.0
    /// Norms of the last changes of θ, oldest first.
    var changeNorms: [Double] = []
    /// What never leaves its owner.
    package internal(set) var own: OwnState
    /// Of the last agreed sums; nil before the first.
    package internal(set) var agreedFigures: LatentFigures?
    /// ELBO per row of all participants in the last agreed sums; 0 before the first.
    var agreedObjectivePerRow = 0.0

    /// The start of all participants.
    ///
    /// - Parameters:
    ///   - columnCount: M ≥ 1.
    ///   - latentCount: d ≥ 1.
    ///   - start: the number of the starting point.
    package init(
        columnCount: Int, latentCount: Int, settings: AutoencoderSettings, start: Int = 0
    ) {
        let architecture = AutoencoderArchitecture(
            columnCount: columnCount, hidden: settings.hidden, latentCount: latentCount,
            activation: settings.activation, form: settings.form)
        let parameters = architecture.start(seed: settings.seed &+ UInt64(start))
        let isAll = settings.share == .all
        self.init(
            settings: settings, architecture: architecture,
            shared: isAll ? parameters.encoder + parameters.decoder : parameters.decoder,
            own: OwnState(
                architecture, encoder: isAll ? [] : parameters.encoder.map(Float.init)))
    }

    init(
        settings: AutoencoderSettings, architecture: AutoencoderArchitecture, shared: [Double], own: OwnState
    ) {
        self.settings = settings
        self.architecture = architecture
        self.shared = shared
        self.own = own
        var usesMoments = false
        if case .gradient = settings.schedule { usesMoments = settings.optimiser == .adam }
        self.sharedMoments = SharedMoments(count: usesMoments ? shared.count : 0)
    }

    /// Entries of φ within `shared`.
    var sharedEncoderCount: Int { settings.share == .all ? architecture.encoder.parameterCount : 0 }

    /// φ^s in force, single precision.
    package var encoder: [Float] {
        settings.share == .all ? shared[..<sharedEncoderCount].map(Float.init) : own.encoder
    }

    /// θ in force, single precision.
    package var decoder: [Float] { shared[sharedEncoderCount...].map(Float.init) }

    package var columnCount: Int { architecture.columnCount }
    package var latentCount: Int { architecture.latentCount }
}

/// What a participant keeps to itself: φ^s, moments of its optimisers, its latent prior, its own alarm.
package struct OwnState: Sendable, Equatable {
    /// φ^s, flat; empty where the encoder is shared.
    package internal(set) var encoder: [Float]
    var encoderAdam: FloatAdam
    var decoderAdam: FloatAdam
    /// Halved after every round whose work was not finite.
    package internal(set) var rateScale = 1.0
    /// nil before the first round, and for the deterministic form.
    package internal(set) var prior: LatentPrior?
    /// The own mean ELBO, smallest σ over the own rows and latents' figures of the last round.
    package internal(set) var figures: OwnFigures?

    init(_ architecture: AutoencoderArchitecture, encoder: [Float]) {
        self.encoder = encoder
        self.encoderAdam = FloatAdam(count: architecture.encoder.parameterCount)
        self.decoderAdam = FloatAdam(count: architecture.decoder.parameterCount)
    }
}

/// One participant's own monitors. Private.
package struct OwnFigures: Sendable, Equatable {
    /// Mean ELBO (minus half the squared error) of the own rows.
    package let objective: Double
    /// The smallest σ of any own row and column; at the floor it means over-training. 0 for the deterministic form.
    package let smallestDeviation: Double
    package let latents: LatentFigures
}

/// Adam's moments as every participant computes them. Portable arithmetic.
struct SharedMoments: Sendable, Equatable {
    var first: [Double]
    var second: [Double]
    var stepCount = 0

    init(count: Int) {
        first = [Double](repeating: 0, count: count)
        second = first
    }

    /// parameters += rate · m̂ / (√v̂ + ε): `direction` points uphill, as Eq. 36 has it.
    mutating func step(_ parameters: inout [Double], direction: [Double], rate: Double) {
        precondition(
            direction.count == parameters.count && first.count == parameters.count,
            "\(direction.count) and \(first.count) for \(parameters.count) parameters")
        stepCount += 1
        var powers = (1.0, 1.0)
        for _ in 0..<stepCount {
            powers.0 *= FloatAdam.firstDecay
            powers.1 *= FloatAdam.secondDecay
        }
        let (keep1, keep2) = (FloatAdam.firstDecay, FloatAdam.secondDecay)
        for index in parameters.indices {
            let g = direction[index]
            first[index] = keep1 * first[index] + (1 - keep1) * g
            second[index] = keep2 * second[index] + (1 - keep2) * (g * g)
            let mean = first[index] / (1 - powers.0)
            let root = (second[index] / (1 - powers.1)).squareRoot()
            parameters[index] += rate * mean / (root + 1e-8)
        }
    }
}
