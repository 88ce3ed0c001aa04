import LinearAlgebra
package import Models

extension GraphicalMixtureModel {
    /// Shared: `active` (K, 0 or 1), `counts` (K), `means` (K, d), `precisions` (K, d, d), `priorStrength` and
    /// `penalty` (1); private: `weights` (K). A dropped pattern's entries are zeros.
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
        return ModelSnapshot(
            kind: Self.name,
            shared: [
                NamedArray(name: "active", shape: [slotCount], values: active),
                NamedArray(name: "counts", shape: [slotCount], values: counts),
                NamedArray(name: "means", shape: [slotCount, columnCount], values: means),
                NamedArray(
                    name: "precisions", shape: [slotCount, columnCount, columnCount], values: precisions),
                NamedArray(name: "priorStrength", shape: [1], values: [priorStrength]),
                NamedArray(name: "penalty", shape: [1], values: [penalty]),
            ],
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
        for slot in 0..<slotCount {
            guard active[slot] == 1 else {
                patterns.append(nil)
                continue
            }
            let square = columnCount * columnCount
            let precision = Matrix(
                rowCount: columnCount, columnCount: columnCount,
                elements: Array(precisions[slot * square..<(slot + 1) * square]))
            guard Self.isSymmetric(precision) else {
                throw .malformedState(field: "precisions", expected: 1, found: 0)
            }
            let mean = Array(means[slot * columnCount..<(slot + 1) * columnCount])
            let parts = PatternParts(count: counts[slot], mean: mean, precision: precision)
            patterns.append(try Self.pattern(parts, slot: slot))
        }
        guard patterns.contains(where: { $0 != nil }) else {
            throw .malformedState(field: "active", expected: 1, found: 0)
        }
        let weights =
            snapshot.kept.contains { $0.name == "weights" }
            ? try Self.values("weights", in: snapshot.kept, shape: [slotCount]) : counts
        guard weights.allSatisfy({ $0 >= 0 }) else {
            throw .malformedState(field: "weights", expected: 1, found: 0)
        }
        let isComplete = snapshot.kept.contains { $0.name == "weights" }
        self.init(
            columnCount: columnCount, priorStrength: priorStrength, penalty: penalty, patterns: patterns,
            weights: isComplete ? weights : Self.renormalised(weights, patterns: patterns))
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
