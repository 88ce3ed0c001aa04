package import LinearAlgebra
package import Models

/// Differentially private learning by noisy gradients (mathematics.md §6.5; Abadi et al. 2016): one step of all a round.
///
/// Every row takes part with probability q; its gradients of φ^s and θ are held to a joint norm C; their sums get noise of
/// standard deviation zC. θ's sum leaves, and the participants' shares of noise add up to that. φ^s never leaves, but every
/// later gradient of θ is made with it: its noise is the participant's own and full, so that both together are one
/// Gaussian mechanism of multiplier z, whoever learns the encoder from what it does.
///
/// What is exact — the latent prior, the own monitors — is made for the owner's scores and steers nothing that leaves: common
/// units come from readings without it. Loss, monitors and row counts do not leave: zeros stand in their place.
extension AutoencoderModel {
    /// With N(0, I) in place of the own prior, which every row of its owner moves. An own encoder is as private as θ.
    package var withoutOwnState: any ModelKind { withoutPrior }

    /// The model that reads all participants' latents alike.
    var withoutPrior: AutoencoderModel {
        var common = self
        common.own.prior = nil
        return common
    }

    /// Draws in a pass.
    private static let blockRows = 256
    /// Parameters beyond this send noise alone: so far out a gradient might overflow single precision. Nothing but noisy sums
    /// decides on it.
    private static let parameterLimit: Float = 1_000

    /// A noisy, clipped sum of gradients of a Poisson sample of the rows, uphill.
    ///
    /// - Precondition: the model was made with ``AutoencoderSettings/privacy``.
    /// - Complexity: O(q · n · parameters) + O(min(n, 8192) · parameters).
    package func privateUpdate(
        rows own: TrainingRows, layout: VectorLayout, on runner: any ParallelRunner,
        using generator: inout some RandomNumberGenerator
    ) -> LocalUpdate {
        guard let privacy = settings.privacy else { preconditionFailure("a private update without privacy") }
        let rows = own.source
        precondition(rows.columnCount == columnCount, "\(rows.columnCount) columns for \(columnCount)")
        precondition(layout.count == sums.count, "a layout of \(layout.count), not \(sums.count)")
        let chosen = (0..<rows.rowCount).filter { _ in
            // 53 bits, so that a rate of 1 takes every row.
            Double(generator.next() >> 11) * 0x1p-53 < privacy.rate
        }
        var normals = FloatNormalStream(using: &generator)
        var gradients = clippedGradients(rows, chosen, clip: privacy.clip, normals: &normals)
        let full = privacy.multiplier * privacy.clip
        if settings.share == .decoder {
            PrivateNoise.add(to: &gradients.encoder, deviation: full, using: &generator)
        }
        var shared = settings.share == .all ? gradients.encoder + gradients.decoder : gradients.decoder
        PrivateNoise.add(to: &shared, deviation: full * privacy.share, using: &generator)
        var values = [Double](repeating: 0, count: sums.count)
        for index in shared.indices { values[index] = -shared[index] }
        var next = self.own
        if settings.share == .decoder { step(&next, gradient: gradients.encoder, privacy) }
        let encoder = settings.share == .decoder ? next.encoder : encoder
        if let evaluation = evaluate(rows, encoder: encoder, normals: &normals) {
            next.prior = evaluation.prior
            next.figures = evaluation.figures
        }
        return LocalUpdate(
            shared: SharedVector(layout: layout, values: values), kept: next.keptState(), concentrations: [])
    }

    /// Σ_n g_n min(1, C/‖g_n‖) over the chosen rows, of φ and of θ.
    func clippedGradients(
        _ rows: any RowSource, _ chosen: [Int], clip: Double, normals: inout FloatNormalStream
    ) -> (encoder: [Double], decoder: [Double]) {
        let (encoder, decoder) = (encoder, decoder)
        var sums = (
            encoder: [Double](repeating: 0, count: encoder.count),
            decoder: [Double](repeating: 0, count: decoder.count)
        )
        let isSound = (encoder + decoder).allSatisfy { $0.magnitude <= Self.parameterLimit }
        guard isSound, !chosen.isEmpty else { return sums }
        let blockRows = max(1, Self.blockRows / sampleCount)
        var pass = BatchPass(architecture, capacity: blockRows, sampleCount: sampleCount)
        for start in stride(from: 0, to: chosen.count, by: blockRows) {
            pass.load(rows, indices: Array(chosen[start..<min(start + blockRows, chosen.count)]))
            pass.drawNoise(from: &normals)
            pass.runClipped(
                encoder: encoder, decoder: decoder, beta: Float(settings.beta), limit: clip)
            for index in encoder.indices { sums.encoder[index] += Double(pass.encoderGradient[index]) }
            for index in decoder.indices { sums.decoder[index] += Double(pass.decoderGradient[index]) }
        }
        return sums
    }

    /// One step of φ^s; its scale too is a function of agreed numbers alone.
    private func step(_ own: inout OwnState, gradient: [Double], _ privacy: RowPrivacy) {
        let expected = privacy.rate * settings.agreedRowCount / Double(privacy.participantCount)
        let rate = Float(settings.rate(round: round) * sharedRateScale)
        let mean = gradient.map { Float($0 / expected) }
        switch settings.optimiser {
        case .adam: own.encoderAdam.step(&own.encoder, gradient: mean, scale: 1, rate: rate)
        case .sgd: for index in own.encoder.indices { own.encoder[index] -= rate * mean[index] }
        }
    }
}
