/// What is promised for every row: (ε, δ) for all that the sums of a whole run reveal, adding or removing one row.
package struct PrivacyTarget: Sendable, Equatable {
    /// ε, 0.01…1000.
    package let epsilon: Double
    /// δ, 1e-12…0.1.
    package let delta: Double

    package static let epsilons = 0.01...1000.0
    package static let deltas = 1e-12...0.1

    /// - Precondition: both in range.
    package init(epsilon: Double, delta: Double) {
        precondition(Self.epsilons.contains(epsilon), "an ε of \(epsilon)")
        precondition(Self.deltas.contains(delta), "a δ of \(delta)")
        self.epsilon = epsilon
        self.delta = delta
    }

    /// Whether releases of that curve keep the promise.
    package func covers(_ curve: RenyiCurve) -> Bool { curve.epsilon(delta: delta).epsilon <= epsilon }

    /// The smallest multiple of 2⁻¹⁰ whose releases keep the promise, beside those of `other`; portable.
    ///
    /// - Parameters:
    ///   - other: what else is released.
    ///   - curve: of the releases at a noise multiplier; falls as it grows.
    /// - Returns: nil where no multiplier up to 2²⁰ is enough.
    package func smallestMultiplier(
        beside other: RenyiCurve = .nothing, _ curve: (_ multiplier: Double) -> RenyiCurve
    ) -> Double? {
        var (low, high) = (0, 1 << 30)
        guard covers(other + curve(Double(high) * 0x1p-10)) else { return nil }
        while high - low > 1 {
            let middle = (low + high) / 2
            if covers(other + curve(Double(middle) * 0x1p-10)) { high = middle } else { low = middle }
        }
        return Double(high) * 0x1p-10
    }
}
