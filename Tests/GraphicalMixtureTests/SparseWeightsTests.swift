import LinearAlgebra
import Models
import Testing

@testable import GraphicalMixture

/// The support of the pattern weights against every other support.
@Suite struct SparseWeightsTests {
    /// The largest Σ c ln π − τ·|support| over all supports, each with its own optimum; supports whose optimum leaves the
    /// constraints count for what their best feasible subset gives, which is tried by itself.
    private func bruteForce(_ counts: [Double], penalty: Double, floor: Double) -> Double {
        var best = -Double.infinity
        for subset in 1..<(1 << counts.count) {
            let active = counts.indices.filter { subset >> $0 & 1 == 1 }
            let sum = active.reduce(0) { $0 + counts[$1] }
            let rest = 1 - Double(counts.count - active.count) * floor
            guard sum > 0, active.allSatisfy({ counts[$0] * rest / sum >= floor }) else { continue }
            var value = -penalty * Double(active.count)
            for index in counts.indices {
                let weight = active.contains(index) ? counts[index] * rest / sum : floor
                value += counts[index] * PortableMath.ln(weight)
            }
            best = max(best, value)
        }
        return best
    }

    @Test(arguments: 0..<300) func `no support is better`(case number: Int) {
        var generator = SeededGenerator(seed: UInt64(number), label: "sparse weights")
        let size = 1 + Int(uniform(below: 8, using: &generator))
        let counts = NormalSampler.sample(count: size, using: &generator).map { value in
            // From far below one row to hundreds, some exactly none.
            let count = PortableMath.exp(3 * value + 1)
            return uniform(below: 6, using: &generator) == 0 ? 0 : count
        }
        guard counts.contains(where: { $0 > 0 }) else { return }
        let penalty = [0, 0.5, 3, 20, 200][Int(uniform(below: 5, using: &generator))]
        let floor = [1e-4, 1e-3, 0.05][Int(uniform(below: 3, using: &generator))]
        let sparse = SparseWeights(counts: counts, penalty: penalty, floor: floor)
        var found = -penalty * Double(sparse.isActive.count { $0 })
        for (count, weight) in zip(counts, sparse.held) { found += count * PortableMath.ln(weight) }
        let best = bruteForce(counts, penalty: penalty, floor: floor)
        // Sums of at most eight logarithms each.
        #expect(abs(found - best) <= 1e-9 * max(1, abs(best)))
        #expect(abs(sparse.held.reduce(0, +) - 1) < 1e-12)
        #expect(sparse.held.allSatisfy { $0 >= floor })
    }

    @Test func `a pattern survives where its rows gain more than the penalty`() {
        // The last pattern gains 2 ln(2/(102 ε)) ≈ 10.6 nats over ε = 1e-4, less what the others lose.
        #expect(SparseWeights(counts: [100, 2], penalty: 8).isActive == [true, true])
        #expect(SparseWeights(counts: [100, 2], penalty: 9).isActive == [true, false])
        #expect(SparseWeights(counts: [2, 100], penalty: 9).isActive == [false, true])
        #expect(SparseWeights(counts: [1, 1, 1], penalty: 1e6).isActive == [true, false, false])
    }

    @Test(arguments: [PatternShape.own, .common])
    func `a penalty takes patterns from their little users and none without it`(shape: PatternShape) throws {
        let rows = MixtureWorld.rows(participants: 3, rowsEach: 60, columns: 3, clusters: 3, seed: 4)
        func world(penalty: Double) throws -> MixtureWorld {
            let settings = GraphicalMixtureSettings(
                patternCount: 6, sparsity: 0.1, priorStrength: 1, shape: shape, weightsPenalty: penalty,
                seed: 2)
            let model = GraphicalMixtureModel(columnCount: 3, settings: settings, start: 0, rowCount: 180)
            var world = MixtureWorld(rows: rows, model: model)
            for _ in 0..<8 { _ = try world.round() }
            return world
        }
        let all = try world(penalty: 0)
        let sparse = try world(penalty: 30)
        for (full, few) in zip(all.models, sparse.models) {
            let active = full.patterns.indices.filter { full.patterns[$0] != nil }
            #expect(active.allSatisfy { full.weights[$0] > 0 })
            #expect(few.weights.count { $0 > 0 } < active.count)
            #expect(abs(few.weights.reduce(0, +) - 1) < 1e-12)
        }
        // The patterns stay common to all, whoever uses them.
        #expect(sparse.models.allSatisfy { $0.sharedBytes() == sparse.models[0].sharedBytes() })
        let restored = try sparse.models[1].restored(
            sharedBytes: sparse.models[1].sharedBytes(), kept: sparse.models[1].keptState())
        #expect((restored as? GraphicalMixtureModel)?.weightsPenalty == 30)
    }

    @Test func `a dictionary that grows keeps all weights until it has its size`() throws {
        let settings = GraphicalMixtureSettings(
            patternCount: 4, sparsity: 0, priorStrength: 1, origin: .split, shape: .common,
            weightsPenalty: 1e6,
            seed: 1)
        let rows = MixtureWorld.rows(participants: 2, rowsEach: 60, columns: 3, clusters: 3, seed: 5)
        let model = GraphicalMixtureModel(columnCount: 3, settings: settings, start: 0, rowCount: 120)
        var world = MixtureWorld(rows: rows, model: model)
        _ = try world.round()
        for size in [2, 4] {
            for index in world.models.indices { world.models[index].grow() }
            _ = try world.round()
            for model in world.models {
                #expect(model.weights.count { $0 > 0 } == (size == 4 ? 1 : 2))
            }
        }
    }
}
