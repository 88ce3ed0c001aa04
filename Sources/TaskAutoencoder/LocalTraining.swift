package import LinearAlgebra

/// How one local step is made.
package struct StepOptions: Sendable {
    package var rate: Float
    package var beta: Float
    /// Share of the batch's rows that is left out.
    package var trim: Double
    /// Gradient norms of encoder and decoder are held to this each; nil leaves them.
    package var clip: Double?
    package var optimiser: AutoencoderSettings.Optimiser
    package var parts: GradientParts

    package init(
        rate: Float, beta: Float = 1, trim: Double = 0, clip: Double? = nil,
        optimiser: AutoencoderSettings.Optimiser = .adam, parts: GradientParts = .both
    ) {
        self.rate = rate
        self.beta = beta
        self.trim = trim
        self.clip = clip
        self.optimiser = optimiser
        self.parts = parts
    }
}

/// One participant's networks while it takes local steps. Local arithmetic.
package struct LocalTraining: Sendable {
    /// φ^s, flat.
    package private(set) var encoder: [Float]
    /// The own copy of θ, flat.
    package private(set) var decoder: [Float]
    package private(set) var encoderAdam: FloatAdam
    package private(set) var decoderAdam: FloatAdam
    package private(set) var pass: BatchPass

    /// - Parameters:
    ///   - capacity: rows of the largest batch.
    ///   - encoderAdam: moments to go on with.
    package init(
        _ architecture: AutoencoderArchitecture, capacity: Int, sampleCount: Int, encoder: [Float],
        decoder: [Float], encoderAdam: FloatAdam, decoderAdam: FloatAdam
    ) {
        precondition(
            encoder.count == architecture.encoder.parameterCount
                && decoder.count == architecture.decoder.parameterCount,
            "\(encoder.count) and \(decoder.count) parameters")
        self.encoder = encoder
        self.decoder = decoder
        self.encoderAdam = encoderAdam
        self.decoderAdam = decoderAdam
        self.pass = BatchPass(architecture, capacity: capacity, sampleCount: sampleCount)
    }

    /// One step on the rows `indices`.
    ///
    /// - Returns: the mean loss before the step.
    package mutating func step(
        rows: any RowSource, indices: [Int], normals: inout FloatNormalStream, options: StepOptions
    ) -> Double {
        let loss = findGradients(rows: rows, indices: indices, normals: &normals, options: options)
        if options.parts.contains(.encoder) {
            let scale = Self.clipScale(pass.encoderGradient, options.clip)
            Self.move(&encoder, pass.encoderGradient, &encoderAdam, scale, options)
        }
        if options.parts.contains(.decoder) {
            let scale = Self.clipScale(pass.decoderGradient, options.clip)
            Self.move(&decoder, pass.decoderGradient, &decoderAdam, scale, options)
        }
        return loss
    }

    /// The clipped gradients of θ on the rows `indices`, no step; of the encoder too where `options` ask for it.
    ///
    /// - Returns: empty for a part that is not asked for.
    package mutating func gradients(
        rows: any RowSource, indices: [Int], normals: inout FloatNormalStream, options: StepOptions
    ) -> (encoder: [Double], decoder: [Double]) {
        _ = findGradients(rows: rows, indices: indices, normals: &normals, options: options)
        func clipped(_ gradient: [Float]) -> [Double] {
            let scale = Double(Self.clipScale(gradient, options.clip))
            return gradient.map { Double($0) * scale }
        }
        return (
            options.parts.contains(.encoder) ? clipped(pass.encoderGradient) : [],
            options.parts.contains(.decoder) ? clipped(pass.decoderGradient) : []
        )
    }

    private mutating func findGradients(
        rows: any RowSource, indices: [Int], normals: inout FloatNormalStream, options: StepOptions
    ) -> Double {
        pass.load(rows, indices: indices)
        pass.drawNoise(from: &normals)
        return pass.run(
            encoder: encoder, decoder: decoder, beta: options.beta, trim: options.trim, parts: options.parts)
    }

    private static func clipScale(_ gradient: [Float], _ clip: Double?) -> Float {
        guard let clip else { return 1 }
        let norm = FloatBlocks.squaredNorm(gradient).squareRoot()
        return norm > clip ? Float(clip / norm) : 1
    }

    private static func move(
        _ parameters: inout [Float], _ gradient: [Float], _ adam: inout FloatAdam, _ scale: Float,
        _ options: StepOptions
    ) {
        switch options.optimiser {
        case .adam: adam.step(&parameters, gradient: gradient, scale: scale, rate: options.rate)
        case .sgd:
            let factor = options.rate * scale
            for index in parameters.indices { parameters[index] -= factor * gradient[index] }
        }
    }
}
