import LinearAlgebra
package import Models

extension GraphicalMixtureModel {
    /// Shared: `active` (K, 0 or 1), `counts` (K), `means` (K, d), `precisions` (K, d, d), `priorStrength` and
    /// `penalty` (1), with a common shape also `suspects` (K, 0 or 1), `shrinkage` (1), `broadMean` (d) and
    /// `broadPrecision` (d, d); private: `weights` (K). A dropped pattern's entries are zeros.
    package func snapshot() -> ModelSnapshot {
        let square = columnCount * columnCount
        var active: [Double] = []
        var counts: [Double] = []
        var means: [Double] = []
        var precisions: [Double] = []
        for pattern in patterns {
            active.append(pattern == nil ? 0 : 1)
            counts.append(pattern?.count ?? 0)
            means += pattern?.mean ?? [Double](repeating: 0, count: columnCount)
            precisions += pattern?.precision.elements ?? [Double](repeating: 0, count: square)
        }
        var shared = [
            NamedArray(name: "active", shape: [slotCount], values: active),
            NamedArray(name: "counts", shape: [slotCount], values: counts),
            NamedArray(name: "means", shape: [slotCount, columnCount], values: means),
            NamedArray(
                name: "precisions", shape: [slotCount, columnCount, columnCount], values: precisions),
            NamedArray(name: "priorStrength", shape: [1], values: [priorStrength]),
            NamedArray(name: "penalty", shape: [1], values: [penalty]),
        ]
        if let common {
            shared += [
                NamedArray(
                    name: "suspects", shape: [slotCount], values: common.isSuspect.map { $0 ? 1 : 0 }),
                NamedArray(name: "shrinkage", shape: [1], values: [common.shrinkage]),
                NamedArray(name: "broadMean", shape: [columnCount], values: common.broad.mean),
                NamedArray(
                    name: "broadPrecision", shape: [columnCount, columnCount],
                    values: common.broad.precision.elements),
            ]
        }
        return ModelSnapshot(
            kind: Self.name, shared: shared,
            kept: [NamedArray(name: "weights", shape: [slotCount], values: weights)])
    }

    /// The model of a snapshot. A released one has no `weights`: those of all participants together, N̄_k/ΣN̄, stand in.
    ///
    /// - Throws: ``ModelError/malformedState(field:expected:found:)``,
    ///   ``ModelError/notPositiveDefinite(pattern:leadingMinor:)``.
    package init(snapshot: ModelSnapshot) throws(ModelError) {
        guard snapshot.kind == Self.name else {
            throw .malformedState(field: "kind", expected: 1, found: 0)
        }
        let active = try Self.values("active", in: snapshot.shared, shape: nil)
        let slotCount = active.count
        guard GraphicalMixtureSettings.patternCounts.contains(slotCount) else {
            throw .malformedState(field: "active", expected: 1, found: slotCount)
        }
        let counts = try Self.values("counts", in: snapshot.shared, shape: [slotCount])
        let columnCount = snapshot.shared.first { $0.name == "means" }?.shape.last ?? 0
        guard columnCount > 0 else { throw .malformedState(field: "means", expected: 1, found: 0) }
        let means = try Self.values("means", in: snapshot.shared, shape: [slotCount, columnCount])
        let precisions = try Self.values(
            "precisions", in: snapshot.shared, shape: [slotCount, columnCount, columnCount])
        let priorStrength = try Self.values("priorStrength", in: snapshot.shared, shape: [1])[0]
        let penalty = try Self.values("penalty", in: snapshot.shared, shape: [1])[0]
        guard penalty >= 0 && priorStrength >= 0 else {
            throw .malformedState(field: "penalty", expected: 1, found: 0)
        }
        var patterns: [MixturePattern?] = []
        let square = columnCount * columnCount
        for slot in 0..<slotCount {
            guard active[slot] == 1 else {
                guard active[slot] == 0 else {
                    throw .malformedState(field: "active", expected: 1, found: 0)
                }
                patterns.append(nil)
                continue
            }
            patterns.append(
                try Self.pattern(
                    count: counts[slot], mean: Array(means[slot * columnCount..<(slot + 1) * columnCount]),
                    precision: Array(precisions[slot * square..<(slot + 1) * square]), slot: slot))
        }
        guard patterns.contains(where: { $0 != nil }) else {
            throw .malformedState(field: "active", expected: 1, found: 0)
        }
        let weights =
            snapshot.kept.contains { $0.name == "weights" }
            ? try Self.ownWeights(in: snapshot.kept, patterns: patterns)
            : Self.renormalised(counts, patterns: patterns)
        self.init(
            columnCount: columnCount, priorStrength: priorStrength, penalty: penalty, patterns: patterns,
            weights: weights,
            common: try Self.commonShape(in: snapshot.shared, slotCount: slotCount, columnCount: columnCount))
    }

    /// π^s: ≥ 0, sum 1, 0 for dropped patterns, so that some pattern in use has a weight.
    private static func ownWeights(
        in arrays: [NamedArray], patterns: [MixturePattern?]
    ) throws(ModelError) -> [Double] {
        let weights = try values("weights", in: arrays, shape: [patterns.count])
        let valid = zip(weights, patterns).count { $0 == 0 || $0 > 0 && $1 != nil }
        // Sums of K quotients are off by a few last places.
        guard valid == weights.count, abs(weights.reduce(0, +) - 1) <= 1e-6 else {
            throw .malformedState(
                field: "weights", expected: patterns.count, found: min(valid, patterns.count - 1))
        }
        return weights
    }

    /// A model that will learn no more: it has the size it has.
    private init(
        columnCount: Int, priorStrength: Double, penalty: Double, patterns: [MixturePattern?],
        weights: [Double], common: CommonShape?
    ) {
        self.init(
            columnCount: columnCount, priorStrength: priorStrength, penalty: penalty, patterns: patterns,
            weights: weights, shape: common == nil ? .own : .common, patternLimit: patterns.count,
            size: patterns.count, common: common)
    }

    private static func pattern(
        count: Double, mean: [Double], precision: [Double], slot: Int
    ) throws(ModelError) -> MixturePattern {
        let matrix = Matrix(rowCount: mean.count, columnCount: mean.count, elements: precision)
        guard isSymmetric(matrix) else { throw .malformedState(field: "precisions", expected: 1, found: 0) }
        return try pattern(PatternParts(count: count, mean: mean, precision: matrix), slot: slot)
    }

    /// nil where the arrays of a common shape are missing.
    private static func commonShape(
        in arrays: [NamedArray], slotCount: Int, columnCount: Int
    ) throws(ModelError) -> CommonShape? {
        guard arrays.contains(where: { $0.name == "broadMean" }) else { return nil }
        let suspects = try values("suspects", in: arrays, shape: [slotCount])
        let shrinkage = try values("shrinkage", in: arrays, shape: [1])[0]
        guard shrinkage >= 0 && shrinkage <= 1 else {
            throw .malformedState(field: "shrinkage", expected: 1, found: 0)
        }
        let mean = try values("broadMean", in: arrays, shape: [columnCount])
        let precision = try values("broadPrecision", in: arrays, shape: [columnCount, columnCount])
        return CommonShape(
            shrinkage: shrinkage, broad: try pattern(count: 1, mean: mean, precision: precision, slot: 0),
            isSuspect: suspects.map { $0 != 0 })
    }

    /// The finite values of one array; any one-dimensional shape where `shape` is nil.
    private static func values(
        _ name: String, in arrays: [NamedArray], shape: [Int]?
    ) throws(ModelError) -> [Double] {
        guard let array = arrays.first(where: { $0.name == name }) else {
            throw .malformedState(field: name, expected: shape?.reduce(1, *) ?? 1, found: 0)
        }
        let expected = shape ?? [array.values.count]
        guard array.shape == expected && array.values.allSatisfy({ $0.isFinite }) else {
            throw .malformedState(
                field: name, expected: expected.reduce(1, *), found: array.values.count { $0.isFinite })
        }
        return array.values
    }

    private static func isSymmetric(_ matrix: Matrix) -> Bool {
        for row in 0..<matrix.rowCount {
            for column in 0..<row where matrix[row, column] != matrix[column, row] { return false }
        }
        return true
    }
}
