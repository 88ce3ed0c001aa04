import LinearAlgebra
import Models
import Testing

@testable import TaskAutoencoder

/// What a row can change in the sums of clipped gradients.
@Suite struct PrivateGradientTests {
    static let clip = 0.5
    /// Sums of some thousand entries in single precision, against the norm.
    static let singlePrecision = 1e-4

    static func architecture(_ form: AutoencoderForm) -> AutoencoderArchitecture {
        AutoencoderArchitecture(columnCount: 6, hidden: [9], latentCount: 3, activation: .tanh, form: form)
    }

    /// A pass over the rows, each with its own noise.
    static func sums(
        _ architecture: AutoencoderArchitecture, _ rows: Matrix, indices: [Int], noise: [[Float]],
        limit: Double
    ) -> [Double] {
        let start = architecture.start(seed: 3)
        var pass = BatchPass(architecture, capacity: max(indices.count, 1), sampleCount: 1)
        pass.load(rows, indices: indices)
        if case .variational = architecture.form { pass.setNoise(indices.flatMap { noise[$0] }) }
        pass.runClipped(
            encoder: start.encoder.map(Float.init), decoder: start.decoder.map(Float.init), beta: 1,
            limit: limit)
        return (pass.encoderGradient + pass.decoderGradient).map(Double.init)
    }

    static func norm(_ values: [Double]) -> Double {
        values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    @Test(arguments: [AutoencoderForm.recipe, .paper, .deterministic])
    func `sums are those of rows clipped one by one, and no row exceeds the limit`(form: AutoencoderForm) {
        let architecture = Self.architecture(form)
        var generator = SeededGenerator(seed: 4)
        let n = 12
        var elements = NormalSampler.sample(count: n * 6, using: &generator)
        // From far inside the limit to far outside.
        for row in 0..<n { for column in 0..<6 { elements[row * 6 + column] *= Double(row * row) / 20 } }
        let rows = Matrix(rowCount: n, columnCount: 6, elements: elements)
        let noise = (0..<n).map { _ in NormalSampler.sample(count: 3, using: &generator).map(Float.init) }
        var expected = [Double](
            repeating: 0, count: architecture.encoder.parameterCount + architecture.decoder.parameterCount)
        var clippedCount = 0
        for row in 0..<n {
            let plain = Self.sums(architecture, rows, indices: [row], noise: noise, limit: 1e30)
            let length = Self.norm(plain)
            let clipped = Self.sums(architecture, rows, indices: [row], noise: noise, limit: Self.clip)
            #expect(Self.norm(clipped) <= Self.clip)
            let factor = min(1, 0.999 * Self.clip / length)
            if factor < 1 { clippedCount += 1 }
            for index in expected.indices {
                #expect(
                    abs(clipped[index] - factor * plain[index]) <= Self.singlePrecision * (length * factor))
                expected[index] += factor * plain[index]
            }
        }
        #expect(clippedCount > 0)
        let found = Self.sums(architecture, rows, indices: Array(0..<n), noise: noise, limit: Self.clip)
        let error = Self.norm(zip(found, expected).map { $0 - $1 })
        #expect(error <= Self.singlePrecision * Self.clip * Double(n))
    }

    @Test(arguments: [AutoencoderForm.recipe, .deterministic])
    func `a row that overflows counts as nothing and leaves the others as they are`(form: AutoencoderForm) {
        let architecture = AutoencoderArchitecture(
            columnCount: 6, hidden: [16, 16, 16], latentCount: 3, activation: .relu, form: form)
        let start = architecture.start(seed: 3)
        // Linear in the row but for its sign: the first is as small as the network is steep.
        let rows = Matrix(
            rowCount: 2, columnCount: 6,
            elements: [Double](repeating: 1e-30, count: 6) + [Double](repeating: 8, count: 6))
        func sums(_ indices: [Int], steep: Bool) -> [Double] {
            var pass = BatchPass(architecture, capacity: 2, sampleCount: 1)
            pass.load(rows, indices: indices)
            if form != .deterministic {
                pass.setNoise([Float](repeating: 0, count: 3 * indices.count))
            }
            pass.runClipped(
                encoder: start.encoder.map { Float($0) * (steep ? 1e4 : 1) },
                decoder: start.decoder.map { Float($0) * (steep ? 1e4 : 1) }, beta: 1, limit: Self.clip)
            return (pass.encoderGradient + pass.decoderGradient).map(Double.init)
        }
        let both = sums([0, 1], steep: true)
        let first = sums([0], steep: true)
        #expect(both.allSatisfy { $0.isFinite })
        #expect(Self.norm(first) > 0)
        #expect(Self.norm(zip(both, first).map { $0 - $1 }) <= Self.singlePrecision * Self.clip)
        // The second would count if it did not overflow.
        #expect(Self.norm(sums([1], steep: true)) == 0)
        #expect(Self.norm(sums([1], steep: false)) > 0.1 * Self.clip)
    }

    static func model(share: AutoencoderSettings.Share, rate: Double, multiplier: Double) -> AutoencoderModel
    {
        var settings = AutoencoderSettings()
        settings.hidden = [9]
        settings.schedule = .gradient(encoderSteps: 1)
        settings.trim = 0
        settings.share = share
        settings.agreedRowCount = 40
        settings.privacy = RowPrivacy(
            clip: clip, multiplier: multiplier, share: 0.5, rate: rate, participantCount: 2)
        return AutoencoderModel(columnCount: 6, latentCount: 3, settings: settings)
    }

    static func update(_ model: AutoencoderModel, _ rows: Matrix, seed: UInt64) -> LocalUpdate {
        var generator = SeededGenerator(seed: seed)
        return model.privateUpdate(
            rows: TrainingRows(rows), layout: model.layout(rowScale: 1024, valueLimit: 8), on: SerialRunner(),
            using: &generator)
    }

    /// The noise of 2,000 entries: its measured spread errs by some 1.6 % (one standard error), four of which are allowed.
    @Test(arguments: [AutoencoderSettings.Share.all, .decoder])
    func `what leaves has the participant's share of the noise and no monitors`(
        share: AutoencoderSettings.Share
    ) {
        let model = Self.model(share: share, rate: 1, multiplier: 1_000)
        let rows = Matrix(rowCount: 4, columnCount: 6)
        let values = (0..<8).flatMap { seed in
            Array(Self.update(model, rows, seed: UInt64(seed)).shared.values.prefix(model.shared.count))
        }
        // Four rows add at most 2 to a noise of 250 an entry.
        let spread = Self.norm(values) / Double(values.count).squareRoot()
        let expected = 1_000 * Self.clip * 0.5
        #expect(abs(spread / expected - 1) <= 4 / (2 * Double(values.count)).squareRoot() + 0.01, "\(spread)")
        let rest = Self.update(model, rows, seed: 1).shared.values.dropFirst(model.shared.count)
        #expect(rest.allSatisfy { $0 == 0 })
    }

    @Test func `a participant's own encoder takes the whole noise, a shared one is not kept`() {
        let rows = Matrix(rowCount: 4, columnCount: 6)
        let own = Self.model(share: .decoder, rate: 1, multiplier: 1)
        #expect(Self.update(own, rows, seed: 1).kept != Self.update(own, rows, seed: 2).kept)
        var quiet = Self.model(share: .decoder, rate: 1, multiplier: 1e-6)
        quiet.own.prior = nil
        let kept = (1...2).map { seed in Self.update(quiet, rows, seed: UInt64(seed)).kept }
        // With next to no noise the draws of the latents are all that differs between the streams.
        #expect(kept[0] != kept[1])
    }

    /// Every row of a participant moves its prior: readings under that would each move with one row, not one of them.
    @Test(arguments: [false, true])
    func `readings whose counts leave do not know the participant's own prior`(isSurveyed: Bool) throws {
        var generator = SeededGenerator(seed: 9)
        let rows = Matrix(
            rowCount: 5, columnCount: 6, elements: NormalSampler.sample(count: 30, using: &generator))
        var settings = AutoencoderSettings()
        settings.hidden = [9]
        settings.latentCount = 3
        let empty = AutoencoderModel(columnCount: 6, latentCount: 3, settings: settings)
        var owner = empty
        owner.own.prior = try LatentPrior(
            mean: [3, -3, 3],
            covariance: Matrix(rowCount: 3, columnCount: 3, elements: [1, 0, 0, 0, 1, 0, 0, 0, 1]))
        func model(_ model: AutoencoderModel) throws -> any ModelKind {
            guard isSurveyed else { return model }
            let surveyed = SurveyedAutoencoder(columnCount: 6, settings: settings)
            return try surveyed.restored(sharedBytes: [0] + model.sharedBytes(), kept: model.keptState())
        }
        func readings(_ model: any ModelKind) -> [[Double]] {
            model.readings(of: model.readers().flatMap { $0 }, rows: rows, on: SerialRunner())
        }
        let (known, unknown) = (try model(owner), try model(empty))
        #expect(readings(known) != readings(unknown))
        #expect(readings(known.withoutOwnState) == readings(unknown.withoutOwnState))
        #expect(readings(known.withoutOwnState).count == readings(known).count)
    }

    /// 4,000 rows at rate 0.25: the count has a standard deviation of 27; five of them.
    @Test func `rows are drawn independently with the agreed rate`() {
        let model = Self.model(share: .all, rate: 0.25, multiplier: 1e-9)
        let rows = Matrix(
            rowCount: 4_000, columnCount: 6,
            elements: [Double](repeating: 8, count: 24_000))
        // Rows this far out are all clipped, and alike: the sum's norm counts them.
        let values = Self.update(model, rows, seed: 3).shared.values.prefix(model.shared.count)
        let count = Self.norm(Array(values)) / (0.999 * Self.clip)
        #expect(count <= 1_000 + 5 * 27.4)
        #expect(count >= 0.9 * (1_000 - 5 * 27.4), "\(count)")
    }

    @Test func `parameters far out send noise alone`() {
        var model = Self.model(share: .all, rate: 1, multiplier: 1e-9)
        model.shared[0] = 1e9
        let rows = Matrix(rowCount: 4, columnCount: 6, elements: [Double](repeating: 1, count: 24))
        let values = Self.update(model, rows, seed: 3).shared.values
        #expect(values.allSatisfy { abs($0) < 1e-6 })
    }
}
