package import LinearAlgebra
package import Models

/// Where the sums stand in the flat shared vector: `theta` (P), `rows` (1), `elbo` (1), then for each latent
/// `latentMean`, `latentSquare` and `latentDivergence`.
struct SharedSums {
    let parameterCount: Int
    let latentCount: Int

    var count: Int { parameterCount + 2 + 3 * latentCount }
    var rowsIndex: Int { parameterCount }
    var objectiveIndex: Int { parameterCount + 1 }
    var meanIndex: Int { parameterCount + 2 }
    var squareIndex: Int { meanIndex + latentCount }
    var divergenceIndex: Int { squareIndex + latentCount }

    /// Monitors hold a row's posterior mean within ± this, and its objective and divergences within their likes.
    static let meanLimit = 16.0
    static let divergenceLimit = 256.0
    /// A column.
    static let objectiveLimit = 64.0

    func figures(_ values: [Double], rowCount: Double) -> LatentFigures {
        LatentFigures(
            rowCount: rowCount, means: Array(values[meanIndex..<squareIndex]),
            squares: Array(values[squareIndex..<divergenceIndex]),
            divergences: Array(values[divergenceIndex..<count]))
    }
}

extension AutoencoderModel {
    var sums: SharedSums { SharedSums(parameterCount: shared.count, latentCount: latentCount) }

    /// What one parameter can change in a round, so that the box of the sum is never too small.
    ///
    /// Adam moves by at most (1 − β₁)/√(1 − β₂) ≈ 3.2 rates a step, a clipped gradient by `clip`.
    private var changeLimit: Double {
        if let privacy = settings.privacy { return privacy.clip }
        return switch (settings.schedule, settings.optimiser) {
        case (.together(let steps), .adam): 4 * settings.learningRate * Double(steps)
        case (.together(let steps), .sgd): AutoencoderSettings.clip * settings.learningRate * Double(steps)
        case (.gradient, _): AutoencoderSettings.clip
        }
    }

    package func layout(rowScale: Double, valueLimit: Double) -> VectorLayout {
        let d = latentCount
        func block(_ name: String, _ count: Int, _ limit: Double) -> VectorBlock {
            VectorBlock(name: name, count: count, scale: powerOfTwo(atLeast: rowScale * limit))
        }
        return VectorLayout([
            block("theta", shared.count, changeLimit), block("rows", 1, 1),
            block("elbo", 1, SharedSums.objectiveLimit * Double(columnCount)),
            block("latentMean", d, SharedSums.meanLimit),
            block("latentSquare", d, SharedSums.meanLimit * SharedSums.meanLimit),
            block("latentDivergence", d, SharedSums.divergenceLimit),
        ])
    }

    /// A round's local work on the participant's standardised rows; a missing cell is seen as 0, the training mean, and
    /// has no part in the loss.
    ///
    /// Work that is not finite sends zeros with N^s = 0 for this round, halves the own rate and restarts the moments.
    ///
    /// - Complexity: O(steps · batch · parameters) + O(min(n, 8192) · parameters).
    package func localUpdate(
        rows own: TrainingRows, layout: VectorLayout, on runner: any ParallelRunner
    ) -> LocalUpdate {
        let rows = own.source
        precondition(rows.columnCount == columnCount, "\(rows.columnCount) columns for \(columnCount)")
        precondition(layout.count == sums.count, "a layout of \(layout.count), not \(sums.count)")
        var generator = SeededGenerator(
            seed: settings.seed, label: "autoencoder round \(round) of \(Self.fingerprint(rows))")
        var normals = FloatNormalStream(using: &generator)
        let batch = min(settings.batch, max(rows.rowCount, 1) * 4)
        var training = LocalTraining(
            architecture, capacity: batch, sampleCount: sampleCount, encoder: encoder, decoder: decoder,
            encoderAdam: self.own.encoderAdam, decoderAdam: self.own.decoderAdam)
        let change = work(&training, rows: rows, batch: batch, normals: &normals, generator: &generator)
        var next = self.own
        var values = [Double](repeating: 0, count: sums.count)
        let evaluation = change.flatMap { _ in
            evaluate(rows, encoder: training.encoder, normals: &normals)
        }
        if let change, let evaluation {
            next.encoderAdam = training.encoderAdam
            next.decoderAdam = training.decoderAdam
            if settings.share == .decoder { next.encoder = training.encoder }
            next.prior = evaluation.prior
            next.figures = evaluation.figures
            let count = Double(rows.rowCount)
            for index in change.indices {
                values[index] = count * min(max(change[index], -changeLimit), changeLimit)
            }
            values[sums.rowsIndex] = count
            for (index, sum) in evaluation.sums.enumerated() {
                values[sums.objectiveIndex + index] = sum * count
            }
        } else {
            let fresh = OwnState(architecture, encoder: self.own.encoder)
            next.encoderAdam = fresh.encoderAdam
            next.decoderAdam = fresh.decoderAdam
            next.rateScale = self.own.rateScale / 2
        }
        return LocalUpdate(
            shared: SharedVector(layout: layout, values: values), kept: next.keptState(),
            concentrations: [])
    }

    /// FNV-1a-64 over the bits of evenly spaced rows: participants with different rows draw differently, and one
    /// draws the same again, whatever it is called. Stays with its owner.
    private static func fingerprint(_ rows: any RowSource) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x0000_0100_0000_01b3 }
        mix(UInt64(rows.rowCount))
        let count = min(rows.rowCount, 256)
        for number in 0..<count {
            let row = number * rows.rowCount / count
            for value in rows.block(row..<row + 1).entries { mix(value.bitPattern) }
        }
        return hash
    }

    var sampleCount: Int { settings.form == .deterministic ? 1 : settings.samples }

    /// The round's steps.
    ///
    /// - Returns: the change of the shared parameters, or the direction uphill; nil if anything is not finite.
    private func work(
        _ training: inout LocalTraining, rows: any RowSource, batch: Int, normals: inout FloatNormalStream,
        generator: inout SeededGenerator
    ) -> [Double]? {
        guard rows.rowCount > 0 else { return [Double](repeating: 0, count: shared.count) }
        func draw() -> [Int] {
            (0..<batch).map { _ in Int(uniform(below: UInt64(rows.rowCount), using: &generator)) }
        }
        var options = StepOptions(
            rate: Float(settings.rate(round: round) * own.rateScale * sharedRateScale),
            beta: Float(settings.beta), trim: settings.trim(round: round), clip: AutoencoderSettings.clip,
            optimiser: settings.optimiser)
        let change: [Double]
        switch settings.schedule {
        case .together(let steps):
            for _ in 0..<steps {
                let loss = training.step(rows: rows, indices: draw(), normals: &normals, options: options)
                guard loss.isFinite else { return nil }
            }
            let moved = (settings.share == .all ? training.encoder : []) + training.decoder
            change = zip(moved, shared).map { Double($0) - Double(Float($1)) }
        case .gradient(let encoderSteps):
            if settings.share == .decoder {
                options.parts = .encoder
                for _ in 0..<encoderSteps {
                    let loss = training.step(rows: rows, indices: draw(), normals: &normals, options: options)
                    guard loss.isFinite else { return nil }
                }
            }
            options.parts = settings.share == .all ? .both : .decoder
            let found = training.gradients(rows: rows, indices: draw(), normals: &normals, options: options)
            change = (found.encoder + found.decoder).map { -$0 }
        }
        let isFinite =
            change.allSatisfy { $0.isFinite } && training.encoder.allSatisfy { $0.isFinite }
            && training.decoder.allSatisfy { $0.isFinite }
        return isFinite ? change : nil
    }

    /// Rows that are evaluated: enough for every monitor, and a bound on the work where rows are many.
    private static let evaluatedRows = 8_192
    /// The share of rows with the lowest ELBO that the latent prior leaves out.
    private static let priorTrim = 0.1

    struct Evaluation {
        /// A row's mean ELBO, then m, m² and KL of each latent: what the shared sums hold after `rows`.
        let sums: [Double]
        let figures: OwnFigures
        let prior: LatentPrior?
    }

    /// One pass over the own rows with the new φ^s and the θ of all.
    ///
    /// - Returns: nil if a loss is not finite.
    func evaluate(
        _ rows: any RowSource, encoder: [Float], normals: inout FloatNormalStream
    ) -> Evaluation? {
        let d = latentCount
        let count = min(rows.rowCount, Self.evaluatedRows)
        var pass = BatchPass(architecture, capacity: 256, sampleCount: 1)
        let decoder = decoder
        var losses: [Float] = []
        var means: [Float] = []
        var deviations: [Float] = []
        var smallest = Float.infinity
        for start in stride(from: 0, to: count, by: 256) {
            let indices = (start..<min(start + 256, count)).map { $0 * rows.rowCount / count }
            pass.load(rows, indices: indices)
            pass.drawNoise(from: &normals)
            pass.evaluate(encoder: encoder, decoder: decoder, beta: 1)
            losses += pass.losses[..<indices.count]
            let latents = pass.latents
            means += latents.means
            deviations += latents.deviations
            smallest = min(smallest, pass.smallestDeviation)
        }
        guard losses.allSatisfy({ $0.isFinite }), means.allSatisfy({ $0.isFinite }) else { return nil }
        let sums = monitorSums(losses: losses, means: means, deviations: deviations)
        let isVariational = settings.form != .deterministic
        let figures = OwnFigures(
            objective: -losses.reduce(0) { $0 + Double($1) } / Double(max(count, 1)),
            smallestDeviation: isVariational && count > 0 ? Double(smallest) : 0,
            latents: LatentFigures(
                rowCount: 1, means: Array(sums[1..<1 + d]), squares: Array(sums[1 + d..<1 + 2 * d]),
                divergences: Array(sums[(1 + 2 * d)...])))
        var prior: LatentPrior?
        if isVariational {
            let used = (0..<count).sorted { (losses[$0], $0) < (losses[$1], $1) }
                .prefix(count - Int(Self.priorTrim * Double(count)))
            prior = LatentPrior(
                means: used.flatMap { means[$0 * d..<($0 + 1) * d] },
                deviations: used.flatMap { deviations[$0 * d..<($0 + 1) * d] }, latentCount: d)
        }
        return Evaluation(sums: sums, figures: figures, prior: prior)
    }

    /// A row's mean ELBO, m, m² and KL, each held within its limit.
    private func monitorSums(losses: [Float], means: [Float], deviations: [Float]) -> [Double] {
        let d = latentCount
        let count = losses.count
        var sums = [Double](repeating: 0, count: 1 + 3 * d)
        let objectiveLimit = SharedSums.objectiveLimit * Double(columnCount)
        for row in 0..<count {
            sums[0] -= min(max(Double(losses[row]), -objectiveLimit), objectiveLimit)
            for unit in 0..<d {
                let raw = Double(means[row * d + unit])
                let m = min(max(raw, -SharedSums.meanLimit), SharedSums.meanLimit)
                sums[1 + unit] += m
                sums[1 + d + unit] += m * m
                guard !deviations.isEmpty else { continue }
                let h = Double(deviations[row * d + unit])
                let divergence = 0.5 * (raw * raw + h * h - 1) - PortableMath.ln(h)
                sums[1 + 2 * d + unit] += min(divergence, SharedSums.divergenceLimit)
            }
        }
        return sums.map { $0 / Double(max(count, 1)) }
    }
}
