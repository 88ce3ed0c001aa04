import LinearAlgebra
package import Models
import Wire

extension AutoencoderModel: ModelKind {
    /// Latents that say something about the rows, by the last agreed sums; all of them before the first.
    package var activePatternCount: Int { agreedFigures?.activeUnitCount ?? latentCount }

    /// Two groups of one: −ELBO, for which all participants have the prior N(0, I), and the same with the participant's own
    /// prior, before which latents at home with others are odd. The first reads better where participants are alike,
    /// the second where they differ; the mean of both hurts nowhere. The deterministic form has one reading.
    package func readers() -> [[any ModelKind]] {
        guard settings.form != .deterministic else { return [[self]] }
        return [[withoutPrior], [self]]
    }

    package var readerCountMax: Int { settings.form == .deterministic ? 1 : 2 }

    /// Collapse of the latents, of all rows or of the own ones. The deterministic form has no posterior.
    package var warning: ModelWarning? {
        guard settings.form != .deterministic else { return nil }
        if let agreedFigures, agreedFigures.isCollapsed {
            return .posteriorCollapse(active: agreedFigures.activeUnitCount, latents: latentCount)
        }
        guard let latents = own.figures?.latents, latents.isCollapsed else { return nil }
        return .ownPosteriorCollapse(active: latents.activeUnitCount, latents: latentCount)
    }

    /// M, hidden widths, d, round, rate scale, the last changes, θ, Adam's moments where all keep replicas, and the
    /// figures of the last agreed sums, if any.
    package func sharedBytes() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 64 + 8 * shared.count)
        writer.write(UInt32(columnCount))
        writer.write(UInt32(settings.hidden.count))
        for width in settings.hidden { writer.write(UInt32(width)) }
        writer.write(UInt32(latentCount))
        writer.write(UInt32(round))
        writer.write(sharedRateScale)
        writer.write(UInt32(changeNorms.count))
        writer.write(doubles: changeNorms)
        writer.write(doubles: shared)
        writer.write(UInt32(sharedMoments.stepCount))
        writer.write(doubles: sharedMoments.first)
        writer.write(doubles: sharedMoments.second)
        writer.write(UInt8(agreedFigures == nil ? 0 : 1))
        if let agreedFigures {
            writer.write(agreedObjectivePerRow)
            writer.write(doubles: agreedFigures.divergences)
            writer.write(doubles: agreedFigures.variances)
        }
        return writer.bytes
    }

    package func keptState() -> KeptState { own.keptState() }

    package var grownVectorCount: Int { sums.count }

    /// The mean loss in the last agreed sums; before the first, that of independent columns in standard units.
    package var expectedReading: Double {
        agreedFigures == nil
            ? 0.5 * Double(columnCount) * (1.837_877_066_409_345_483_56 + 1) : -agreedObjectivePerRow
    }

    /// The model that `sharedBytes` and `keptState` of a model of these settings describe; d comes from the bytes.
    ///
    /// - Throws: ``ModelError/malformedState(field:expected:found:)``.
    package func restored(sharedBytes: [UInt8], kept: KeptState) throws(ModelError) -> any ModelKind {
        try restoredModel(sharedBytes: sharedBytes, kept: kept)
    }

    func restoredModel(sharedBytes: [UInt8], kept: KeptState) throws(ModelError) -> AutoencoderModel {
        do throws(WireError) {
            guard var model = try read(sharedBytes) else {
                throw WireError.truncated(needed: sharedBytes.count, available: 0)
            }
            // Without an own part, the encoder of a new model.
            guard !kept.bytes.isEmpty else { return model }
            do throws(ModelError) {
                model.own = try OwnState(
                    kept, architecture: model.architecture, hasEncoder: settings.share == .decoder)
            } catch {
                throw WireError.truncated(needed: kept.bytes.count, available: 0)
            }
            return model
        } catch {
            throw .malformedState(
                field: "shared state", expected: self.sharedBytes().count, found: sharedBytes.count)
        }
    }

    /// nil where the bytes are of another shape or hold numbers that are not finite.
    private func read(_ bytes: [UInt8]) throws(WireError) -> AutoencoderModel? {
        var reader = ByteReader(bytes)
        guard try reader.readUInt32() == columnCount else { return nil }
        guard try reader.readUInt32() == settings.hidden.count else { return nil }
        for width in settings.hidden {
            guard try reader.readUInt32() == width else { return nil }
        }
        let latents = Int(try reader.readUInt32())
        guard AutoencoderSettings.latentCounts.contains(latents) else { return nil }
        var model = AutoencoderModel(
            columnCount: columnCount, latentCount: latents, settings: settings)
        model.round = Int(try reader.readUInt32())
        model.sharedRateScale = try reader.readDouble()
        let changes = Int(try reader.readUInt32())
        guard changes <= 64 else { return nil }
        model.changeNorms = try reader.readDoubles(count: changes)
        model.shared = try reader.readDoubles(count: model.shared.count)
        model.sharedMoments.stepCount = Int(try reader.readUInt32())
        model.sharedMoments.first = try reader.readDoubles(count: model.sharedMoments.first.count)
        model.sharedMoments.second = try reader.readDoubles(count: model.sharedMoments.second.count)
        let hasFigures = try reader.readUInt8()
        guard hasFigures <= 1 else { return nil }
        var figures: [Double] = []
        if hasFigures == 1 {
            figures = try reader.readDoubles(count: 1 + 2 * latents)
            model.agreedObjectivePerRow = figures[0]
            model.agreedFigures = LatentFigures(
                divergences: Array(figures[1...latents]), variances: Array(figures[(1 + latents)...]))
        }
        try reader.finish()
        let numbers =
            model.changeNorms + model.shared + model.sharedMoments.first + model.sharedMoments.second
            + figures
        guard numbers.allSatisfy({ $0.isFinite }), model.sharedRateScale > 0, model.sharedRateScale <= 1,
            model.sharedMoments.second.allSatisfy({ $0 >= 0 })
        else { return nil }
        return model
    }
}

extension OwnState {
    /// Flags, φ^s, moments, rate scale and prior in canonical bytes.
    func keptState() -> KeptState {
        var writer = ByteWriter(reservingCapacity: 64 + 8 * encoder.count)
        writer.write(UInt8(prior == nil ? 0 : 1))
        writer.write(UInt8(figures == nil ? 0 : 1))
        writer.write(rateScale)
        Self.write(encoder, to: &writer)
        for adam in [encoderAdam, decoderAdam] {
            writer.write(UInt32(adam.stepCount))
            Self.write(adam.first, to: &writer)
            Self.write(adam.second, to: &writer)
        }
        if let prior {
            writer.write(doubles: prior.mean)
            writer.write(doubles: prior.covariance.elements)
        }
        if let figures {
            writer.write(figures.objective)
            writer.write(figures.smallestDeviation)
            writer.write(doubles: figures.latents.divergences)
            writer.write(doubles: figures.latents.variances)
        }
        return KeptState(bytes: writer.bytes)
    }

    private static func write(_ values: [Float], to writer: inout ByteWriter) {
        for value in values { writer.write(value.bitPattern) }
    }

    /// - Parameter hasEncoder: whether φ^s is private.
    /// - Throws: ``ModelError/malformedState(field:expected:found:)``.
    init(
        _ kept: KeptState, architecture: AutoencoderArchitecture, hasEncoder: Bool
    ) throws(ModelError) {
        let isRead: Bool
        self.init(
            architecture,
            encoder: hasEncoder ? [Float](repeating: 0, count: architecture.encoder.parameterCount) : [])
        do throws(WireError) { isRead = try read(kept.bytes, architecture) } catch { isRead = false }
        guard isRead else {
            throw .malformedState(field: "private state", expected: 1, found: kept.bytes.count)
        }
    }

    private mutating func read(
        _ bytes: [UInt8], _ architecture: AutoencoderArchitecture
    ) throws(WireError) -> Bool {
        var reader = ByteReader(bytes)
        let flags = (try reader.readUInt8(), try reader.readUInt8())
        rateScale = try reader.readDouble()
        encoder = try Self.floats(&reader, count: encoder.count)
        let first = try Self.adam(&reader, count: architecture.encoder.parameterCount)
        let second = try Self.adam(&reader, count: architecture.decoder.parameterCount)
        guard flags.0 <= 1, flags.1 <= 1, rateScale > 0, rateScale <= 1, let first, let second,
            encoder.allSatisfy({ $0.isFinite })
        else { return false }
        encoderAdam = first
        decoderAdam = second
        let d = architecture.latentCount
        if flags.0 == 1 {
            let mean = try reader.readDoubles(count: d)
            let covariance = Matrix(
                rowCount: d, columnCount: d, elements: try reader.readDoubles(count: d * d))
            guard let read = LatentPrior(checking: mean, covariance) else { return false }
            prior = read
        }
        if flags.1 == 1 {
            let objective = try reader.readDouble()
            let smallest = try reader.readDouble()
            figures = OwnFigures(
                objective: objective, smallestDeviation: smallest,
                latents: LatentFigures(
                    divergences: try reader.readDoubles(count: d), variances: try reader.readDoubles(count: d)
                ))
        }
        try reader.finish()
        return true
    }

    private static func floats(_ reader: inout ByteReader, count: Int) throws(WireError) -> [Float] {
        guard count * 4 <= reader.remaining else {
            throw .truncated(needed: count * 4, available: reader.remaining)
        }
        var values = [Float](repeating: 0, count: count)
        for index in values.indices { values[index] = Float(bitPattern: try reader.readUInt32()) }
        return values
    }

    private static func adam(_ reader: inout ByteReader, count: Int) throws(WireError) -> FloatAdam? {
        let steps = Int(try reader.readUInt32())
        let first = try floats(&reader, count: count)
        let second = try floats(&reader, count: count)
        guard first.allSatisfy({ $0.isFinite }), second.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            return nil
        }
        return FloatAdam(first: first, second: second, stepCount: steps)
    }
}

extension LatentPrior {
    /// nil where the numbers are not finite or the covariance is not symmetric positive definite.
    init?(checking mean: [Double], _ covariance: Matrix) {
        let isSquare = covariance.rowCount == mean.count && covariance.columnCount == mean.count
        guard isSquare, (mean + covariance.elements).allSatisfy({ $0.isFinite }) else { return nil }
        for row in 0..<mean.count {
            for column in 0..<row where covariance[row, column] != covariance[column, row] { return nil }
        }
        try? self.init(mean: mean, covariance: covariance)
    }
}
