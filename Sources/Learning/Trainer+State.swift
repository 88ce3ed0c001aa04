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
        write(mean, to: &writer)
        write(deviationScales, to: &writer)
        write(standardisation?.scale ?? [], to: &writer)
        writer.write(UInt8(objective == nil ? 0 : 1))
        writer.write(objective?.perRow ?? 0)
        writer.write(objective?.logLikelihoodPerRow ?? 0)
        write(model?.sharedBytes() ?? [], to: &writer)
        writer.write(best?.objective ?? 0)
        write(best?.model.sharedBytes() ?? [], to: &writer)
        return writer.bytes
    }

    /// The private parts φ^s of the current model and of the best start; they stay on this machine.
    package func keptBytes() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 256)
        write(model?.keptState().bytes ?? [], to: &writer)
        write(best?.model.keptState().bytes ?? [], to: &writer)
        return writer.bytes
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
        mean = try doubles(&reader)
        deviationScales = try doubles(&reader)
        let scale = try doubles(&reader)
        standardisation = scale.isEmpty ? nil : Standardisation(mean: mean, scale: scale)
        let hasObjective = try reader.readUInt8() == 1
        let perRow = try reader.readDouble()
        let logLikelihood = try reader.readDouble()
        objective =
            hasObjective
            ? AgreedObjective(perRow: perRow, logLikelihoodPerRow: logLikelihood, rowCount: rowCount) : nil
        let shared = try bytes(&reader)
        let bestObjective = try reader.readDouble()
        let bestShared = try bytes(&reader)
        try reader.finish()
        var keptReader = ByteReader(kept)
        let keptModel = KeptState(bytes: try bytes(&keptReader))
        let keptBest = KeptState(bytes: try bytes(&keptReader))
        try keptReader.finish()
        model = try restoredModel(shared, keptModel)
        best = try restoredModel(bestShared, keptBest).map { (bestObjective, $0) }
    }

    private func restoredModel(_ shared: [UInt8], _ kept: KeptState) throws(WireError) -> (any ModelKind)? {
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
