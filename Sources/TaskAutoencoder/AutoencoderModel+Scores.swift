package import LinearAlgebra
package import Models

extension AutoencoderModel {
    /// J of the scores: the same draws for all rows, so that a score depends on nothing but its row.
    private static let scoreSamples = 64
    /// Draws that one pass takes, and rows.
    private static let drawsAtOnce = 8
    private static let rowsAtOnce = 32
    /// Standardised values further out than this are held before the encoder; the likelihood sees them raw.
    private static let encoderLimit: Float = 20

    /// Anomaly scores.
    ///
    /// `paper` is Eq. 39, −E_q ln p(x|z); `elbo` adds KL(q ‖ N(0, I)); `density` adds KL(q ‖ p^s) with the participant's
    /// own latent prior instead, or that of N(0, I) before there is one. 64 draws common to all rows. The deterministic
    /// form has ½‖x − x̂‖² for all of them.
    package func scores(rows: Matrix, kind: ScoreKind, on runner: any ParallelRunner) -> [Double] {
        let losses = expectedLosses(rows)
        guard settings.form != .deterministic, kind != .paper else { return losses }
        return zip(losses, divergences(rows, prior: kind == .elbo ? nil : own.prior)).map { $0 + $1 }
    }

    /// The readers differ by their priors alone: the draws, nearly all of the work, are made once.
    package func readings(
        of readers: [any ModelKind], rows: Matrix, on runner: any ParallelRunner
    ) -> [[Double]] {
        let losses = expectedLosses(rows)
        return readers.map { reader in
            guard let reader = reader as? AutoencoderModel else {
                preconditionFailure("a reader of another model: \(reader)")
            }
            guard settings.form != .deterministic else { return losses }
            return zip(losses, divergences(rows, prior: reader.own.prior)).map { $0 + $1 }
        }
    }

    /// −E_q ln p(x|z) of each row, or ½‖x − x̂‖².
    private func expectedLosses(_ rows: Matrix) -> [Double] {
        var losses = [Double](repeating: 0, count: rows.rowCount)
        visit(rows) { pass, start, count, weight in
            for row in 0..<count { losses[start + row] += weight * Double(pass.losses[row]) }
        }
        return losses
    }

    /// Where a score comes from: each column's part of −E_q ln p(x|z) (of the squared error), which add up to `paper`.
    ///
    /// - Parameter rows: shape `(n, M)`, standardised, finite.
    /// - Returns: shape `(n, M)`.
    package func explanation(rows: Matrix) -> Matrix {
        var parts = [Double](repeating: 0, count: rows.rowCount * columnCount)
        visit(rows) { pass, start, count, weight in
            var found = [Double](repeating: 0, count: count * columnCount)
            pass.addColumns(weight: weight / Double(pass.sampleCount), to: &found)
            for index in found.indices { parts[start * columnCount + index] += found[index] }
        }
        return Matrix(rowCount: rows.rowCount, columnCount: columnCount, elements: parts)
    }

    /// −ln p(x | z = m(x)) of each row: one decoder pass a row instead of 64, for a quick look.
    ///
    /// - Parameter rows: shape `(n, M)`, standardised, finite.
    package func meanReconstructionLosses(rows: Matrix) -> [Double] {
        var pass = BatchPass(architecture, capacity: 256, sampleCount: 1)
        let (encoder, decoder) = (encoder, decoder)
        var losses = [Double](repeating: 0, count: rows.rowCount)
        for start in stride(from: 0, to: rows.rowCount, by: 256) {
            let count = min(256, rows.rowCount - start)
            pass.load(rows, indices: Array(start..<start + count), encoderLimit: Self.encoderLimit)
            pass.setNoise([Float](repeating: 0, count: count * latentCount))
            pass.evaluate(encoder: encoder, decoder: decoder, beta: 0)
            for row in 0..<count { losses[start + row] = Double(pass.losses[row]) }
        }
        return losses
    }

    /// Runs `body` over blocks of rows and draws with likelihood losses in the pass; `weight`s of a row add up to 1.
    func visit(
        _ rows: Matrix,
        _ body: (_ pass: BatchPass, _ start: Int, _ count: Int, _ weight: Double) -> Void
    ) {
        precondition(rows.columnCount == columnCount, "\(rows.columnCount) columns for \(columnCount)")
        let isVariational = settings.form != .deterministic
        let atOnce = isVariational ? Self.drawsAtOnce : 1
        let chunks = isVariational ? Self.scoreSamples / Self.drawsAtOnce : 1
        var generator = SeededGenerator(seed: settings.seed, label: "autoencoder scores")
        let normals = NormalSampler.sample(count: chunks * atOnce * latentCount, using: &generator)
        var pass = BatchPass(architecture, capacity: Self.rowsAtOnce, sampleCount: atOnce)
        let (encoder, decoder) = (encoder, decoder)
        for start in stride(from: 0, to: rows.rowCount, by: Self.rowsAtOnce) {
            let count = min(Self.rowsAtOnce, rows.rowCount - start)
            pass.load(rows, indices: Array(start..<start + count), encoderLimit: Self.encoderLimit)
            for chunk in 0..<chunks {
                pass.setNoise(commonNoise(normals, chunk: chunk, atOnce: atOnce, rowCount: count))
                pass.evaluate(encoder: encoder, decoder: decoder, beta: 0)
                body(pass, start, count, 1 / Double(chunks))
            }
        }
    }

    /// Draws `chunk · atOnce…` repeated for every row.
    private func commonNoise(_ normals: [Double], chunk: Int, atOnce: Int, rowCount: Int) -> [Float] {
        var noise: [Float] = []
        noise.reserveCapacity(atOnce * rowCount * latentCount)
        for sample in 0..<atOnce {
            let from = (chunk * atOnce + sample) * latentCount
            let draw = normals[from..<from + latentCount].map(Float.init)
            for _ in 0..<rowCount { noise += draw }
        }
        return noise
    }

    /// KL of each row's posterior to a prior, N(0, I) where it is nil.
    private func divergences(_ rows: Matrix, prior: LatentPrior?) -> [Double] {
        let d = latentCount
        let standard = try? LatentPrior(
            mean: [Double](repeating: 0, count: d),
            covariance: Matrix(
                rowCount: d, columnCount: d, elements: (0..<d * d).map { $0 % (d + 1) == 0 ? 1 : 0 }))
        var found = [Double](repeating: 0, count: rows.rowCount)
        guard let used = prior ?? standard else { return found }
        var pass = BatchPass(architecture, capacity: 256, sampleCount: 1)
        let encoder = encoder
        for start in stride(from: 0, to: rows.rowCount, by: 256) {
            let count = min(256, rows.rowCount - start)
            pass.load(rows, indices: Array(start..<start + count), encoderLimit: Self.encoderLimit)
            pass.encode(encoder)
            let latents = pass.latents
            for row in 0..<count {
                found[start + row] = used.divergence(
                    means: latents.means, deviations: latents.deviations, row: row)
            }
        }
        return found
    }
}
