import LinearAlgebra

/// What a randomised release shows of one row, as Rényi divergences ε(α) on a fixed grid of orders.
///
/// Curves of releases made one after the other add up (Mironov 2017, Proposition 1), also where a later one depends on
/// what earlier ones showed. Adjacency is *add or remove one row*.
///
/// All arithmetic is portable, with logarithms of binomials from a table of ln j!: members compute noise from a target
/// alike, to the bit, and compare hashes of what follows from it.
package struct RenyiCurve: Sendable, Equatable {
    /// The orders α > 1 (mathematics.md §6.3).
    package static let orders: [Double] =
        [1.25, 1.5, 1.75] + (2...64).map { Double($0) } + [128, 256, 512]

    /// ε(α), ≥ 0, one entry an order; ∞ where nothing can be said at that order.
    package let values: [Double]

    private init(values: [Double]) { self.values = values }

    /// - Parameter divergence: ε(α) ≥ 0 for each of ``orders``.
    package init(_ divergence: (_ order: Double) -> Double) {
        values = Self.orders.map(divergence)
        precondition(values.allSatisfy { $0 >= 0 }, "a divergence below 0")
    }

    /// Of nothing released.
    package static let nothing = RenyiCurve(values: [Double](repeating: 0, count: orders.count))

    /// A sum with Gaussian noise: ε(α) = α/(2z²).
    ///
    /// - Parameter multiplier: z > 0, the noise's standard deviation over the ℓ2-sensitivity of the sum.
    package static func gaussian(multiplier: Double) -> RenyiCurve {
        precondition(multiplier > 0 && multiplier.isFinite, "a noise multiplier of \(multiplier)")
        return RenyiCurve(values: orders.map { $0 / (2 * multiplier * multiplier) })
    }

    /// The same of a Poisson sample: every row is in it with probability q, independently of all others.
    ///
    /// ε(α) = ln Σ_{j=0..α} C(α,j) (1−q)^{α−j} q^j exp(j(j−1)/(2z²)) / (α−1) for whole α ≥ 2 (Mironov, Talwar and Zhang
    /// 2019); at other orders nothing is said.
    ///
    /// - Parameters:
    ///   - multiplier: as in ``gaussian(multiplier:)``.
    ///   - rate: q, above 0, at most 1.
    package static func gaussian(multiplier: Double, rate: Double) -> RenyiCurve {
        precondition(rate > 0 && rate <= 1, "a sampling rate of \(rate)")
        guard rate < 1 else { return gaussian(multiplier: multiplier) }
        precondition(multiplier > 0 && multiplier.isFinite, "a noise multiplier of \(multiplier)")
        let logRate = PortableMath.ln(rate)
        let logRest = PortableMath.ln(1 - rate)
        return RenyiCurve(
            values: orders.map { order in
                let alpha = Int(order)
                guard Double(alpha) == order, alpha >= 2 else { return .infinity }
                var terms: [Double] = []
                for j in 0...alpha {
                    let binomial =
                        logFactorials[alpha] - logFactorials[j] - logFactorials[alpha - j]
                    let (chosen, rest) = (Double(j), Double(alpha - j))
                    let power = chosen * (chosen - 1) / (2 * multiplier * multiplier)
                    terms.append(binomial + rest * logRest + chosen * logRate + power)
                }
                return max(0, logSum(terms) / (order - 1))
            })
    }

    /// ln j! for j = 0…512.
    private static let logFactorials: [Double] = {
        var table = [0.0]
        for j in 1...512 { table.append(table[j - 1] + PortableMath.ln(Double(j))) }
        return table
    }()

    /// ln Σ exp(t) without overflow.
    private static func logSum(_ terms: [Double]) -> Double {
        let largest = terms.reduce(-.infinity) { max($0, $1) }
        guard largest.isFinite else { return largest }
        var sum = 0.0
        for term in terms { sum += PortableMath.exp(term - largest) }
        return largest + PortableMath.ln(sum)
    }

    /// Of two releases.
    package static func + (left: RenyiCurve, right: RenyiCurve) -> RenyiCurve {
        RenyiCurve(values: zip(left.values, right.values).map { $0 + $1 })
    }

    /// Of `count` releases of this kind.
    package func repeated(_ count: Int) -> RenyiCurve {
        precondition(count >= 0, "\(count) releases")
        guard count > 0 else { return .nothing }
        return RenyiCurve(values: values.map { $0 * Double(count) })
    }

    /// ε for a given δ: min_α ε(α) + ln((α−1)/α) − (ln δ + ln α)/(α−1), and the order that gives it (Canonne, Kamath and
    /// Steinke 2020, Proposition 12). 0 for nothing released.
    ///
    /// - Parameter delta: δ in (0, 1).
    package func epsilon(delta: Double) -> (epsilon: Double, order: Double) {
        best(delta: delta) { order, logDelta in
            PortableMath.ln((order - 1) / order) - (logDelta + PortableMath.ln(order)) / (order - 1)
        }
    }

    /// The looser bound of Mironov 2017, Proposition 3: min_α ε(α) − ln δ/(α−1).
    package func mironovEpsilon(delta: Double) -> (epsilon: Double, order: Double) {
        best(delta: delta) { order, logDelta in -logDelta / (order - 1) }
    }

    private func best(
        delta: Double, _ slack: (_ order: Double, _ logDelta: Double) -> Double
    ) -> (epsilon: Double, order: Double) {
        precondition(delta > 0 && delta < 1, "a δ of \(delta)")
        guard values.contains(where: { $0 > 0 }) else { return (0, Self.orders[0]) }
        let logDelta = PortableMath.ln(delta)
        var found = (epsilon: Double.infinity, order: Self.orders[0])
        for (order, value) in zip(Self.orders, values) {
            let epsilon = value + slack(order, logDelta)
            if epsilon < found.epsilon { found = (epsilon, order) }
        }
        return (max(0, found.epsilon), found.order)
    }
}
