package import LinearAlgebra

/// A stack of dense layers over one flat parameter vector; all but the last are followed by the activation.
///
/// Gradients are written out by hand, a product a matrix: with input xₗ, output yₗ = xₗ Wₗ + bₗ and
/// gₗ = ∂/∂yₗ, they are ∂/∂Wₗ = xₗᵀ gₗ, ∂/∂bₗ = Σ gₗ over rows, ∂/∂xₗ = gₗ Wₗᵀ.
package struct DenseNetwork: Sendable, Equatable {
    package let layers: [DenseLayer]
    package let activation: FloatActivation

    /// - Parameter widths: from input to output, at least two, each ≥ 1.
    package init(widths: [Int], activation: FloatActivation) {
        precondition(widths.count >= 2, "a network of widths \(widths)")
        var layers: [DenseLayer] = []
        for index in 1..<widths.count {
            layers.append(
                DenseLayer(
                    inputCount: widths[index - 1], outputCount: widths[index],
                    offset: layers.last?.end ?? 0))
        }
        self.layers = layers
        self.activation = activation
    }

    /// Entries of the flat vector.
    package var parameterCount: Int { layers.last?.end ?? 0 }
    package var inputCount: Int { layers.first?.inputCount ?? 0 }
    package var outputCount: Int { layers.last?.outputCount ?? 0 }
}

/// The blocks that one pass through a network needs, for blocks of up to `capacity` rows.
struct NetworkScratch: Sendable {
    let network: DenseNetwork
    let capacity: Int
    /// Outputs of the hidden layers after the activation, shape `(capacity, width)` each.
    private var activations: [[Float]]
    /// Gradients at the hidden layers before the activation, likewise.
    private var gradients: [[Float]]
    /// A layer's Wᵀ.
    private var turned: [Float]

    init(_ network: DenseNetwork, capacity: Int) {
        self.network = network
        self.capacity = capacity
        let blocks = network.layers.dropLast().map {
            [Float](repeating: 0, count: capacity * $0.outputCount)
        }
        self.activations = blocks
        self.gradients = blocks
        self.turned = [Float](repeating: 0, count: network.layers.map(\.weightCount).max() ?? 0)
    }

    /// output = network(input).
    ///
    /// - Parameters:
    ///   - input: shape `(rowCount, inputCount)`, rowCount ≤ capacity.
    ///   - output: shape `(rowCount, outputCount)`.
    mutating func forward(
        _ input: [Float], rowCount: Int, parameters: [Float], into output: inout [Float]
    ) {
        precondition(rowCount <= capacity, "\(rowCount) rows in a block of \(capacity)")
        let last = network.layers.count - 1
        for (number, layer) in network.layers.enumerated() {
            guard number < last else {
                layer.forward(
                    number == 0 ? input : activations[number - 1], rowCount: rowCount, parameters: parameters,
                    into: &output)
                return
            }
            // Taken out and put back, as one block is read while the next is written.
            var block: [Float] = []
            swap(&block, &activations[number])
            layer.forward(
                number == 0 ? input : activations[number - 1], rowCount: rowCount, parameters: parameters,
                into: &block)
            network.activation.apply(&block, count: rowCount * layer.outputCount)
            swap(&block, &activations[number])
        }
    }

    /// Empties what a row left behind, after `forward`: it adds nothing to gradients of zeros, not even where it overflowed.
    mutating func forget(row: Int) {
        for (number, layer) in network.layers.dropLast().enumerated() {
            for index in row * layer.outputCount..<(row + 1) * layer.outputCount {
                activations[number][index] = 0
            }
        }
    }

    /// Gradients after `forward` of the same block.
    ///
    /// - Parameters:
    ///   - input: as in `forward`.
    ///   - outputGradient: shape `(rowCount, outputCount)`.
    ///   - gradient: shape `(parameterCount)`; nothing is written where it is empty.
    ///   - inputGradient: shape `(rowCount, inputCount)`; likewise.
    mutating func backward(
        _ input: [Float], rowCount: Int, parameters: [Float], outputGradient: [Float],
        gradient: inout [Float], inputGradient: inout [Float]
    ) {
        precondition(rowCount <= capacity, "\(rowCount) rows in a block of \(capacity)")
        for number in network.layers.indices.reversed() {
            let layer = network.layers[number]
            let isLast = number == network.layers.count - 1
            let outer = isLast ? outputGradient : gradients[number]
            if !gradient.isEmpty {
                layer.parameterGradient(
                    input: number == 0 ? input : activations[number - 1], outputGradient: outer,
                    rowCount: rowCount, into: &gradient)
            }
            if number > 0 {
                var block: [Float] = []
                swap(&block, &gradients[number - 1])
                layer.inputGradient(
                    outputGradient: outer, rowCount: rowCount, parameters: parameters, turned: &turned,
                    into: &block)
                network.activation.applyDerivative(
                    &block, activated: activations[number - 1], count: rowCount * layer.inputCount)
                swap(&block, &gradients[number - 1])
            } else if !inputGradient.isEmpty {
                layer.inputGradient(
                    outputGradient: outer, rowCount: rowCount, parameters: parameters, turned: &turned,
                    into: &inputGradient)
            }
        }
    }

    /// Adds each row's squared gradient norm to `norms`, after `backward`, without a row's gradient ever existing.
    ///
    /// A row's gradient of W is x gᵀ, of b it is g, summed over its J draws; so the squared norm is
    /// Σ_jk (x_j·x_k + 1)(g_j·g_k) (Goodfellow 2015 for J = 1).
    ///
    /// - Parameters:
    ///   - rowCount: n; draw j of row r lies at row j·n + r.
    ///   - norms: shape `(n)`.
    func addSquaredNorms(
        _ input: [Float], rowCount n: Int, sampleCount: Int, outputGradient: [Float],
        to norms: inout [Double]
    ) {
        precondition(n * sampleCount <= capacity, "\(n) rows of \(sampleCount) draws in \(capacity)")
        precondition(norms.count >= n, "\(norms.count) norms for \(n) rows")
        for (number, layer) in network.layers.enumerated() {
            let source = number == 0 ? input : activations[number - 1]
            let outer = number == network.layers.count - 1 ? outputGradient : gradients[number]
            for row in 0..<n {
                for first in 0..<sampleCount {
                    for second in 0...first {
                        let x = Self.dot(
                            source, first * n + row, second * n + row, width: layer.inputCount)
                        let g = Self.dot(
                            outer, first * n + row, second * n + row, width: layer.outputCount)
                        norms[row] += (first == second ? 1 : 2) * (x + 1) * g
                    }
                }
            }
        }
    }

    private static func dot(_ block: [Float], _ first: Int, _ second: Int, width: Int) -> Double {
        var sum = 0.0
        for column in 0..<width {
            sum += Double(block[first * width + column]) * Double(block[second * width + column])
        }
        return sum
    }
}
