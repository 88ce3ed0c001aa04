/// What the agreement says about a graphical mixture.
package struct GraphicalMixtureSettings: Sendable, Equatable {
    /// K, the patterns to start with, 1…1024.
    package let patternCount: Int
    /// ρ·K/N, ≥ 0; 0 asks for dense precisions.
    package let sparsity: Double
    /// λ0 of Eq. 8, ≥ 0: the rows that the agreed mean m0 counts for in every μ_k.
    package let priorStrength: Double
    /// Where all starts come from.
    package let seed: UInt64

    /// The patterns a mixture may have.
    package static let patternCounts = 1...1024

    /// - Precondition: the ranges above; the agreement checks them with the user's words first.
    package init(patternCount: Int, sparsity: Double, priorStrength: Double, seed: UInt64) {
        precondition(Self.patternCounts.contains(patternCount), "\(patternCount) patterns")
        precondition(sparsity >= 0 && sparsity.isFinite, "sparsity \(sparsity)")
        precondition(priorStrength >= 0 && priorStrength.isFinite, "prior strength \(priorStrength)")
        self.patternCount = patternCount
        self.sparsity = sparsity
        self.priorStrength = priorStrength
        self.seed = seed
    }
}
