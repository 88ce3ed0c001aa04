import LinearAlgebra

/// Pattern weights of which only those that pay their price are not 0.
///
/// Maximises Σ_k c_k ln π_k − τ·#{k : π_k > ε} over Σ π = 1, π_k ≥ ε. Swapping a weight that is held at ε with one of
/// a smaller count never lowers the objective, so the support is a prefix of the counts sorted from the largest down:
/// for each prefix length κ the optimum is π_k = (1 − (K−κ)ε)·c_k/Σ c on it, and the best prefix is taken. What is left
/// at ε then becomes 0 and the rest adds up to 1. A pattern survives where its c_k rows gain more than about τ nats
/// over leaving it at ε: c_k ln(c_k/(C ε)) > τ.
struct SparseWeights {
    /// ε: what an unused pattern costs is c_k ln ε. No agreement has patterns enough for K·ε to reach 1.
    static let floor = 1e-4

    /// The weights before anything is set to 0, shape `(K)`: on the support what is left of 1, elsewhere ε.
    let held: [Double]
    /// Whether each weight is in the support.
    let isActive: [Bool]

    /// - Parameters:
    ///   - counts: c_k ≥ 0, shape `(K)`, K ≥ 1, not all 0.
    ///   - penalty: τ ≥ 0 in nats.
    ///   - floor: ε in 0..<1/K.
    /// - Complexity: O(K log K).
    init(counts: [Double], penalty: Double, floor: Double = SparseWeights.floor) {
        let total = counts.reduce(0, +)
        precondition(total > 0 && total.isFinite, "counts that add up to \(total)")
        precondition(penalty >= 0 && penalty.isFinite, "a penalty of \(penalty)")
        precondition(floor > 0 && floor * Double(counts.count) < 1, "a floor of \(floor) for \(counts.count)")
        let order = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
        var best: (objective: Double, length: Int, scale: Double)?
        var sum = 0.0
        // Σ c ln c over the prefix; 0 ln 0 = 0.
        var logSum = 0.0
        for (position, slot) in order.enumerated() {
            let count = counts[slot]
            sum += count
            logSum += count > 0 ? count * PortableMath.ln(count) : 0
            let length = position + 1
            let scale = (1 - Double(counts.count - length) * floor) / sum
            // The smallest active weight; a prefix that pushes it below the floor breaks the constraint.
            guard count * scale >= floor else { break }
            let objective =
                logSum + sum * PortableMath.ln(scale) + max(total - sum, 0) * PortableMath.ln(floor)
                - penalty * Double(length)
            if best.map({ objective > $0.objective }) ?? true { best = (objective, length, scale) }
        }
        var held = [Double](repeating: floor, count: counts.count)
        var isActive = [Bool](repeating: false, count: counts.count)
        if let best {
            for slot in order.prefix(best.length) {
                held[slot] = counts[slot] * best.scale
                isActive[slot] = true
            }
        }
        self.held = held
        self.isActive = isActive
    }
}

extension GraphicalMixtureModel {
    /// π^s of a participant's counts: 0 where ``weightsPenalty`` says so and for dropped patterns, sum 1.
    ///
    /// A dictionary that still grows keeps all weights: a child of an unused pattern may be of use.
    ///
    /// - Parameter counts: ≥ 0, shape `(K)`; equal weights where those of the patterns in use add up to nothing.
    func ownWeights(_ counts: [Double], patterns: [MixturePattern?]) -> [Double] {
        let slots = patterns.indices.filter { patterns[$0] != nil }
        let active = slots.map { counts[$0] }
        guard weightsPenalty > 0, isGrown, active.contains(where: { $0 > 0 }) else {
            return Self.renormalised(counts, patterns: patterns)
        }
        let sparse = SparseWeights(counts: active, penalty: weightsPenalty)
        var kept = [Double](repeating: 0, count: counts.count)
        for (position, slot) in slots.enumerated() where sparse.isActive[position] {
            kept[slot] = counts[slot]
        }
        return Self.renormalised(kept, patterns: patterns)
    }
}
