import Detection
import Models
import Wire

/// What a checkpoint holds: the agreed part, the same bytes at every participant, and the private part.
extension Trainer {
    /// θ and everything else that was agreed, in canonical little-endian bytes; the state hash is their BLAKE2b-256.
    package func agreedBytes() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 256)
        let code = stage.encoded
        writer.write(code.tag)
        writer.write(code.first)
        writer.write(code.second)
        writer.write(UInt8(hasConverged ? 1 : 0))
        writer.write(UInt32(finishedRoundCount))
        writer.write(rowCount)
        writer.write(rowScale)
        write(columnScales, to: &writer)
        write(cellCounts, to: &writer)
        write(mean, to: &writer)
        write(deviationScales, to: &writer)
        write(standardisation?.scale ?? [], to: &writer)
        write(spread?.within ?? [], to: &writer)
        write(spread?.between ?? [], to: &writer)
        writer.write(UInt32(views.count))
        for view in views {
            writer.write(UInt8(view.objective == nil ? 0 : 1))
            writer.write(view.objective?.perRow ?? 0)
            writer.write(view.objective?.logLikelihoodPerRow ?? 0)
            write(view.model.sharedBytes(), to: &writer)
            writer.write(view.best?.objective ?? 0)
            write(view.best?.model.sharedBytes() ?? [], to: &writer)
            write(view.scales, to: &writer)
        }
        return writer.bytes
    }

    /// The private parts φ^s of the current models and of the best starts, and the own view; they stay on this machine.
    package func keptBytes() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 256)
        for view in views {
            write(view.model.keptState().bytes, to: &writer)
            write(view.best?.model.keptState().bytes ?? [], to: &writer)
        }
        writer.write(UInt8(own == nil ? 0 : 1))
        if let own {
            write(own.standardisation.mean, to: &writer)
            write(own.standardisation.scale, to: &writer)
            write(own.view.model.sharedBytes(), to: &writer)
            write(own.view.model.keptState().bytes, to: &writer)
            write(own.view.scales, to: &writer)
        }
        return writer.bytes
    }

    private func write(_ scales: [ScoreScale], to writer: inout ByteWriter) {
        writer.write(UInt32(scales.count))
        for scale in scales {
            writer.write(scale.median)
            writer.write(scale.spread)
        }
    }

    private func write(_ values: [Double], to writer: inout ByteWriter) {
        writer.write(UInt32(values.count))
        writer.write(doubles: values)
    }

    private func write(_ bytes: [UInt8], to writer: inout ByteWriter) {
        writer.write(UInt32(bytes.count))
        writer.write(bytes: bytes)
    }

    /// Puts back a state that `agreedBytes` and `keptBytes` wrote, on the participant's rows.
    ///
    /// - Throws: ``TrainingError/malformedState(field:)``, with the trainer unchanged.
    package mutating func restore(agreed: [UInt8], kept: [UInt8]) throws(TrainingError) {
        var restored = self
        do throws(WireError) {
            try restored.read(agreed: agreed, kept: kept)
        } catch {
            throw .malformedState(field: .length)
        }
        if restored.standardisation != nil { restored.prepareRows() }
        self = restored
    }

    /// Takes over a state that other participants have agreed on, on the own rows.
    ///
    /// The private parts of models of the same shape stay; others begin anew.
    ///
    /// - Throws: ``TrainingError``, with the trainer unchanged.
    package mutating func adopt(agreed: [UInt8]) throws(TrainingError) {
        var adopted = self
        do throws(TrainingError) {
            try adopted.restore(agreed: agreed, kept: keptBytes())
        } catch {
            var fresh = ByteWriter()
            for _ in settings.coordinates { for _ in 0..<2 { fresh.write(UInt32(0)) } }
            fresh.write(UInt8(0))
            do throws(TrainingError) {
                try adopted.restore(agreed: agreed, kept: fresh.bytes)
            } catch {
                // Before the first model there are no views.
                try adopted.restore(agreed: agreed, kept: [0])
            }
        }
        try adopted.completeCalibration()
        self = adopted
    }

    private mutating func read(agreed: [UInt8], kept: [UInt8]) throws(WireError) {
        var reader = ByteReader(agreed)
        let tag = try reader.readUInt8()
        let first = try reader.readUInt32()
        let second = try reader.readUInt32()
        guard let stored = TrainingStage(tag: tag, first: first, second: second) else {
            throw .unknownType(tag)
        }
        stage = stored
        hasConverged = try reader.readUInt8() == 1
        finishedRoundCount = Int(try reader.readUInt32())
        rowCount = try reader.readDouble()
        rowScale = try reader.readDouble()
        columnScales = try doubles(&reader)
        cellCounts = try doubles(&reader)
        mean = try doubles(&reader)
        deviationScales = try doubles(&reader)
        let scale = try doubles(&reader)
        standardisation = scale.isEmpty ? nil : Standardisation(mean: mean, scale: scale)
        let within = try doubles(&reader)
        let between = try doubles(&reader)
        guard within.count == between.count else { throw .lengthOverLimit(length: between.count, limit: 0) }
        spread = within.isEmpty ? nil : ColumnSpread(within: within, between: between)
        let viewCount = Int(try reader.readUInt32())
        guard viewCount == 0 || viewCount == settings.coordinates.count else {
            throw .lengthOverLimit(length: viewCount, limit: settings.coordinates.count)
        }
        var keptReader = ByteReader(kept)
        views = []
        for coordinates in settings.coordinates.prefix(viewCount) {
            views.append(try view(coordinates, &reader, &keptReader))
        }
        try reader.finish()
        own = try ownView(&keptReader)
        try keptReader.finish()
    }

    private func view(
        _ coordinates: CoordinateSystem, _ reader: inout ByteReader, _ keptReader: inout ByteReader
    ) throws(WireError) -> TrainingView {
        let hasObjective = try reader.readUInt8() == 1
        let perRow = try reader.readDouble()
        let logLikelihood = try reader.readDouble()
        let shared = try bytes(&reader)
        let bestObjective = try reader.readDouble()
        let bestShared = try bytes(&reader)
        let keptModel = KeptState(bytes: try bytes(&keptReader))
        let keptBest = KeptState(bytes: try bytes(&keptReader))
        guard let model = try restoredModel(shared, keptModel) else {
            throw .truncated(needed: 1, available: 0)
        }
        var view = TrainingView(coordinates: coordinates, model: model)
        if hasObjective {
            view.objective = AgreedObjective(
                perRow: perRow, logLikelihoodPerRow: logLikelihood, rowCount: rowCount)
        }
        view.best = try restoredModel(bestShared, keptBest).map { (bestObjective, $0) }
        view.scales = try scales(&reader, model: model)
        return view
    }

    private func ownView(_ reader: inout ByteReader) throws(WireError) -> OwnView? {
        guard try reader.readUInt8() == 1 else { return nil }
        let mean = try doubles(&reader)
        let scale = try doubles(&reader)
        let shared = try bytes(&reader)
        let kept = KeptState(bytes: try bytes(&reader))
        guard mean.count == settings.columnCount, scale.count == mean.count,
            scale.allSatisfy({ $0 > 0 && $0.isFinite }), let standardisation,
            let model = try restoredModel(shared, kept, madeWith: settings.alone)
        else { throw .truncated(needed: settings.columnCount, available: scale.count) }
        let own = Standardisation(mean: mean, scale: scale)
        return OwnView(
            standardisation: own,
            view: DetectorView(
                standardisation: standardisation.followed(by: own), model: model,
                scales: try scales(&reader, model: model)))
    }

    /// None, or one for each of the model's readers.
    private func scales(_ reader: inout ByteReader, model: any ModelKind) throws(WireError) -> [ScoreScale] {
        let readers = model.readers().reduce(0) { $0 + $1.count }
        let count = Int(try reader.readUInt32())
        guard count == 0 || count == readers else { throw .lengthOverLimit(length: count, limit: readers) }
        var scales: [ScoreScale] = []
        for _ in 0..<count {
            let median = try reader.readDouble()
            let spread = try reader.readDouble()
            guard median.isFinite, spread > 0, spread.isFinite else { throw .unknownType(0) }
            scales.append(ScoreScale(median: median, spread: spread))
        }
        return scales
    }

    /// - Parameter settings: those that the model was made with, where they are not the network's.
    private func restoredModel(
        _ shared: [UInt8], _ kept: KeptState, madeWith settings: TrainingSettings? = nil
    ) throws(WireError) -> (any ModelKind)? {
        let settings = settings ?? self.settings
        guard !shared.isEmpty else { return nil }
        do throws(ModelError) {
            return try settings.makeModel(0, rowCount).restored(sharedBytes: shared, kept: kept)
        } catch {
            throw .truncated(needed: shared.count, available: 0)
        }
    }

    private func doubles(_ reader: inout ByteReader) throws(WireError) -> [Double] {
        let count = Int(try reader.readUInt32())
        guard count <= settings.columnCount else {
            throw .lengthOverLimit(length: count, limit: settings.columnCount)
        }
        return try reader.readDoubles(count: count)
    }

    private func bytes(_ reader: inout ByteReader) throws(WireError) -> [UInt8] {
        let count = Int(try reader.readUInt32())
        guard count <= reader.remaining else {
            throw .truncated(needed: count, available: reader.remaining)
        }
        return try reader.readBytes(count: count)
    }
}
