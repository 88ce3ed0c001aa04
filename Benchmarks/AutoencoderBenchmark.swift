import Foundation
import LinearAlgebra
import Models
import TaskAutoencoder

/// The network of the PyTorch loop, one thread: N = 50,000, M = 32, hidden 64, latent 8, batch 256, Float32, Adam.
///
/// Rows come from `vae.csv` of the bench data where a path is given, else they are drawn alike.
struct AutoencoderBenchmark {
    let rows: Matrix
    static let batch = 256
    static let epochs = 10

    static var settings: AutoencoderSettings {
        var settings = AutoencoderSettings()
        settings.activation = .relu
        settings.form = .paper
        settings.batch = batch
        settings.trim = 0
        return settings
    }

    init(path: String?) throws {
        guard let path else {
            rows = Self.drawnRows()
            return
        }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        var elements: [Double] = []
        for line in text.split(separator: "\n") {
            for cell in line.split(separator: ",") { elements.append(Double(cell) ?? 0) }
        }
        rows = Matrix(rowCount: elements.count / 32, columnCount: 32, elements: elements)
    }

    /// tanh features of six latents and noise, standardised.
    private static func drawnRows() -> Matrix {
        let (count, columns) = (50_000, 32)
        var generator = SeededGenerator(seed: 3_000)
        let z = NormalSampler.sample(count: count * 6, using: &generator)
        let weights = NormalSampler.sample(count: 6 * columns, using: &generator)
        var elements = NormalSampler.sample(count: count * columns, using: &generator)
        for row in 0..<count {
            for column in 0..<columns {
                var sum = 0.0
                for unit in 0..<6 { sum += z[row * 6 + unit] * weights[unit * columns + column] }
                elements[row * columns + column] = tanh(sum) + 0.3 * elements[row * columns + column]
            }
        }
        return Matrix(rowCount: count, columnCount: columns, elements: elements)
    }

    private func training(encoder: [Float]?, decoder: [Float]?, seed: UInt64) -> LocalTraining {
        let architecture = AutoencoderArchitecture(
            columnCount: 32, hidden: [64], latentCount: 8, activation: .relu, form: .paper)
        let start = architecture.start(seed: seed)
        return LocalTraining(
            architecture, capacity: Self.batch, sampleCount: 1,
            encoder: encoder ?? start.encoder.map(Float.init),
            decoder: decoder ?? start.decoder.map(Float.init),
            encoderAdam: FloatAdam(count: architecture.encoder.parameterCount),
            decoderAdam: FloatAdam(count: architecture.decoder.parameterCount))
    }

    /// Rows a second of thread time in each epoch, and the last epoch's mean −ELBO.
    ///
    /// - Parameters:
    ///   - encoder: where to start; the model's own start where nil.
    func train(encoder: [Float]? = nil, decoder: [Float]? = nil, seed: UInt64 = 1) -> (
        rates: [Double], loss: Double
    ) {
        var training = training(encoder: encoder, decoder: decoder, seed: seed)
        var generator = SeededGenerator(seed: seed, label: "benchmark")
        var normals = FloatNormalStream(using: &generator)
        let options = StepOptions(rate: 1e-3)
        var rates: [Double] = []
        var total = 0.0
        for _ in 0..<Self.epochs {
            total = 0
            let elapsed = ThreadTime.measure {
                let order = permutation(of: rows.rowCount, using: &generator)
                for start in stride(from: 0, to: order.count, by: Self.batch) {
                    let indices = Array(order[start..<min(start + Self.batch, order.count)])
                    total +=
                        Double(indices.count)
                        * training.step(rows: rows, indices: indices, normals: &normals, options: options)
                }
            }
            rates.append(Double(rows.rowCount) / (elapsed / .seconds(1)))
        }
        return (rates, total / Double(rows.rowCount))
    }

    /// Rounds of the model for one participant, exchange arithmetic included: rows a second of thread time.
    ///
    /// A round is an epoch's steps, so that the evaluation of 8,192 rows and the exchange come once an epoch.
    func rounds() throws -> [Double] {
        var settings = Self.settings
        let steps = (rows.rowCount + Self.batch - 1) / Self.batch
        settings.schedule = .together(steps: steps)
        settings.roundCount = Self.epochs
        var model = AutoencoderModel(columnCount: 32, latentCount: 8, settings: settings)
        let layout = model.layout(rowScale: 0x1p16, valueLimit: 8)
        var rates: [Double] = []
        for _ in 0..<Self.epochs {
            let elapsed = try ThreadTime.measure {
                let update = model.localUpdate(rows: rows, layout: layout)
                var clipped = 0
                let sum = layout.denormalised(
                    layout.normalised(update.shared.values, clippedCount: &clipped))
                try model.optimise(sum: SharedVector(layout: layout, values: sum), kept: update.kept)
            }
            rates.append(Double(steps * Self.batch) / (elapsed / .seconds(1)))
        }
        return rates
    }

    /// Rows a second of thread time, z = m, as the PyTorch loop scores.
    func scoring() -> [Double] {
        let model = AutoencoderModel(
            columnCount: 32, latentCount: 8, settings: Self.settings)
        return (0..<7).map { _ in
            let elapsed = ThreadTime.measure { _ = model.meanReconstructionLosses(rows: rows) }
            return Double(rows.rowCount) / (elapsed / .seconds(1))
        }
    }

    /// Mean −ELBO after ten epochs from the weights of `scripts/autoencoder-initial-weights.py`.
    func losses(from path: String) throws -> [Double] {
        struct Start: Decodable {
            let encoder: [Float]
            let decoder: [Float]
        }
        let starts = try JSONDecoder().decode(
            [Start].self, from: Data(contentsOf: URL(filePath: path)))
        return starts.enumerated().map { number, start in
            train(encoder: start.encoder, decoder: start.decoder, seed: UInt64(number + 1)).loss
        }
    }
}
