import LinearAlgebra
import Testing

@testable import Privacy

@Suite struct PosteriorReleaseTests {
    private static func release(
        strength: Double = 101, norm: Double = 4, radius: Double = 6, scale: Double = 1, columns: Int = 3
    ) -> PosteriorRelease {
        PosteriorRelease(
            columnCount: columns, scale: scale, radius: radius,
            patterns: [.init(strength: strength, precisionNorm: norm)])
    }

    @Test
    func `the paper's figure at order 1 is half of ‖Λ‖R² over λ, and falls with the square of the scale`() {
        // mathematics.md §6.2: M = 20 whitened, R² = 80, N̄ = 1000: 0.04.
        let typical = Self.release(strength: 1000, norm: 1, radius: Double(80).squareRoot(), columns: 20)
        #expect(isClose(typical.theorem(order: 1), 0.04))
        #expect(isClose(typical.theorem(order: 8), 0.32))
        let wider = Self.release(
            strength: 1000, norm: 1, radius: Double(80).squareRoot(), scale: 10, columns: 20)
        #expect(isClose(wider.theorem(order: 1), 0.0004))
    }

    @Test(arguments: [1.25, 2, 5, 10])
    func `the divergence is that of an integral over the line`(order: Double) throws {
        // M = 1, Λ = 2: N(0, 1/(2·9)) against N(0.3, 1/(2·9.7)).
        let (precision, from, to, move) = (2.0, 9.0, 9.7, 0.3)
        let terms = try #require(
            PosteriorRelease.divergence(
                order: order, strength: from, neighbour: to, distance: precision * move * move, columnCount: 1
            ))
        func logDensity(_ x: Double, _ centre: Double, _ strength: Double) -> Double {
            let scaled = precision * strength
            return 0.5 * PortableMath.ln(scaled / (2 * Double.pi)) - 0.5 * scaled * (x - centre)
                * (x - centre)
        }
        let step = 1e-4
        var sum = 0.0
        for index in -200_000...200_000 {
            let x = Double(index) * step
            let exponent = order * logDensity(x, 0, from) + (1 - order) * logDensity(x, move, to)
            if exponent > -600 { sum += PortableMath.exp(exponent) * step }
        }
        let integral = PortableMath.ln(sum) / (order - 1)
        // The trapezoidal rule on a Gaussian is exact to rounding at this step.
        #expect(isClose(terms.shift + terms.spread, integral, within: 1e-8))
    }

    @Test func `the divergence is infinite where the other posterior is too narrow`() {
        #expect(
            PosteriorRelease.divergence(
                order: 12, strength: 10, neighbour: 11, distance: 1, columnCount: 2) == nil)
        #expect(Self.release(strength: 10).corrected(order: 12) == .infinity)
        #expect(Self.release(strength: 1).corrected(order: 2) == .infinity)
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `no replaced row exceeds the corrected bound`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed, label: "release")
        func uniform() -> Double { Double(generator.next() >> 11) * 0x1p-53 }
        let (d, patternCount, rowCount) = (2, 1 + Int(generator.next() % 4), 6 + Int(generator.next() % 30))
        let radius = 2.0
        // Rows within a ball of diameter R about the prior's centre.
        func row() -> [Double] {
            let turn = uniform() * 0.999 * radius / 2
            let raw = [uniform() - 0.5, uniform() - 0.5]
            let norm = max((raw[0] * raw[0] + raw[1] * raw[1]).squareRoot(), 1e-9)
            return raw.map { $0 / norm * turn }
        }
        func responsibilities() -> [Double] {
            let raw = (0..<patternCount).map { _ in uniform() * uniform() * uniform() + 1e-3 }
            let total = raw.reduce(0, +)
            return raw.map { $0 / total }
        }
        let rows = (0..<rowCount).map { _ in row() }
        let weights = (0..<rowCount).map { _ in responsibilities() }
        func posterior(_ k: Int, _ rows: [[Double]], _ weights: [[Double]]) -> (
            strength: Double, mean: [Double]
        ) {
            var strength = 1.0
            var sum = [Double](repeating: 0, count: d)
            for (row, weight) in zip(rows, weights) {
                strength += weight[k]
                for column in 0..<d { sum[column] += weight[k] * row[column] }
            }
            return (strength, sum.map { $0 / strength })
        }
        let norm = 3.0
        let before = (0..<patternCount).map { posterior($0, rows, weights) }
        let bound = PosteriorRelease(
            columnCount: d, scale: 1, radius: radius,
            patterns: before.map { .init(strength: $0.strength, precisionNorm: norm) })
        for _ in 0..<50 {
            var (changedRows, changedWeights) = (rows, weights)
            changedRows[0] = row()
            changedWeights[0] = responsibilities()
            for order in [1.25, 1.5, 2, 4] {
                var total = 0.0
                for k in 0..<patternCount {
                    let after = posterior(k, changedRows, changedWeights)
                    let move = zip(before[k].mean, after.mean).map { $0 - $1 }
                    let terms = PosteriorRelease.divergence(
                        order: order, strength: before[k].strength, neighbour: after.strength,
                        distance: norm * move.reduce(0) { $0 + $1 * $1 }, columnCount: d)
                    total += terms.map { $0.shift + $0.spread } ?? .infinity
                }
                #expect(total <= bound.corrected(order: order) * (1 + 1e-12))
            }
        }
    }

    @Test func `many patterns cost no more than two of the worst`() {
        let one = Self.release()
        let many = PosteriorRelease(
            columnCount: 3, scale: 1, radius: 6,
            patterns: Array(repeating: .init(strength: 101, precisionNorm: 4), count: 50))
        #expect(isClose(many.theorem(order: 2), one.theorem(order: 2)))
        #expect(many.corrected(order: 2) <= 2.001 * one.corrected(order: 2))
    }

    @Test func `ε at δ is that of a Gaussian mechanism of the same curve`() {
        // mathematics.md §6.5: q = 1, z = 20, T = 50, δ = 1e-5: 1.4781 at α = 13.
        let found = RenyiCurve { 50 * $0 / (2 * 400) }.epsilon(delta: 1e-5)
        #expect(abs(found.epsilon - 1.4781) < 5e-5)
        #expect(found.order == 13)
    }
}
