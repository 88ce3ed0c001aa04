package import Consensus
package import GraphicalMixture
package import Models
package import Privacy
package import TaskAutoencoder
package import Topology

/// What participants agree on besides who they are: the sections that agreement and topology file share.
///
/// `AgreementSettings()` holds the defaults.
package struct AgreementSettings: Sendable, Equatable {
    /// The communication graph. The default is random-regular, degree 4, seed 1.
    package var topology: GraphRecipe
    /// How sums are formed and protected.
    package var consensus: ConsensusSettings
    /// How columns are brought to one scale.
    package var standardise: Standardisation
    /// The model class and its settings.
    package var model: ModelSettings
    /// The anomaly score.
    package var score: ScoreKind
    /// What is watched about the participants' rows.
    package var privacy: PrivacySettings
    /// When learning ends.
    package var rounds: RoundSettings
    /// The box: standardised training values are clipped to ± this. 1…1e6.
    package var valueLimit: Double
    /// How many participants a round needs. This version needs every one of them; the setting is kept and hashed.
    package var quorum: Quorum
    /// How long a peer waits.
    package var deadlines: DeadlineSettings

    package init(
        topology: GraphRecipe = GraphRecipe(
            family: .randomRegular, degree: GraphRecipe.defaultDegree, seed: 1),
        consensus: ConsensusSettings = ConsensusSettings(), standardise: Standardisation = .both,
        model: ModelSettings = .graphicalMixture(MixtureSettings()), score: ScoreKind = .calibrated,
        privacy: PrivacySettings = PrivacySettings(), rounds: RoundSettings = RoundSettings(),
        valueLimit: Double = 8, quorum: Quorum = .majority, deadlines: DeadlineSettings = DeadlineSettings()
    ) {
        self.topology = topology
        self.consensus = consensus
        self.standardise = standardise
        self.model = model
        self.score = score
        self.privacy = privacy
        self.rounds = rounds
        self.valueLimit = valueLimit
        self.quorum = quorum
        self.deadlines = deadlines
    }
}

/// The section `consensus`.
package struct ConsensusSettings: Sendable, Equatable {
    package var method: AggregationMethod
    /// The averaging weights of `dynamical`; `exact` has none, and neither reads nor hashes them.
    package var weights: MixingWeights
    /// Of `dynamical`, relative to participants · range of a block; likewise. 1e-15…0.01.
    package var tolerance: Double
    package var protection: ProtectionAgreement

    package init(
        method: AggregationMethod = .dynamical, weights: MixingWeights = .chebyshev, tolerance: Double = 1e-9,
        protection: ProtectionAgreement = ProtectionAgreement()
    ) {
        self.method = method
        self.weights = weights
        self.tolerance = tolerance
        self.protection = protection
    }
}

extension ConsensusSettings {
    /// The weights in force; nil with exact sums, which have none.
    package var weightsInForce: MixingWeights? { method == .dynamical ? weights : nil }
}

/// The section `consensus.protection`.
package struct ProtectionAgreement: Sendable, Equatable {
    /// Parallel sessions a vector is split over. 1…16.
    package var chunks: Int
    /// The default of `chunks`: 2, and 1 with exact sums, where masks already leave uniform words.
    package static func defaultChunks(_ method: AggregationMethod) -> Int { method == .exact ? 1 : 2 }
    /// Whether every session has the graph under a permutation of its own.
    package var relabel: Bool
    package var masks: EdgeMasks
    /// Whether every participant also adds a mask of its own, revealed after the decision. Without `masks` it says
    /// nothing: their neighbours hold its shares.
    package var selfMasks: Bool
    /// Colluders against whom Shamir's shares of the values hide all but the sum; nil without. They take the place of
    /// chunks, relabelling and both masks, whose settings then say nothing and are `chunks: 1` and off.
    package var shamirThreshold: Int?

    package init(
        chunks: Int = 2, relabel: Bool = true, masks: EdgeMasks = .on(degree: nil), selfMasks: Bool = true,
        shamirThreshold: Int? = nil
    ) {
        self.shamirThreshold = shamirThreshold
        self.chunks = chunks
        self.relabel = relabel
        self.masks = masks
        self.selfMasks = selfMasks
    }

    /// Whether self masks are in force.
    package var hasSelfMasks: Bool { masks != .off && selfMasks }

    /// Whether pairs of participants hide their vectors with masks that cancel in the sum.
    package enum EdgeMasks: Sendable, Equatable {
        case off
        /// `degree`: mask neighbours of a participant, 1…1024; nil leaves it to the size of the roster.
        case on(degree: Int?)
    }
}

/// How columns are brought to one scale.
package enum Standardisation: String, Sendable, CaseIterable {
    /// By mean and variance over the rows of all participants, themselves agreed.
    case shared
    /// By every participant's own centre and spread, drawn to the agreed ones.
    case local
    /// One model in each.
    case both
}

/// The section `model`: one case a kind.
package enum ModelSettings: Sendable, Equatable {
    case graphicalMixture(MixtureSettings)
    /// Both forms.
    case autoencoder(AutoencoderSettings)

    /// Tells the kinds that plan ahead how many rounds there are.
    mutating func plan(roundCount: Int) {
        if case .autoencoder(var settings) = self {
            settings.roundCount = max(1, roundCount)
            self = .autoencoder(settings)
        }
    }
}

/// The section `model` of `kind: graphical-mixture`.
package struct MixtureSettings: Sendable, Equatable {
    /// K, the most patterns, 1…1024.
    package var patterns: Int
    /// Whether the dictionary grows by splitting or starts from scattered centres.
    package var initialise: PatternOrigin
    /// Whether patterns of few rows take a common shape.
    package var shape: PatternShape
    /// ρ = sparsity · N/K. 0…1000.
    package var sparsity: Double
    /// λ0 of Eq. 8. 1e-6…1e6.
    package var priorStrength: Double
    /// τ: what every pattern costs the participant that uses it, in nats. 0…1e6; 0 is off and not hashed.
    package var weightsPenalty: Double
    /// Scattered starts of which the best goes on, 1…100. Without `scatter` neither it nor `seed` is hashed.
    package var starts: Int
    /// Of the starting centres.
    package var seed: UInt64

    package init(
        patterns: Int = 16, initialise: PatternOrigin = .split, shape: PatternShape = .common,
        sparsity: Double = MixtureSettings.defaultSparsity(.common), priorStrength: Double = 1,
        weightsPenalty: Double = 0, starts: Int = 3, seed: UInt64 = 1
    ) {
        self.patterns = patterns
        self.initialise = initialise
        self.shape = shape
        self.sparsity = sparsity
        self.priorStrength = priorStrength
        self.weightsPenalty = weightsPenalty
        self.starts = starts
        self.seed = seed
    }

    /// The default of `sparsity`: the penalty of a common shape leaves the diagonal alone and is nearly free.
    package static func defaultSparsity(_ shape: PatternShape) -> Double { shape == .own ? 0.1 : 0.01 }
}

/// The section `privacy`.
package struct PrivacySettings: Sendable, Equatable {
    /// The entropy ℓ-diversity below which a pattern counts as a violation.
    package var lDiversity: DiversityRequirement
    package var onViolation: ViolationResponse
    /// Whether all that leaves is differentially private; nil leaves it as it is.
    package var dp: DifferentialPrivacySettings?

    package init(
        lDiversity: DiversityRequirement = .auto, onViolation: ViolationResponse = .auto,
        dp: DifferentialPrivacySettings? = nil
    ) {
        self.lDiversity = lDiversity
        self.onViolation = onViolation
        self.dp = dp
    }

    /// What a violation leads to.
    package enum ViolationResponse: String, Sendable, CaseIterable {
        /// `warn` with masks or shares, under which nobody sees a participant's own sums; `hold` without.
        case auto
        /// It is said in log and status.
        case warn
        /// The participant sends nothing until the gate opens.
        case hold
        /// The pattern's rows are moved by one draw from the posterior's noise; without a guarantee.
        case noise
        /// The pattern's sums are sent as zeros, its rows are shared out among the others, for this round.
        case suppress
    }
}

/// The section `rounds`: those at full size, or after the starts.
package struct RoundSettings: Sendable, Equatable {
    /// 0…1e6.
    package var maximum: Int
    /// Learning ends when the agreed objective per row changes by less; 0 runs all rounds. 0…1.
    package var tolerance: Double

    /// The default of the autoencoders: short training is what keeps them from learning anomalies too.
    package static let autoencoder = RoundSettings(maximum: 50, tolerance: 0)

    package init(maximum: Int = 20, tolerance: Double = 1e-5) {
        self.maximum = maximum
        self.tolerance = tolerance
    }
}

/// How many participants a round needs.
package enum Quorum: Sendable, Equatable {
    /// More than half of the agreement.
    case majority
    /// At least a majority, at most all.
    case atLeast(Int)

    /// The count in force.
    package func count(participantCount: Int) -> Int {
        switch self {
        case .majority: participantCount / 2 + 1
        case .atLeast(let count): count
        }
    }
}

/// The section `deadlines`.
package struct DeadlineSettings: Sendable, Equatable {
    /// Within one step: nil adapts to the measured round-trip, from 0.5 s up to `session`. 10 ms…1 h.
    package var step: Duration?
    /// Of a session without progress. 100 ms…24 h.
    package var session: Duration
    /// After a lost connection. 0 s…1 h.
    package var grace: Duration

    package init(step: Duration? = nil, session: Duration = .seconds(30), grace: Duration = .seconds(5)) {
        self.step = step
        self.session = session
        self.grace = grace
    }
}
