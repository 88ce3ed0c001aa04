import LinearAlgebra
import Models

/// A mixture of sparse Gaussian graphical models, one dictionary of patterns for all participants.
///
/// Participant s sees p^s(x) = Σ_k π_k^s N(x | μ_k, Λ_k⁻¹) with the patterns θ = {μ_k, Λ_k} shared and the weights
/// π^s its own (Idé, Phan and Raymond 2024, §4.3–4.5). One round is one EM iteration:
///
/// - *E-step*, local (`+EStep`): r_k = softmax_k(ln π_k^s + ln N(x | μ_k, Λ_k⁻¹)) in log space, with μ_k where
///   Eq. 12 prints m_k; what leaves is N_k = Σr, m_k = Σ r x, C_k = Σ r x xᵀ (Eq. 13), Σr², and the log-likelihood.
/// - *Aggregation*: sums over participants, the business of other rooms.
/// - *M-step*, shared (`+MStep`): Eq. 15, then Eq. 16 rescaled to a standard graphical lasso; bit for bit the same
///   at every participant, and a function of θ and the sums alone (each lasso starts from the Λ_k of θ), so that a
///   restored model goes on with the same bits.
///
/// Rows are standardised by agreed moments, hence m0 = 0. Against the paper: the penalty is ρ = sparsity · N/K with
/// the largest K, fixed for the run, so the objective never falls; a pattern with N̄_k < 1 is dropped everywhere.
///
/// Two settings go beyond the paper. With ``PatternOrigin/split`` the dictionary grows from one pattern of all rows by
/// doubling (`+Growth`): no seed, no starts to choose from, no message but the usual sums. With
/// ``PatternShape/common`` a pattern's covariance is drawn to the shape that all patterns share, the more the fewer
/// its rows (`+CommonShape`): that is why K needs no choosing. Both are shared arithmetic on agreed sums.
package struct GraphicalMixtureModel: Sendable {
    package static let name = "graphical-mixture"

    package let columnCount: Int
    /// λ0.
    package let priorStrength: Double
    /// ρ of Eq. 8, in rows: sparsity · N/K.
    package let penalty: Double
    /// One slot a starting pattern; nil once dropped.
    package internal(set) var patterns: [MixturePattern?]
    /// π^s, shape `(K)`, ≥ 0, sum 1, 0 for dropped patterns. Never leaves its owner.
    package internal(set) var weights: [Double]

    package let shape: PatternShape
    /// The most patterns, 1…1024.
    package let patternLimit: Int
    /// The patterns that the growth has come to, as if none had been dropped: 1, 2, 4, … `patternLimit`.
    package internal(set) var size: Int
    /// Whether rows of anybody lacked cells in the last sums: then one round shows no pattern whole.
    var hasMissingCells = false
    /// What a common shape adds to θ; nil before the first M-step and with ``PatternShape/own``.
    var common: CommonShape?
    /// τ: what every pattern of the own weights costs, in nats, ≥ 0; a setting, so no part of a stored state.
    var weightsPenalty = 0.0
    /// How what leaves is made private: a setting too.
    var privacy: RowPrivacy?
    /// What a blurred reader has had added to every variance; 0 in a model that learns.
    var blur = 0.0

    /// K, slots of the layout: dropped patterns keep theirs, so that the size of a message says nothing.
    package var slotCount: Int { patterns.count }

    package var activePatternCount: Int { patterns.count { $0 != nil } }

    init(
        columnCount: Int, priorStrength: Double, penalty: Double, patterns: [MixturePattern?],
        weights: [Double], shape: PatternShape, patternLimit: Int, size: Int, common: CommonShape? = nil
    ) {
        precondition(columnCount > 0, "a mixture of \(columnCount) columns")
        precondition(penalty >= 0 && penalty.isFinite, "penalty \(penalty)")
        precondition(weights.count == patterns.count, "\(weights.count) weights, \(patterns.count) patterns")
        self.columnCount = columnCount
        self.priorStrength = priorStrength
        self.penalty = penalty
        self.patterns = patterns
        self.weights = weights
        self.shape = shape
        self.patternLimit = patternLimit
        self.size = size
        self.common = common
    }
}

extension GraphicalMixtureModel: ModelKind {}
