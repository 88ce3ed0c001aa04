import Foundation
import LinearAlgebra
import Testing

/// Single-precision pieces against double precision.
@Suite struct FloatBlocksTests {
    /// Tails of one to seven lanes are part of the count.
    static let values: [Float] = (0..<4_003).map { Float($0 - 2_000) * 0.011 }

    @Test(arguments: KernelLevel.available)
    func `tanh is within 3 units of the last place`(arithmetic: KernelLevel) {
        var found = Self.values
        FloatActivation.tanh.apply(&found, count: found.count, arithmetic: arithmetic)
        for (x, y) in zip(Self.values, found) {
            let exact = tanh(Double(x))
            #expect(abs(Double(y) - exact) <= 3 * Double(max(Float(abs(exact)), 1e-30).ulp))
        }
    }

    @Test(arguments: KernelLevel.available)
    func `derivatives come from the activated values`(arithmetic: KernelLevel) {
        for activation in [FloatActivation.tanh, .relu] {
            var activated = Self.values
            activation.apply(&activated, count: activated.count, arithmetic: arithmetic)
            var gradient = [Float](repeating: 2, count: activated.count)
            activation.applyDerivative(
                &gradient, activated: activated, count: activated.count, arithmetic: arithmetic)
            for (x, g) in zip(Self.values, gradient) {
                let exact =
                    activation == .relu ? (x > 0 ? 2.0 : 0) : 2 * (1 - tanh(Double(x)) * tanh(Double(x)))
                // 1 − a² cancels by up to one rounding of a.
                #expect(abs(Double(g) - exact) < 4e-7)
            }
        }
    }

    @Test(
        arguments: [FloatDeviation.softplus(floor: 1e-4), .bounded(floor: 0.1, cap: 1)],
        KernelLevel.available)
    func `standard deviations are their formula's`(deviation: FloatDeviation, arithmetic: KernelLevel) {
        let count = Self.values.count
        var found = [Float](repeating: 0, count: count)
        deviation.apply(
            heads: [Float](repeating: 0, count: count) + Self.values, rowCount: 1, columnCount: count,
            into: &found, arithmetic: arithmetic)
        for (a, sigma) in zip(Self.values, found) {
            let soft = max(Double(a), 0) + log1p(exp(-abs(Double(a))))
            let exact =
                switch deviation {
                case .softplus(let floor): soft + Double(floor)
                case .bounded(let floor, let cap):
                    Double(floor) + Double(cap - floor) * (1 - exp(-soft / Double(cap - floor)))
                }
            #expect(abs(Double(sigma) - exact) <= 4e-7 * max(exact, 1))
        }
    }

    /// A million draws: the mean errs by 0.001, the variance by 0.0014, the fourth moment by 0.01.
    @Test(arguments: KernelLevel.available)
    func `the normals are normal and a stream repeats itself`(arithmetic: KernelLevel) {
        var generator = SeededGenerator(seed: 4)
        var stream = FloatNormalStream(using: &generator)
        var again = stream
        let count = 1_000_003
        var values = [Float](repeating: .nan, count: count)
        stream.fill(&values, count: count, arithmetic: arithmetic)
        var moments = [0.0, 0, 0]
        for value in values {
            let x = Double(value)
            moments[0] += x
            moments[1] += x * x
            moments[2] += x * x * x * x
        }
        #expect(abs(moments[0] / Double(count)) < 0.005)
        #expect(abs(moments[1] / Double(count) - 1) < 0.007)
        #expect(abs(moments[2] / Double(count) - 3) < 0.05)
        var second = [Float](repeating: 0, count: count)
        again.fill(&second, count: count, arithmetic: arithmetic)
        #expect(second == values)
    }

    @Test func `Adam's first steps are those of a computation by hand`() {
        var adam = FloatAdam(count: 9)
        var parameters = [Float](repeating: 1, count: 9)
        let gradient: [Float] = [0.5, -2, 0, 1e-3, 4, 4, 4, 4, -1]
        adam.step(&parameters, gradient: gradient, scale: 0.5, rate: 0.1)
        // The first step is the rate, against the gradient's sign, whatever its size.
        for (p, g) in zip(parameters, gradient) {
            #expect(abs(p - (1 - 0.1 * (g > 0 ? 1 : g < 0 ? -1 : 0))) < 1e-4)
        }
        adam.step(&parameters, gradient: [Float](repeating: 0, count: 9), scale: 1, rate: 0.1)
        // m̂ = 0.9·0.1 g/(1 − 0.81), v̂ = 0.999·0.001 g²/(1 − 0.998001).
        let ratio = (0.09 / 0.19) / (0.000_999 / 0.001_999).squareRoot()
        #expect(abs(Double(parameters[0]) - (0.9 - 0.1 * ratio)) < 1e-5)
        let stored = FloatAdam(first: adam.first, second: adam.second, stepCount: adam.stepCount)
        var (left, right) = (adam, stored)
        var (p, q) = (parameters, parameters)
        left.step(&p, gradient: gradient, scale: 1, rate: 0.1)
        right.step(&q, gradient: gradient, scale: 1, rate: 0.1)
        #expect(p == q)
    }

    @Test func `squared norms add up in double precision`() {
        let expected = Self.values.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(FloatBlocks.squaredNorm(Self.values) - expected) <= 1e-12 * expected)
        #expect(FloatBlocks.squaredNorm([]) == 0)
    }
}
