package import Models

/// Where the patterns of a mixture come from.
package enum PatternOrigin: String, Sendable, CaseIterable {
    /// One pattern of all rows, split along its widest direction again and again.
    case split
    /// Centres scattered by a seed in agreed units; the best of several starts goes on.
    case scatter
}

/// What a pattern's precision is estimated from.
package enum PatternShape: String, Sendable, CaseIterable {
    /// The pattern's own scatter and, where its rows are few, the shape that all patterns have in common.
    case common
    /// The pattern's own scatter alone, as in Eq. 16 of the paper.
    case own
    /// One variance for all columns, drawn to that of all patterns where rows are few: d + 1 numbers a pattern, where a
    /// covariance takes d(d + 3)/2, and so much less noise where noise hides every number. The broad pattern is not so.
    case spherical
}

/// What the agreement says about a graphical mixture.
package struct GraphicalMixtureSettings: Sendable, Equatable {
    /// K, the most patterns, 1…1024; with ``PatternOrigin/scatter`` those to start with.
    package let patternCount: Int
    /// ρ·K/N, ≥ 0; 0 asks for dense precisions.
    package let sparsity: Double
    /// λ0 of Eq. 8, ≥ 0: the rows that the agreed mean m0 counts for in every μ_k.
    package let priorStrength: Double
    package let origin: PatternOrigin
    package let shape: PatternShape
    /// τ ≥ 0, in nats: what every pattern that a participant uses costs it (``SparseWeights``); 0 keeps all of them.
    package let weightsPenalty: Double
    /// Where scattered starts come from.
    package let seed: UInt64
    /// How the statistics are made differentially private; nil sends them as they are.
    package let privacy: RowPrivacy?

    /// The patterns a mixture may have.
    package static let patternCounts = 1...1024

    /// - Precondition: the ranges above; the agreement checks them with the user's words first.
    package init(
        patternCount: Int, sparsity: Double, priorStrength: Double, origin: PatternOrigin = .scatter,
        shape: PatternShape = .own, weightsPenalty: Double = 0, seed: UInt64,
        privacy: RowPrivacy? = nil
    ) {
        precondition(Self.patternCounts.contains(patternCount), "\(patternCount) patterns")
        precondition(sparsity >= 0 && sparsity.isFinite, "sparsity \(sparsity)")
        precondition(priorStrength >= 0 && priorStrength.isFinite, "prior strength \(priorStrength)")
        precondition(weightsPenalty >= 0 && weightsPenalty.isFinite, "weights penalty \(weightsPenalty)")
        self.patternCount = patternCount
        self.sparsity = sparsity
        self.priorStrength = priorStrength
        self.origin = origin
        self.shape = shape
        self.weightsPenalty = weightsPenalty
        self.seed = seed
        self.privacy = privacy
    }
}
