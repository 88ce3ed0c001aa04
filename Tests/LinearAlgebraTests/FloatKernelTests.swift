import LinearAlgebra
import Testing

/// The single-precision kernels at every level against double precision, in shapes with and without tails.
@Suite struct FloatKernelTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        let rows: Int
        let inputs: Int
        let outputs: Int
        var testDescription: String { "\(rows) rows, \(inputs) to \(outputs)" }
    }

    /// Rows beyond a chunk of 64, columns beyond a tile of 64, tails of every kind.
    static let shapes = [
        Shape(rows: 1, inputs: 1, outputs: 1), Shape(rows: 7, inputs: 5, outputs: 3),
        Shape(rows: 9, inputs: 17, outputs: 16), Shape(rows: 64, inputs: 37, outputs: 64),
        Shape(rows: 130, inputs: 8, outputs: 74), Shape(rows: 67, inputs: 66, outputs: 147),
    ]

    private static func floats(_ count: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return NormalSampler.sample(count: count, using: &generator).map(Float.init)
    }

    /// Sums of `terms` products of numbers near 1 lose at most a rounding a term.
    private static func tolerance(terms: Int) -> Double { Double(terms + 2) * 2e-7 * 16 }

    @Test(arguments: shapes, KernelLevel.available)
    func `a layer's products are those of double precision`(shape: Shape, arithmetic: KernelLevel) {
        let (n, inputs, outputs) = (shape.rows, shape.inputs, shape.outputs)
        // An offset, so that nothing is aligned, and canaries behind every block.
        let layer = DenseLayer(inputCount: inputs, outputCount: outputs, offset: 3)
        let parameters = Self.floats(layer.end + 1, seed: 1)
        let x = Self.floats(n * inputs, seed: 2)
        let g = Self.floats(n * outputs, seed: 3)
        func weight(_ i: Int, _ o: Int) -> Double { Double(parameters[3 + i * outputs + o]) }

        var output = [Float](repeating: 99, count: n * outputs + 1)
        layer.forward(x, rowCount: n, parameters: parameters, into: &output, arithmetic: arithmetic)
        for row in 0..<n {
            for o in 0..<outputs {
                let exact = (0..<inputs).reduce(Double(parameters[layer.biasOffset + o])) {
                    $0 + Double(x[row * inputs + $1]) * weight($1, o)
                }
                #expect(abs(Double(output[row * outputs + o]) - exact) < Self.tolerance(terms: inputs))
            }
        }
        #expect(output.last == 99)

        var gradient = [Float](repeating: 99, count: layer.end + 1)
        layer.parameterGradient(
            input: x, outputGradient: g, rowCount: n, into: &gradient, arithmetic: arithmetic)
        for o in 0..<outputs {
            for i in 0..<inputs {
                let exact = (0..<n).reduce(0.0) {
                    $0 + Double(x[$1 * inputs + i]) * Double(g[$1 * outputs + o])
                }
                #expect(abs(Double(gradient[3 + i * outputs + o]) - exact) < Self.tolerance(terms: n))
            }
            let exact = (0..<n).reduce(0.0) { $0 + Double(g[$1 * outputs + o]) }
            #expect(abs(Double(gradient[layer.biasOffset + o]) - exact) < Self.tolerance(terms: n))
        }
        #expect(gradient[..<3] == [99, 99, 99] && gradient.last == 99)

        var back = [Float](repeating: 99, count: n * inputs + 1)
        var turned = [Float](repeating: 0, count: layer.weightCount)
        layer.inputGradient(
            outputGradient: g, rowCount: n, parameters: parameters, turned: &turned, into: &back,
            arithmetic: arithmetic)
        for row in 0..<n {
            for i in 0..<inputs {
                let exact = (0..<outputs).reduce(0.0) {
                    $0 + Double(g[row * outputs + $1]) * weight(i, $1)
                }
                #expect(abs(Double(back[row * inputs + i]) - exact) < Self.tolerance(terms: outputs))
            }
        }
        #expect(back.last == 99)
    }

    /// Seven columns have a tail at every level, 37 whole vectors beside one.
    @Test(arguments: [7, 16, 37], KernelLevel.available)
    func `the Gaussian loss and its gradient are their formulas`(d: Int, arithmetic: KernelLevel) {
        let (n, samples, scale) = (3, 2, Float(0.5))
        let deviation = FloatDeviation.bounded(floor: 0.1, cap: 1)
        var x = Self.floats(n * d, seed: 4)
        x[d + 2] = .nan
        let heads = Self.floats(2 * n * samples * d, seed: 5)
        var sigmas = [Float](repeating: 0, count: n * samples * d)
        deviation.apply(
            heads: heads, rowCount: n * samples, columnCount: d, into: &sigmas, arithmetic: arithmetic)
        var losses = [Float](repeating: 0, count: n * samples)
        var gradients = heads
        GaussianLoss.evaluate(
            rows: x, heads: &gradients, rowCount: n, sampleCount: samples, columnCount: d,
            deviation: deviation, scale: scale, losses: &losses, arithmetic: arithmetic)
        for target in 0..<n * samples {
            var sum = 0.0
            for column in 0..<d {
                let value = Double(x[target % n * d + column])
                let at = 2 * target * d + column
                guard !value.isNaN else {
                    #expect(gradients[at] == 0 && gradients[at + d] == 0)
                    continue
                }
                let sigma = Double(sigmas[target * d + column])
                let t = (value - Double(heads[at])) / sigma
                sum += 0.5 * t * t + PortableMath.ln(sigma) + 0.918_938_533_204_672_7
                #expect(abs(Double(gradients[at]) + t / sigma * 0.5) < 1e-5 * (1 + abs(t) / sigma))
            }
            #expect(abs(Double(losses[target]) - sum) < 1e-5 * (1 + abs(sum)))
        }
        var again = [Float](repeating: 0, count: n * samples)
        var untouched = heads
        GaussianLoss.evaluate(
            rows: x, heads: &untouched, rowCount: n, sampleCount: samples, columnCount: d,
            deviation: deviation, scale: nil, losses: &again, arithmetic: arithmetic)
        #expect(again == losses && untouched == heads)
    }

    @Test(arguments: [3, 8, 21], KernelLevel.available)
    func `a posterior's draws, divergences and gradients are their formulas`(
        d: Int, arithmetic: KernelLevel
    ) {
        let (n, samples, floor, beta) = (5, 2, Float(1e-3), Float(0.7))
        let heads = Self.floats(2 * n * d, seed: 6)
        let noise = Self.floats(n * samples * d, seed: 7)
        let outer = Self.floats(n * samples * d, seed: 8)
        let weights: [Float] = [0.2, 0, 1, 0.5, 0.25]
        var draws = noise
        var posterior = FloatPosterior(capacity: n, latentCount: d)
        posterior.draw(
            heads: heads, noise: noise, rowCount: n, sampleCount: samples, floor: floor, into: &draws,
            arithmetic: arithmetic)
        var gradient = heads
        posterior.backward(
            heads: &gradient, noise: noise, drawGradient: outer, rowCount: n, sampleCount: samples,
            weights: weights, beta: beta, arithmetic: arithmetic)
        for row in 0..<n {
            var divergence = 0.0
            for unit in 0..<d {
                let m = Double(heads[2 * row * d + unit])
                let power = PortableMath.exp(Double(heads[(2 * row + 1) * d + unit]))
                let h = PortableMath.ln(1 + power) + Double(floor)
                divergence += 0.5 * (m * m + h * h - 1) - PortableMath.ln(h)
                let weight = Double(beta * weights[row])
                var (dm, dh) = (weight * m, weight * (h - 1 / h))
                for sample in 0..<samples {
                    let at = (sample * n + row) * d + unit
                    #expect(abs(Double(draws[at]) - (m + h * Double(noise[at]))) < 2e-6 * (1 + h))
                    dm += Double(outer[at])
                    dh += Double(outer[at]) * Double(noise[at])
                }
                let slope = power / (1 + power)
                #expect(abs(Double(gradient[2 * row * d + unit]) - dm) < 2e-5)
                #expect(abs(Double(gradient[(2 * row + 1) * d + unit]) - dh * slope) < 2e-5 * (1 + abs(dh)))
            }
            #expect(abs(Double(posterior.divergences[row]) - divergence) < 1e-5 * (1 + divergence))
        }
    }

    @Test(arguments: KernelLevel.available)
    func `chosen rows are rounded, and one that misses a cell is noticed`(arithmetic: KernelLevel) {
        var generator = SeededGenerator(seed: 9)
        let (n, d) = (6, 19)
        let elements = NormalSampler.sample(count: n * d, using: &generator)
        for missing in [nil, 2 * d, 2 * d + 18] as [Int?] {
            var cells = elements
            if let missing { cells[missing] = .nan }
            let rows = Matrix(rowCount: n, columnCount: d, elements: cells)
            var block = [Float](repeating: 99, count: 4 * d + 1)
            let found = FloatBlocks.gather(
                rows, indices: [5, 2, 2, 0], into: &block, arithmetic: arithmetic)
            #expect(found == (missing != nil))
            for (place, row) in [5, 2, 2, 0].enumerated() {
                for column in 0..<d where !cells[row * d + column].isNaN {
                    #expect(block[place * d + column] == Float(cells[row * d + column]))
                }
            }
            #expect(block.last == 99)
            let others = FloatBlocks.gather(rows, indices: [0, 1], into: &block, arithmetic: arithmetic)
            #expect(!others)
        }
    }
}
