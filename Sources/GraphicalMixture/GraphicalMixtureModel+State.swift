import LinearAlgebra
package import Models
import Wire

extension GraphicalMixtureModel {
    /// d, K, λ0, ρ, then every slot: 0, or 1 with N̄, μ and the upper triangle of Λ by rows; the size that the growth
    /// has come to; 1 if rows lacked cells, else 0; 0, or 1 with δ, the broad pattern and a byte a slot that says whether it is suspect.
    package func sharedBytes() -> [UInt8] {
        var writer = ByteWriter(
            reservingCapacity: 24 + slotCount * 8 * (2 + columnCount + statistics.triangleCount))
        writer.write(UInt32(columnCount))
        writer.write(UInt32(slotCount))
        writer.write(priorStrength)
        writer.write(penalty)
        for pattern in patterns {
            guard let pattern else {
                writer.write(UInt8(0))
                continue
            }
            writer.write(UInt8(1))
            Self.write(pattern, to: &writer)
        }
        writer.write(UInt32(size))
        writer.write(UInt8(hasMissingCells ? 1 : 0))
        writer.write(UInt8(common == nil ? 0 : 1))
        if let common {
            writer.write(common.shrinkage)
            Self.write(common.broad, to: &writer)
            for isSuspect in common.isSuspect { writer.write(UInt8(isSuspect ? 1 : 0)) }
        }
        return writer.bytes
    }

    private static func write(_ pattern: MixturePattern, to writer: inout ByteWriter) {
        writer.write(pattern.count)
        writer.write(doubles: pattern.mean)
        let columnCount = pattern.mean.count
        for row in 0..<columnCount {
            let start = row * columnCount
            writer.write(doubles: Array(pattern.precision.elements[start + row..<start + columnCount]))
        }
    }

    package func keptState() -> KeptState { Self.keptState(weights) }

    /// π^s, or the own N_k^s of a local update, in canonical bytes: K doubles.
    static func keptState(_ weights: [Double]) -> KeptState {
        var writer = ByteWriter(reservingCapacity: 8 * weights.count)
        writer.write(doubles: weights)
        return KeptState(bytes: writer.bytes)
    }

    /// The K doubles of `keptState`: every entry finite and ≥ 0.
    ///
    /// - Throws: ``ModelError/malformedState(field:expected:found:)``.
    static func weights(_ kept: KeptState, slotCount: Int) throws(ModelError) -> [Double] {
        guard kept.bytes.count == 8 * slotCount else {
            throw .malformedState(field: "weights", expected: 8 * slotCount, found: kept.bytes.count)
        }
        var reader = ByteReader(kept.bytes)
        guard let weights = try? reader.readDoubles(count: slotCount) else {
            throw .malformedState(field: "weights", expected: 8 * slotCount, found: 0)
        }
        let valid = weights.count { $0.isFinite && $0 >= 0 }
        guard valid == slotCount else {
            throw .malformedState(field: "weights", expected: slotCount, found: valid)
        }
        return weights
    }

    /// The model that `sharedBytes` and `keptState` of a model of this shape describe; λ0 and ρ come from the bytes.
    ///
    /// - Throws: ``ModelError/malformedState(field:expected:found:)``.
    package func restored(sharedBytes: [UInt8], kept: KeptState) throws(ModelError) -> any ModelKind {
        let content: Content
        do throws(WireError) {
            content = try Self.content(sharedBytes, columnCount: columnCount, slotLimit: patternLimit)
        } catch {
            let expected = self.sharedBytes().count
            throw .malformedState(field: "shared state", expected: expected, found: sharedBytes.count)
        }
        guard content.priorStrength.isFinite && content.penalty.isFinite && content.penalty >= 0 else {
            throw .malformedState(field: "penalty", expected: 1, found: 0)
        }
        var patterns: [MixturePattern?] = []
        for (slot, parts) in content.slots.enumerated() {
            patterns.append(try parts.map { parts throws(ModelError) in try Self.pattern(parts, slot: slot) })
        }
        guard patterns.contains(where: { $0 != nil }) else {
            throw .malformedState(field: "active patterns", expected: 1, found: 0)
        }
        // Without an own part, all patterns in use weigh the same.
        let activeCount = Double(patterns.count { $0 != nil })
        let weights =
            kept.bytes.isEmpty
            ? patterns.map { $0 == nil ? 0 : 1 / activeCount }
            : try Self.weights(kept, slotCount: patterns.count)
        var restored = GraphicalMixtureModel(
            columnCount: columnCount, priorStrength: content.priorStrength, penalty: content.penalty,
            patterns: patterns, weights: weights, shape: shape, patternLimit: patternLimit,
            size: content.size, common: try content.common.map(Self.commonShape))
        restored.weightsPenalty = weightsPenalty
        restored.privacy = privacy
        restored.hasMissingCells = content.hasMissingCells
        return restored
    }

    private static func commonShape(_ parts: CommonParts) throws(ModelError) -> CommonShape {
        guard parts.shrinkage >= 0 && parts.shrinkage <= 1 else {
            throw .malformedState(field: "shrinkage", expected: 1, found: 0)
        }
        return CommonShape(
            shrinkage: parts.shrinkage, broad: try pattern(parts.broad, slot: 0), isSuspect: parts.isSuspect)
    }

    /// Shared bytes taken apart, nothing checked but lengths.
    private struct Content {
        let priorStrength: Double
        let penalty: Double
        let slots: [PatternParts?]
        let size: Int
        let hasMissingCells: Bool
        let common: CommonParts?
    }

    private struct CommonParts {
        let shrinkage: Double
        let broad: PatternParts
        let isSuspect: [Bool]
    }

    private static func content(
        _ bytes: [UInt8], columnCount: Int, slotLimit: Int
    ) throws(WireError) -> Content {
        var reader = ByteReader(bytes)
        let columns = try reader.readUInt32()
        let slotCount = Int(try reader.readUInt32())
        guard columns == columnCount && (1...slotLimit).contains(slotCount) else {
            throw .lengthOverLimit(length: slotCount, limit: slotLimit)
        }
        let priorStrength = try reader.readDouble()
        let penalty = try reader.readDouble()
        var parts: [PatternParts?] = []
        for _ in 0..<slotCount {
            switch try reader.readUInt8() {
            case 0: parts.append(nil)
            case 1: parts.append(try PatternParts(&reader, columnCount: columnCount))
            case let flag: throw .unknownType(flag)
            }
        }
        let size = Int(try reader.readUInt32())
        guard (1...slotLimit).contains(size) else { throw .lengthOverLimit(length: size, limit: slotLimit) }
        let missing = try reader.readUInt8()
        guard missing <= 1 else { throw .unknownType(missing) }
        var common: CommonParts?
        switch try reader.readUInt8() {
        case 0: break
        case 1:
            let shrinkage = try reader.readDouble()
            let broad = try PatternParts(&reader, columnCount: columnCount)
            let flags = try reader.readBytes(count: slotCount)
            common = CommonParts(shrinkage: shrinkage, broad: broad, isSuspect: flags.map { $0 != 0 })
        case let flag: throw .unknownType(flag)
        }
        try reader.finish()
        return Content(
            priorStrength: priorStrength, penalty: penalty, slots: parts, size: size,
            hasMissingCells: missing == 1, common: common)
    }

    /// Finite numbers and a positive definite precision make a pattern.
    static func pattern(_ parts: PatternParts, slot: Int) throws(ModelError) -> MixturePattern {
        let isFinite =
            parts.count.isFinite && parts.count >= 0 && parts.mean.allSatisfy { $0.isFinite }
            && parts.precision.elements.allSatisfy { $0.isFinite }
        guard isFinite else { throw .malformedState(field: "pattern \(slot)", expected: 1, found: 0) }
        do throws(LinearAlgebraError) {
            return try MixturePattern(count: parts.count, mean: parts.mean, precision: parts.precision)
        } catch {
            switch error {
            case .notPositiveDefinite(let minor):
                throw .notPositiveDefinite(pattern: slot, leadingMinor: minor)
            }
        }
    }
}

/// A pattern as stored, not yet checked.
struct PatternParts {
    let count: Double
    /// Shape `(d)`.
    let mean: [Double]
    /// Shape `(d, d)`, symmetric.
    let precision: Matrix

    init(count: Double, mean: [Double], precision: Matrix) {
        self.count = count
        self.mean = mean
        self.precision = precision
    }

    /// N̄, μ and the upper triangle of Λ by rows.
    init(_ reader: inout ByteReader, columnCount: Int) throws(WireError) {
        self.count = try reader.readDouble()
        self.mean = try reader.readDoubles(count: columnCount)
        var matrix = Matrix(rowCount: columnCount, columnCount: columnCount)
        for row in 0..<columnCount {
            let entries = try reader.readDoubles(count: columnCount - row)
            for (offset, entry) in entries.enumerated() {
                matrix[row, row + offset] = entry
                matrix[row + offset, row] = entry
            }
        }
        self.precision = matrix
    }
}
