package import LinearAlgebra

/// Which gradients a pass is to find.
package struct GradientParts: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    package static let encoder = GradientParts(rawValue: 1)
    package static let decoder = GradientParts(rawValue: 2)
    package static let both: GradientParts = [.encoder, .decoder]
}

/// One batch of rows through encoder, draws, decoder and loss, and back.
///
/// The loss of a row is −(1/J) Σ_j ln p(x | z_j) + β KL(q(z|x) ‖ N(0, I)), z_j = m + h ⊙ v_j (Eq. 30 with the sign
/// of ‖m‖² set right), or ½‖x − x̂‖² for the deterministic form; gradients are those of the mean over the rows that
/// count. Single precision within a row and in sums over a batch; losses are added up in double precision.
package struct BatchPass: Sendable {
    package let architecture: AutoencoderArchitecture
    /// Rows of the largest batch.
    package let capacity: Int
    /// J.
    package let sampleCount: Int
    /// Shape `(n, M)`, the loaded rows.
    private(set) var inputs: [Float]
    /// The same as the encoder sees them, where it sees them held within a limit or filled up; else empty.
    private var heldInputs: [Float] = []
    private(set) var loadedCount = 0
    private var encoder: NetworkScratch
    private var decoder: NetworkScratch
    private var posterior: FloatPosterior
    private var encoderHeads: [Float]
    private(set) var outputs: [Float]
    private var noise: [Float]
    private var draws: [Float]
    private var drawGradient: [Float]
    private var drawLosses: [Float]
    private var weights: [Float]
    /// −ELBO (or squared error) of each loaded row after `run` or `evaluate`, shape `(n)`.
    package private(set) var losses: [Float]
    /// ∂/∂φ and ∂/∂θ of the mean loss, flat.
    package private(set) var encoderGradient: [Float]
    package private(set) var decoderGradient: [Float]

    package init(_ architecture: AutoencoderArchitecture, capacity: Int, sampleCount: Int) {
        precondition(capacity >= 1 && sampleCount >= 1, "\(capacity) rows of \(sampleCount) draws")
        self.architecture = architecture
        self.capacity = capacity
        self.sampleCount = sampleCount
        let drawn = capacity * sampleCount
        func block(_ count: Int) -> [Float] { [Float](repeating: 0, count: count) }
        inputs = block(capacity * architecture.columnCount)
        encoder = NetworkScratch(architecture.encoder, capacity: capacity)
        decoder = NetworkScratch(architecture.decoder, capacity: drawn)
        posterior = FloatPosterior(capacity: capacity, latentCount: architecture.latentCount)
        encoderHeads = block(capacity * architecture.encoder.outputCount)
        outputs = block(drawn * architecture.decoder.outputCount)
        noise = block(drawn * architecture.latentCount)
        draws = noise
        drawGradient = noise
        drawLosses = block(drawn)
        weights = block(capacity)
        losses = block(capacity)
        encoderGradient = block(architecture.encoder.parameterCount)
        decoderGradient = block(architecture.decoder.parameterCount)
    }

    /// Takes rows.
    ///
    /// - Parameters:
    ///   - rows: shape `(N, M)`; NaN where a cell is missing, finite elsewhere. The encoder sees 0 there, the training
    ///     mean; the loss leaves the cell out.
    ///   - indices: at most `capacity`, at least one.
    ///   - encoderLimit: what the encoder sees is held within ± this; nil shows it the rows as they are.
    package mutating func load(_ rows: any RowSource, indices: [Int], encoderLimit: Float? = nil) {
        precondition(rows.columnCount == architecture.columnCount, "\(rows.columnCount) columns")
        precondition(!indices.isEmpty && indices.count <= capacity, "\(indices.count) rows in \(capacity)")
        let hasMissing =
            if let matrix = rows as? Matrix {
                FloatBlocks.gather(matrix, indices: indices, into: &inputs)
            } else {
                FloatBlocks.gather(rows.gathered(indices), indices: Array(indices.indices), into: &inputs)
            }
        loadedCount = indices.count
        heldInputs = []
        if let encoderLimit {
            // Rows of training lie within the agreed box; others may lie anywhere, and their squares must stay finite.
            FloatBlocks.clamp(&inputs, count: loadedCount * architecture.columnCount, limit: 1e15)
            heldInputs = inputs
            FloatBlocks.clamp(
                &heldInputs, count: loadedCount * architecture.columnCount, limit: encoderLimit)
        }
        if hasMissing {
            if heldInputs.isEmpty { heldInputs = inputs }
            FloatBlocks.fillNaN(&heldInputs, count: loadedCount * architecture.columnCount)
        }
    }

    /// Takes fresh normals for the draws.
    package mutating func drawNoise(from stream: inout FloatNormalStream) {
        guard case .variational = architecture.form else { return }
        stream.fill(&noise, count: loadedCount * sampleCount * architecture.latentCount)
    }

    /// Takes given normals, shape `(J n, d)`: draw j of row r at row j·n + r.
    package mutating func setNoise(_ normals: [Float]) {
        precondition(
            normals.count == loadedCount * sampleCount * architecture.latentCount,
            "\(normals.count) normals for \(loadedCount) × \(sampleCount) × \(architecture.latentCount)")
        for index in normals.indices { noise[index] = normals[index] }
    }

    /// Losses and gradients of the loaded rows.
    ///
    /// - Parameters:
    ///   - encoder: φ, flat.
    ///   - decoder: θ, flat.
    ///   - beta: weight of the KL term, ≥ 0.
    ///   - trim: the share of rows with the largest losses that is left out, 0..<1.
    ///   - parts: the gradients wanted; the others are left alone.
    /// - Returns: the mean loss over the rows that count.
    package mutating func run(
        encoder parameters: [Float], decoder decoderParameters: [Float], beta: Float, trim: Double,
        parts: GradientParts
    ) -> Double {
        precondition(trim >= 0 && trim < 1, "a share of \(trim)")
        let trimmed = min(Int(trim * Double(loadedCount)), loadedCount - 1)
        let scale = 1 / Float((loadedCount - trimmed) * sampleCount)
        forward(encoder: parameters, decoder: decoderParameters, beta: beta, scale: scale)
        let mean = weigh(trimmed: trimmed)
        backward(encoder: parameters, decoder: decoderParameters, beta: beta, parts: parts)
        return mean
    }

    /// The sums over the loaded rows of every row's own gradient pair, each pair held to a joint norm.
    ///
    /// A row's gradient never exists: after a pass back for the norms, every row's head gradients are scaled by
    /// min(1, limit/‖(g_φ, g_θ)‖), and a second pass back adds up. `encoderGradient` and `decoderGradient` then hold sums, not
    /// means. A row whose norm is not finite counts as 0.
    ///
    /// - Parameters:
    ///   - beta: as in ``run(encoder:decoder:beta:trim:parts:)``.
    ///   - limit: C > 0. Single precision is allowed for: no row exceeds it.
    package mutating func runClipped(
        encoder parameters: [Float], decoder decoderParameters: [Float], beta: Float, limit: Double
    ) {
        _ = run(encoder: parameters, decoder: decoderParameters, beta: beta, trim: 0, parts: .both)
        let n = loadedCount
        let norms = squaredGradientNorms()
        for row in 0..<n {
            let norm = (norms.encoder[row] + norms.decoder[row]).squareRoot()
            guard norm.isFinite else {
                forget(row: row)
                continue
            }
            let factor = Float(Double(n) * min(1, Self.clipMargin * limit / norm))
            for sample in 0..<sampleCount {
                Self.scale(&outputs, sample * n + row, architecture.decoder.outputCount, factor)
            }
            if case .variational = architecture.form {
                Self.scale(&encoderHeads, row, architecture.encoder.outputCount, factor)
            } else {
                Self.scale(&drawGradient, row, architecture.encoder.outputCount, factor)
            }
        }
        let isVariational = architecture.form != .deterministic
        var none: [Float] = []
        decoder.backward(
            isVariational ? draws : encoderHeads, rowCount: n * sampleCount, parameters: decoderParameters,
            outputGradient: outputs, gradient: &decoderGradient, inputGradient: &none)
        encoder.backward(
            encoderInputs, rowCount: n, parameters: parameters,
            outputGradient: isVariational ? encoderHeads : drawGradient, gradient: &encoderGradient,
            inputGradient: &none)
    }

    /// What single precision may add to a norm of some thousand entries, many times over.
    private static let clipMargin = 0.999

    private static func scale(_ block: inout [Float], _ row: Int, _ width: Int, _ factor: Float) {
        for index in row * width..<(row + 1) * width { block[index] *= factor }
    }

    /// Takes a row out of the pass: zero times an overflow would still be none of a number.
    private mutating func forget(row: Int) {
        func clear(_ block: inout [Float], _ row: Int, _ width: Int) {
            for index in row * width..<(row + 1) * width { block[index] = 0 }
        }
        encoder.forget(row: row)
        clear(&encoderHeads, row, architecture.encoder.outputCount)
        for sample in 0..<sampleCount {
            let draw = sample * loadedCount + row
            decoder.forget(row: draw)
            clear(&outputs, draw, architecture.decoder.outputCount)
            if architecture.form != .deterministic { clear(&draws, draw, architecture.latentCount) }
        }
        if architecture.form == .deterministic { clear(&drawGradient, row, architecture.encoder.outputCount) }
    }

    /// Losses only.
    package mutating func evaluate(
        encoder parameters: [Float], decoder decoderParameters: [Float], beta: Float
    ) {
        forward(encoder: parameters, decoder: decoderParameters, beta: beta, scale: nil)
    }

    private var encoderInputs: [Float] { heldInputs.isEmpty ? inputs : heldInputs }

    /// m and h only, as `latents` gives them.
    package mutating func encode(_ parameters: [Float]) {
        encoder.forward(
            encoderInputs, rowCount: loadedCount, parameters: parameters,
            into: &encoderHeads)
        guard case .variational(_, let posteriorFloor) = architecture.form else { return }
        posterior.draw(
            heads: encoderHeads, noise: [], rowCount: loadedCount, sampleCount: 0, floor: posteriorFloor,
            into: &draws)
    }

    private mutating func forward(
        encoder parameters: [Float], decoder decoderParameters: [Float], beta: Float, scale: Float?
    ) {
        let (n, columns) = (loadedCount, architecture.columnCount)
        encoder.forward(
            encoderInputs, rowCount: n, parameters: parameters,
            into: &encoderHeads)
        switch architecture.form {
        case .variational(let deviation, let posteriorFloor):
            posterior.draw(
                heads: encoderHeads, noise: noise, rowCount: n, sampleCount: sampleCount,
                floor: posteriorFloor, into: &draws)
            decoder.forward(draws, rowCount: n * sampleCount, parameters: decoderParameters, into: &outputs)
            GaussianLoss.evaluate(
                rows: inputs, heads: &outputs, rowCount: n, sampleCount: sampleCount, columnCount: columns,
                deviation: deviation, scale: scale, losses: &drawLosses)
            let share = 1 / Float(sampleCount)
            for row in 0..<n {
                var sum: Float = 0
                for sample in 0..<sampleCount { sum += drawLosses[sample * n + row] }
                losses[row] = sum * share + beta * posterior.divergences[row]
            }
        case .deterministic:
            precondition(sampleCount == 1, "\(sampleCount) draws of a deterministic code")
            decoder.forward(encoderHeads, rowCount: n, parameters: decoderParameters, into: &outputs)
            GaussianLoss.squaredError(
                rows: inputs, heads: &outputs, rowCount: n, columnCount: columns, scale: scale,
                losses: &losses)
        }
    }

    /// Sets each row's weight: 1/rows that count, or 0 for the `trimmed` rows of largest loss, whose head gradients
    /// are zeroed.
    private mutating func weigh(trimmed: Int) -> Double {
        let share = 1 / Float(loadedCount - trimmed)
        for row in 0..<loadedCount { weights[row] = share }
        if trimmed > 0 {
            let order = (0..<loadedCount).sorted {
                (losses[$0], $0) > (losses[$1], $1)
            }
            let width = architecture.decoder.outputCount
            for row in order.prefix(trimmed) {
                weights[row] = 0
                for sample in 0..<sampleCount {
                    FloatBlocks.zero(&outputs, row: sample * loadedCount + row, width: width)
                }
            }
        }
        var sum = 0.0
        for row in 0..<loadedCount where weights[row] > 0 { sum += Double(losses[row]) }
        return sum / Double(loadedCount - trimmed)
    }

    private mutating func backward(
        encoder parameters: [Float], decoder decoderParameters: [Float], beta: Float, parts: GradientParts
    ) {
        let n = loadedCount
        var none: [Float] = []
        switch architecture.form {
        case .variational:
            if parts == .both {
                decoder.backward(
                    draws, rowCount: n * sampleCount, parameters: decoderParameters,
                    outputGradient: outputs, gradient: &decoderGradient, inputGradient: &drawGradient)
            } else if parts.contains(.decoder) {
                decoder.backward(
                    draws, rowCount: n * sampleCount, parameters: decoderParameters,
                    outputGradient: outputs, gradient: &decoderGradient, inputGradient: &none)
            } else {
                decoder.backward(
                    draws, rowCount: n * sampleCount, parameters: decoderParameters,
                    outputGradient: outputs, gradient: &none, inputGradient: &drawGradient)
            }
            guard parts.contains(.encoder) else { return }
            posterior.backward(
                heads: &encoderHeads, noise: noise, drawGradient: drawGradient, rowCount: n,
                sampleCount: sampleCount, weights: weights, beta: beta)
            encoder.backward(
                encoderInputs, rowCount: n, parameters: parameters, outputGradient: encoderHeads,
                gradient: &encoderGradient, inputGradient: &none)
        case .deterministic:
            decoder.backward(
                encoderHeads, rowCount: n, parameters: decoderParameters, outputGradient: outputs,
                gradient: &decoderGradient, inputGradient: &drawGradient)
            guard parts.contains(.encoder) else { return }
            encoder.backward(
                encoderInputs, rowCount: n, parameters: parameters, outputGradient: drawGradient,
                gradient: &encoderGradient, inputGradient: &none)
        }
    }

    /// ‖∂ loss_r/∂φ‖² and ‖∂ loss_r/∂θ‖² of each row's own loss, after `run` with both parts.
    ///
    /// - Returns: shape `(n)` each; 0 for a row that was left out.
    package func squaredGradientNorms() -> (encoder: [Double], decoder: [Double]) {
        let n = loadedCount
        var ofEncoder = [Double](repeating: 0, count: n)
        var ofDecoder = ofEncoder
        let isVariational = architecture.form != .deterministic
        encoder.addSquaredNorms(
            encoderInputs, rowCount: n, sampleCount: 1,
            outputGradient: isVariational ? encoderHeads : drawGradient,
            to: &ofEncoder)
        decoder.addSquaredNorms(
            isVariational ? draws : encoderHeads, rowCount: n, sampleCount: sampleCount,
            outputGradient: outputs, to: &ofDecoder)
        for row in 0..<n where weights[row] > 0 {
            // Back from the mean over rows to the row's own loss.
            let scale = 1 / (Double(weights[row]) * Double(weights[row]))
            ofEncoder[row] *= scale
            ofDecoder[row] *= scale
        }
        return (ofEncoder, ofDecoder)
    }

    /// m and h of the loaded rows after a pass, shape `(n, d)` each; h is empty for the deterministic form.
    ///
    /// - Precondition: the last pass was `evaluate`, as `run` turns the heads into gradients.
    package var latents: (means: [Float], deviations: [Float]) {
        let d = architecture.latentCount
        guard architecture.form != .deterministic else {
            return (Array(encoderHeads.prefix(loadedCount * d)), [])
        }
        var means = [Float](repeating: 0, count: loadedCount * d)
        for row in 0..<loadedCount {
            for unit in 0..<d { means[row * d + unit] = encoderHeads[2 * row * d + unit] }
        }
        return (means, Array(posterior.deviations.prefix(loadedCount * d)))
    }
}

extension BatchPass {
    /// The smallest σ of any loaded row and column after `evaluate`; ∞ for the deterministic form.
    package var smallestDeviation: Float {
        guard case .variational(let deviation, _) = architecture.form else { return .infinity }
        let count = loadedCount * sampleCount
        var found = [Float](repeating: 0, count: count * architecture.columnCount)
        deviation.apply(
            heads: outputs, rowCount: count, columnCount: architecture.columnCount, into: &found)
        return found.min() ?? .infinity
    }

    /// Adds each column's part of a row's loss, averaged over the draws, to `contributions`, after `evaluate`.
    ///
    /// - Parameters:
    ///   - weight: what each draw counts.
    ///   - contributions: shape `(n, M)`.
    package func addColumns(weight: Double, to contributions: inout [Double]) {
        let (n, columns) = (loadedCount, architecture.columnCount)
        precondition(contributions.count >= n * columns, "\(contributions.count) for \(n) × \(columns)")
        switch architecture.form {
        case .variational(let deviation, _):
            let width = 2 * columns
            for sample in 0..<sampleCount {
                let heads = Array(outputs[sample * n * width..<(sample + 1) * n * width])
                GaussianLoss.addColumns(
                    rows: inputs, heads: heads, rowCount: n, columnCount: columns, deviation: deviation,
                    weight: weight, to: &contributions)
            }
        case .deterministic:
            for index in 0..<n * columns {
                let difference = Double(inputs[index]) - Double(outputs[index])
                guard !difference.isNaN else { continue }
                contributions[index] += weight * 0.5 * difference * difference
            }
        }
    }
}
