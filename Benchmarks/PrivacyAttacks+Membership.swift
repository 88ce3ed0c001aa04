import Datasets
import Detection
import GraphicalMixture
import Learning
import LinearAlgebra
import Models
import Privacy

/// Membership inference: which rows were learnt from.
extension PrivacyAttacks {
    /// What the attacker holds.
    enum Target: Hashable {
        case ownModel, sharedModel
        case release(advantage: Double)

        static let all: [Target] =
            [.ownModel, .sharedModel] + [0.1, 0.05, 0.02].map { .release(advantage: $0) }

        var name: String {
            switch self {
            case .ownModel: "the owner's file, private weights with it"
            case .sharedModel: "the shared model, as it is"
            case .release(let advantage): "the release, advantage \(advantage)"
            }
        }

        /// Draws that are attacked in a trial.
        var drawCount: Int {
            if case .release = self { return 5 }
            return 1
        }
    }

    /// A model with the units that it reads rows in.
    struct Held {
        let model: GraphicalMixtureModel
        let units: Standardisation

        /// ln p of rows.
        func logDensities(_ rows: Matrix) -> [Double] {
            model.scores(rows: units.applied(to: rows), kind: .density, on: SerialRunner()).map { -$0 }
        }
    }

    /// True-positive less false-positive rate of the best threshold: found on one half of the rows, read off the other,
    /// and the other way round. A chance advantage so averages to 0, not to what the best of many thresholds finds.
    static func advantage(members: [Double], outsiders: [Double]) -> Double {
        func half(_ values: [Double], _ parity: Int) -> [Double] {
            values.enumerated().filter { $0.offset % 2 == parity }.map(\.element)
        }
        return [0, 1].reduce(0) { sum, parity in
            let threshold = bestThreshold(half(members, parity), half(outsiders, parity))
            let (held, heldOut) = (half(members, 1 - parity), half(outsiders, 1 - parity))
            let hits = Double(held.count { $0 >= threshold }) / Double(max(held.count, 1))
            let alarms = Double(heldOut.count { $0 >= threshold }) / Double(max(heldOut.count, 1))
            return sum + (hits - alarms) / 2
        }
    }

    private static func bestThreshold(_ members: [Double], _ outsiders: [Double]) -> Double {
        let all = (members.map { ($0, true) } + outsiders.map { ($0, false) }).sorted { $0.0 > $1.0 }
        var (best, threshold) = (-1.0, Double.infinity)
        var (hits, alarms) = (0, 0)
        for (value, isMember) in all {
            if isMember { hits += 1 } else { alarms += 1 }
            let found = Double(hits) / Double(members.count) - Double(alarms) / Double(outsiders.count)
            if found > best { (best, threshold) = (found, value) }
        }
        return threshold
    }

    /// What an attack on one target came to.
    struct Outcome {
        /// Advantage by the density of a row.
        let density: Double
        /// Advantage by its ratio to the density of the attacker's own reference model.
        let ratio: Double
        /// Advantage by how far the numbers of the file lie in the direction in which the row would have pulled them.
        let pull: Double
        /// Mean over participants, on their test rows.
        let rocAUC: Double
    }

    func membership(
        _ deal: Deal, using generator: inout SeededGenerator
    ) throws -> [(target: Target, outcomes: [Outcome])] {
        let trainers = try learn(deal.members).trainers
        let reference = try learn(deal.reference).trainers
        let shared = Held(model: try model(trainers[0]), units: try units(trainers[0]))
        let other = Held(model: try model(reference[0]), units: try units(reference[0]))
        let known = Reference(rows: Self.joined(deal.reference))
        return try Target.all.map { target in
            let outcomes = try (0..<target.drawCount).map { _ in
                var held = [Held](repeating: shared, count: trainers.count)
                switch target {
                case .sharedModel: break
                case .ownModel:
                    for index in trainers.indices {
                        guard let own = trainers[index].model as? GraphicalMixtureModel else { continue }
                        held[index] = Held(model: own, units: shared.units)
                    }
                case .release(let advantage):
                    let drawn = try released(
                        shared.model, trainers[0], advantage: advantage, using: &generator)
                    held = [Held](repeating: drawn, count: trainers.count)
                }
                return outcome(held, deal: deal, other: other, known: known)
            }
            return (target, outcomes)
        }
    }

    private func outcome(_ held: [Held], deal: Deal, other: Held, known: Reference) -> Outcome {
        var samples = [Sample](repeating: Sample(), count: 3)
        var areas: [Double] = []
        for (index, held) in held.enumerated() {
            let pull = Pull(held, known)
            for (rows, isMember) in [(deal.members[index], true), (deal.outsiders[index], false)] {
                let scores = held.logDensities(rows)
                samples[0].add(scores, isMember: isMember)
                samples[1].add(
                    zip(scores, other.logDensities(rows)).map { $0 - $1 }, isMember: isMember)
                samples[2].add(pull.of(rows), isMember: isMember)
            }
            let scores = held.logDensities(test[index].rows).map { -$0 }
            areas += [RankingMetrics.rocAUC(scores: scores, labels: test[index].labels)].compactMap { $0 }
        }
        let found = samples.map { Self.advantage(members: $0.members, outsiders: $0.outsiders) }
        return Outcome(
            density: found[0], ratio: found[1], pull: found[2],
            rocAUC: areas.reduce(0, +) / Double(max(areas.count, 1)))
    }

    /// What the attacker computes of rows, by what they are.
    private struct Sample {
        var members: [Double] = []
        var outsiders: [Double] = []

        mutating func add(_ values: [Double], isMember: Bool) {
            if isMember { members += values } else { outsiders += values }
        }
    }

    /// What every participant knows: without private weights.
    func model(_ trainer: Trainer) throws -> GraphicalMixtureModel {
        let snapshot = trainer.model?.snapshot()
        return try GraphicalMixtureModel(
            snapshot: ModelSnapshot(
                kind: GraphicalMixtureModel.name, shared: snapshot?.shared ?? [], kept: []))
    }

    private func units(_ trainer: Trainer) throws -> Standardisation {
        trainer.standardisation ?? Standardisation(mean: [], scale: [])
    }

    /// As the verb does it: patterns of fewer rows than `l-diversity: auto` asks for are left out. Where none is left the
    /// verb refuses; here all are released nevertheless.
    func released(
        _ model: GraphicalMixtureModel, _ trainer: Trainer, advantage: Double,
        using generator: inout SeededGenerator
    ) throws -> Held {
        let counts = model.patterns.compactMap { $0?.count }
        let noise = ReleaseNoise.ofMostPatterns(limit: counts.count) {
            ReleaseNoise(
                columnCount: columnCount, patternCount: $0, rowCount: counts.reduce(0, +),
                advantage: advantage)
        }
        let merged = model.merged(to: noise.patternCount)
        let large = merged.filter { $0.count >= Double(max(5, columnCount + 2)) }
        let drawn = try model.release(
            of: large.isEmpty ? merged : large, scale: noise.scale, using: &generator)
        return Held(
            model: try GraphicalMixtureModel(snapshot: drawn.snapshot),
            units: try units(trainer).followed(by: drawn.units))
    }

    /// Centres of a release in other units.
    func centres(of held: Held, in units: Standardisation?) -> [[Double]] {
        guard let units else { return [] }
        return held.model.patterns.compactMap { pattern in
            pattern.map { pattern in
                pattern.mean.indices.map { column in
                    let raw = held.units.mean[column] + held.units.scale[column] * pattern.mean[column]
                    return (raw - units.mean[column]) / units.scale[column]
                }
            }
        }
    }

    private static func joined(_ parts: [Matrix]) -> Matrix {
        Matrix(
            rowCount: parts.reduce(0) { $0 + $1.rowCount }, columnCount: parts[0].columnCount,
            elements: parts.flatMap(\.elements))
    }
}

/// Rows of the attacker's own, with their mean and deviation.
struct Reference {
    let rows: Matrix
    let units: Standardisation

    init(rows: Matrix) {
        let (n, d) = (rows.rowCount, rows.columnCount)
        var mean = [Double](repeating: 0, count: d)
        for index in rows.elements.indices { mean[index % d] += rows.elements[index] / Double(n) }
        var variance = [Double](repeating: 0, count: d)
        for index in rows.elements.indices {
            let difference = rows.elements[index] - mean[index % d]
            variance[index % d] += difference * difference / Double(n)
        }
        self.rows = rows
        units = Standardisation(mean: mean, scale: variance.map { $0 > 0 ? $0.squareRoot() : 1 })
    }
}

/// The attack on the numbers of a file: the statistic of Homer et al. (2008) for centres and units. A row that was learnt from
/// has pulled every centre and unit towards itself. What they would be without it is estimated from the attacker's rows under
/// the file's own responsibilities, so that the noise of the rows weighs as it does against a likelihood-ratio test.
struct Pull {
    private let held: PrivacyAttacks.Held
    private let known: Reference
    /// Centres that the attacker's rows would have made, shape `(K)(d)`; empty for a pattern that none of them is in.
    private let expected: [[Double]]
    /// Λ_k(c_k − expected).
    private let shifts: [[Double]]
    /// ln of the file's unit less ln of the attacker's.
    private let widths: [Double]
    private static let limit = 8.0

    init(_ held: PrivacyAttacks.Held, _ known: Reference) {
        self.held = held
        self.known = known
        let d = known.rows.columnCount
        let own = known.units.applied(to: known.rows)
        let parts = Self.responsibilities(held, known.rows)
        var (expected, shifts): ([[Double]], [[Double]]) = ([], [])
        for (slot, pattern) in held.model.patterns.enumerated() {
            var sum = [Double](repeating: 0, count: d)
            var count = 0.0
            for row in 0..<own.rowCount {
                count += parts[row][slot]
                for column in 0..<d { sum[column] += parts[row][slot] * own.elements[row * d + column] }
            }
            guard let pattern, count >= 1 else {
                expected.append([])
                shifts.append([])
                continue
            }
            let centre = sum.map { $0 / count }
            let shift = (0..<d).map { column in
                let raw = held.units.mean[column] + held.units.scale[column] * pattern.mean[column]
                return (raw - known.units.mean[column]) / known.units.scale[column] - centre[column]
            }
            expected.append(centre)
            shifts.append(
                (0..<d).map { row in (0..<d).reduce(0) { $0 + pattern.precision[row, $1] * shift[$1] } })
        }
        self.expected = expected
        self.shifts = shifts
        widths = zip(held.units.scale, known.units.scale).map {
            PortableMath.ln($0) - PortableMath.ln($1)
        }
    }

    /// How far the file's numbers lie towards every row.
    func of(_ rows: Matrix) -> [Double] {
        let d = rows.columnCount
        let own = known.units.applied(to: rows)
        let parts = Self.responsibilities(held, rows)
        return (0..<rows.rowCount).map { row in
            var sum = 0.0
            for column in 0..<d {
                let value = min(max(own.elements[row * d + column], -Self.limit), Self.limit)
                sum += (value * value - 1) * widths[column]
            }
            for slot in expected.indices where !expected[slot].isEmpty && parts[row][slot] > 0 {
                let towards = (0..<d).reduce(0) {
                    $0 + (own.elements[row * d + $1] - expected[slot][$1]) * shifts[slot][$1]
                }
                sum += parts[row][slot] * towards
            }
            return sum
        }
    }

    /// r_k of every row, 0 for a pattern that is not there.
    private static func responsibilities(_ held: PrivacyAttacks.Held, _ rows: Matrix) -> [[Double]] {
        let d = rows.columnCount
        let own = held.units.applied(to: rows)
        return (0..<rows.rowCount).map { row in
            var logs: [Double?] = []
            for (slot, pattern) in held.model.patterns.enumerated() {
                guard let pattern, held.model.weights[slot] > 0 else {
                    logs.append(nil)
                    continue
                }
                var square = 0.0
                for first in 0..<d {
                    var entry = 0.0
                    for second in first..<d {
                        entry +=
                            pattern.factor[first, second]
                            * (own.elements[row * d + second] - pattern.mean[second])
                    }
                    square += entry * entry
                }
                logs.append(
                    PortableMath.ln(held.model.weights[slot]) + (pattern.logDeterminant - square) / 2)
            }
            let largest = logs.compactMap { $0 }.max() ?? 0
            let parts = logs.map { $0.map { PortableMath.exp($0 - largest) } ?? 0 }
            let total = parts.reduce(0, +)
            return parts.map { $0 / total }
        }
    }
}
