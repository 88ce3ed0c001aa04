import LinearAlgebra
package import Models

extension AutoencoderModel {
    /// Shared: `columns`, `hidden`, `latents`, `activation` (0 tanh, 1 relu), `deviation` (floor, cap, floor of h; cap 0
    /// is plain softplus), `seed` and the decoder's layers `decoder0Weights` (in, out), `decoder0Biases` …; private: the encoder's
    /// layers likewise (shared where everything is) and `priorMean` (d), `priorCovariance` (d, d).
    package func snapshot() -> ModelSnapshot {
        let form: [Double]
        switch settings.form {
        case .variational(let deviation, let posteriorFloor):
            var cap: Float = 0
            if case .bounded(_, let value) = deviation { cap = value }
            form = [Double(deviation.floor), Double(cap), Double(posteriorFloor)]
        case .deterministic: form = []
        }
        let count = sharedEncoderCount
        let encoderArrays = Self.arrays(
            "encoder", architecture.encoder,
            settings.share == .all ? Array(shared[..<count]) : own.encoder.map(Double.init))
        var arrays = [
            NamedArray(name: "columns", shape: [1], values: [Double(columnCount)]),
            NamedArray(
                name: "hidden", shape: [settings.hidden.count], values: settings.hidden.map(Double.init)),
            NamedArray(name: "latents", shape: [1], values: [Double(latentCount)]),
            NamedArray(
                name: "activation", shape: [1], values: [settings.activation == .tanh ? 0 : 1]),
            NamedArray(name: "deviation", shape: [form.count], values: form),
            // Exact below 2⁵³ a half.
            NamedArray(
                name: "seed", shape: [2],
                values: [Double(settings.seed >> 32), Double(settings.seed & 0xffff_ffff)]),
        ]
        arrays += Self.arrays("decoder", architecture.decoder, Array(shared[count...]))
        if settings.share == .all { arrays += encoderArrays }
        var kept = settings.share == .all ? [] : encoderArrays
        if let prior = own.prior {
            kept.append(NamedArray(name: "priorMean", shape: [latentCount], values: prior.mean))
            kept.append(
                NamedArray(
                    name: "priorCovariance", shape: [latentCount, latentCount],
                    values: prior.covariance.elements))
        }
        return ModelSnapshot(
            kind: settings.form == .deterministic ? Self.deterministicName : Self.name, shared: arrays,
            kept: kept)
    }

    private static func arrays(
        _ name: String, _ network: DenseNetwork, _ parameters: [Double]
    ) -> [NamedArray] {
        network.layers.enumerated().flatMap { number, layer in
            [
                NamedArray(
                    name: "\(name)\(number)Weights", shape: [layer.inputCount, layer.outputCount],
                    values: Array(parameters[layer.offset..<layer.biasOffset])),
                NamedArray(
                    name: "\(name)\(number)Biases", shape: [layer.outputCount],
                    values: Array(parameters[layer.biasOffset..<layer.end])),
            ]
        }
    }

    /// The model of a snapshot, to score with. One without an encoder cannot score and is refused.
    ///
    /// - Throws: ``ModelError/malformedState(field:expected:found:)``.
    package init(snapshot: ModelSnapshot) throws(ModelError) {
        let isVariational = snapshot.kind == Self.name
        guard isVariational || snapshot.kind == Self.deterministicName else {
            throw .malformedState(field: "kind", expected: 1, found: 0)
        }
        let all = snapshot.shared + snapshot.kept
        var settings = AutoencoderSettings()
        let columns = try Self.count("columns", in: all, 1...1_000_000)
        let latents = try Self.count("latents", in: all, AutoencoderSettings.latentCounts)
        settings.hidden = try Self.counts("hidden", in: all, AutoencoderSettings.widths)
        guard AutoencoderSettings.hiddenCounts.contains(settings.hidden.count) else {
            throw .malformedState(field: "hidden", expected: 1, found: settings.hidden.count)
        }
        settings.activation = try Self.count("activation", in: all, 0...1) == 0 ? .tanh : .relu
        let halves = try Self.counts("seed", in: all, 0...0xffff_ffff)
        guard halves.count == 2 else {
            throw .malformedState(field: "seed", expected: 2, found: halves.count)
        }
        settings.seed = UInt64(halves[0]) << 32 | UInt64(halves[1])
        settings.form = isVariational ? try Self.form(in: all) : .deterministic
        let isAll = snapshot.shared.contains { $0.name == "encoder0Weights" }
        settings.share = isAll ? .all : .decoder
        let architecture = AutoencoderArchitecture(
            columnCount: columns, hidden: settings.hidden, latentCount: latents,
            activation: settings.activation, form: settings.form)
        let encoder = try Self.parameters("encoder", architecture.encoder, in: all)
        let decoder = try Self.parameters("decoder", architecture.decoder, in: all)
        self.init(
            settings: settings, architecture: architecture,
            shared: isAll ? encoder + decoder : decoder,
            own: OwnState(architecture, encoder: isAll ? [] : encoder.map(Float.init)))
        // A model learnt alone has everything in one part.
        if all.contains(where: { $0.name == "priorMean" }) {
            let mean = try Self.values("priorMean", in: all, shape: [latents])
            let covariance = try Self.values("priorCovariance", in: all, shape: [latents, latents])
            guard
                let prior = LatentPrior(
                    checking: mean,
                    Matrix(rowCount: latents, columnCount: latents, elements: covariance))
            else { throw .malformedState(field: "priorCovariance", expected: latents, found: 0) }
            own.prior = prior
        }
    }

    private static func form(in arrays: [NamedArray]) throws(ModelError) -> AutoencoderForm {
        let values = try values("deviation", in: arrays, shape: [3])
        let (floor, cap, posterior) = (Float(values[0]), Float(values[1]), Float(values[2]))
        guard floor > 0, floor < 1e6, posterior > 0, posterior < 1e6, cap == 0 || (cap > floor && cap < 1e6)
        else { throw .malformedState(field: "deviation", expected: 3, found: 0) }
        return .variational(
            deviation: cap == 0 ? .softplus(floor: floor) : .bounded(floor: floor, cap: cap),
            posteriorFloor: posterior)
    }

    private static func parameters(
        _ name: String, _ network: DenseNetwork, in arrays: [NamedArray]
    ) throws(ModelError) -> [Double] {
        var result: [Double] = []
        for (number, layer) in network.layers.enumerated() {
            result += try values(
                "\(name)\(number)Weights", in: arrays, shape: [layer.inputCount, layer.outputCount])
            result += try values("\(name)\(number)Biases", in: arrays, shape: [layer.outputCount])
        }
        return result
    }

    private static func count(
        _ name: String, in arrays: [NamedArray], _ range: ClosedRange<Int>
    ) throws(ModelError) -> Int {
        let found = try counts(name, in: arrays, range)
        guard found.count == 1 else {
            throw .malformedState(field: name, expected: 1, found: found.count)
        }
        return found[0]
    }

    private static func counts(
        _ name: String, in arrays: [NamedArray], _ range: ClosedRange<Int>
    ) throws(ModelError) -> [Int] {
        try values(name, in: arrays, shape: nil).map { value throws(ModelError) in
            guard let whole = Int(exactly: value), range.contains(whole) else {
                throw .malformedState(field: name, expected: range.lowerBound, found: 0)
            }
            return whole
        }
    }

    /// The finite single-precision-sized values of one array; any one-dimensional shape where `shape` is nil.
    private static func values(
        _ name: String, in arrays: [NamedArray], shape: [Int]?
    ) throws(ModelError) -> [Double] {
        guard let array = arrays.first(where: { $0.name == name }) else {
            throw .malformedState(field: name, expected: shape?.reduce(1, *) ?? 1, found: 0)
        }
        let expected = shape ?? [array.values.count]
        guard array.shape == expected && array.values.allSatisfy({ abs($0) < 1e30 }) else {
            throw .malformedState(
                field: name, expected: expected.reduce(1, *), found: array.values.count { abs($0) < 1e30 })
        }
        return array.values
    }
}
