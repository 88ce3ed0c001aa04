import LinearAlgebra
import Models
import Testing

@testable import GraphicalMixture

/// Canonical bytes and the model file's arrays.
@Suite struct MixtureStateTests {
    private func learnt() throws -> GraphicalMixtureModel {
        var world = GraphicalMixtureModelTests.world(seed: 12)
        for _ in 0..<3 { _ = try world.round() }
        return world.models[1]
    }

    /// d, K, λ0, ρ; then per slot 0, or 1 with N̄, μ and the upper triangle of Λ; size, no missing cells, no common shape.
    @Test func `a state has its golden bytes`() throws {
        let pattern = try MixturePattern(
            count: 2, mean: [1, -1], precision: Matrix(rowCount: 2, columnCount: 2, elements: [4, 1, 1, 2]))
        let model = GraphicalMixtureModel(
            columnCount: 2, priorStrength: 1, penalty: 0.5, patterns: [nil, pattern], weights: [0, 1],
            shape: .own, patternLimit: 2, size: 2)
        func hex(_ bytes: [UInt8]) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        let one = "000000000000f03f"
        let fields = [
            "02000000", "02000000", one, "000000000000e03f", "00", "01", "0000000000000040", one,
            "000000000000f0bf", "0000000000001040", one, "0000000000000040",
            "02000000", "00", "00",
        ]
        #expect(hex(model.sharedBytes()) == fields.joined())
        #expect(hex(model.keptState().bytes) == "0000000000000000" + one)
    }

    @Test func `a snapshot gives the model back bit for bit`() throws {
        let model = try learnt()
        let again = try GraphicalMixtureModel(snapshot: model.snapshot())
        #expect(again.sharedBytes() == model.sharedBytes())
        #expect(again.keptState() == model.keptState())
        #expect(again.snapshot() == model.snapshot())
    }

    @Test func `a released model scores with the weights of all`() throws {
        let model = try learnt()
        let snapshot = model.snapshot()
        let released = try GraphicalMixtureModel(
            snapshot: ModelSnapshot(kind: snapshot.kind, shared: snapshot.shared, kept: []))
        #expect(released.sharedBytes() == model.sharedBytes())
        let counts = model.patterns.map { $0?.count ?? 0 }
        let total = counts.reduce(0, +)
        for (weight, count) in zip(released.weights, counts) { #expect(abs(weight - count / total) < 1e-15) }
    }

    @Test(arguments: ["active", "counts", "means", "precisions", "priorStrength", "penalty"])
    func `a snapshot without an array, or with a wrong one, is refused`(name: String) throws {
        let snapshot = try learnt().snapshot()
        let without = snapshot.shared.filter { $0.name != name }
        let wrong = without + [NamedArray(name: name, shape: [2], values: [1, .nan])]
        for arrays in [without, wrong] {
            #expect(throws: ModelError.self) {
                try GraphicalMixtureModel(
                    snapshot: ModelSnapshot(kind: snapshot.kind, shared: arrays, kept: snapshot.kept))
            }
        }
        #expect(throws: ModelError.self) {
            try GraphicalMixtureModel(
                snapshot: ModelSnapshot(kind: "other", shared: snapshot.shared, kept: snapshot.kept))
        }
    }

    @Test(arguments: [
        [0, 0, 0], [0.5, 0.25, 0.125], [0.5, 0.75, -0.25], [.nan, 0.5, 0.5], [0.5, 0, 0.5],
    ])
    func `weights that are no distribution over the patterns in use are refused`(weights: [Double]) throws {
        let pattern = MixturePattern(startMean: [0, 0])
        let snapshot = GraphicalMixtureModel(
            columnCount: 2, priorStrength: 1, penalty: 0, patterns: [pattern, pattern, nil],
            weights: [0.5, 0.5, 0], shape: .own, patternLimit: 3, size: 3
        ).snapshot()
        #expect(try GraphicalMixtureModel(snapshot: snapshot).weights == [0.5, 0.5, 0])
        let arrays = [NamedArray(name: "weights", shape: [3], values: weights)]
        let error = #expect(throws: ModelError.self) {
            try GraphicalMixtureModel(
                snapshot: ModelSnapshot(kind: snapshot.kind, shared: snapshot.shared, kept: arrays))
        }
        guard case .malformedState("weights", _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `bytes cut short or too long are refused at every length`() throws {
        let model = try learnt()
        let bytes = model.sharedBytes()
        for count in 0..<bytes.count {
            #expect(throws: ModelError.self) {
                try model.restored(sharedBytes: Array(bytes.prefix(count)), kept: model.keptState())
            }
        }
        #expect(throws: ModelError.self) {
            try model.restored(sharedBytes: bytes + [0], kept: model.keptState())
        }
        #expect(throws: ModelError.self) {
            try model.restored(sharedBytes: bytes, kept: KeptState(bytes: [1, 2, 3]))
        }
    }

    @Test func `altered bytes give an error or a model, never a crash`() throws {
        let model = try learnt()
        let bytes = model.sharedBytes()
        var generator = SeededGenerator(seed: 13)
        for _ in 0..<2_000 {
            var altered = bytes
            altered[Int(uniform(below: UInt64(bytes.count), using: &generator))] =
                UInt8(truncatingIfNeeded: generator.next())
            do throws(ModelError) {
                let restored = try model.restored(sharedBytes: altered, kept: model.keptState())
                #expect(restored.sharedBytes() == altered)
            } catch {
                continue
            }
        }
    }
}
