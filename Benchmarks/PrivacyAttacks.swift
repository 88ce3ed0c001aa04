import Datasets
import Detection
import Foundation
import GraphicalMixture
import Learning
import LinearAlgebra
import Models

/// Attacks on what a network shows, with the defaults of the mixture (its model in shared units), on real rows.
///
/// Every participant's rows are dealt into members, which are learnt from, and two halves that are not: outsiders, which
/// the attacker must tell from members, and the attacker's own, for a reference model. Sums are plain additions.
struct PrivacyAttacks {
    /// Raw training rows of each participant.
    let rows: [Matrix]
    let columnCount: Int
    /// Test rows of each participant, raw, with their labels.
    let test: [(rows: Matrix, labels: [Bool])]

    init(folder: String) throws {
        let read = try ParticipantFolder(path: folder).read(options: CSVOptions())
        rows = read.participants.map(\.train)
        columnCount = read.columns.count
        test = read.participants.map { ($0.test, $0.testLabels) }
    }

    /// One dealing of the rows.
    struct Deal {
        let members: [Matrix]
        let outsiders: [Matrix]
        let reference: [Matrix]
    }

    func deal(using generator: inout SeededGenerator) -> Deal {
        var parts: [[Matrix]] = [[], [], []]
        for matrix in rows {
            let order = Array(0..<matrix.rowCount).shuffled(using: &generator)
            let half = matrix.rowCount / 2
            let quarter = half + (matrix.rowCount - half) / 2
            for (index, range) in [0..<half, half..<quarter, quarter..<matrix.rowCount].enumerated() {
                parts[index].append(Self.chosen(matrix, order[range]))
            }
        }
        return Deal(members: parts[0], outsiders: parts[1], reference: parts[2])
    }

    static func chosen(_ matrix: Matrix, _ order: ArraySlice<Int>) -> Matrix {
        let d = matrix.columnCount
        return Matrix(
            rowCount: order.count, columnCount: d,
            elements: order.flatMap { matrix.elements[$0 * d..<($0 + 1) * d] })
    }

    /// A run: the trainers at its end, and each one's vector of the last round.
    struct Run {
        var trainers: [Trainer]
        var last: [LocalUpdate] = []
        /// The same vectors as a gate would let them through; empty without one.
        var gated: [LocalUpdate] = []
        var layout: VectorLayout
    }

    /// Learns with exact sums; a gate changes none of them.
    func learn(_ rows: [Matrix], gate: PrivacyGate? = nil) throws -> Run {
        let mixture = GraphicalMixtureSettings(
            patternCount: 16, sparsity: 0.01, priorStrength: 1, origin: .split, shape: .common, seed: 1)
        let columnCount = columnCount
        let settings = TrainingSettings(
            columnCount: columnCount, valueLimit: 8, startCount: 1, roundsMaximum: 20,
            objectiveTolerance: 1e-5, sumTolerance: 0, participantCount: rows.count
        ) { start, rowCount in
            GraphicalMixtureModel(
                columnCount: columnCount, settings: mixture, start: start, rowCount: rowCount)
        }
        let trainers = try rows.map { try Trainer(rows: $0, settings: settings) }
        var run = Run(trainers: trainers, layout: trainers[0].layout)
        while run.trainers[0].stage != .finished {
            let trainers = run.trainers
            let updates = trainers.map { $0.localUpdate() }
            if case .round = trainers[0].stage {
                (run.last, run.layout) = (updates, trainers[0].layout)
                if let gate { run.gated = trainers.map { $0.gatedUpdate(gate).update } }
            }
            var sum = updates[0].shared.values
            for update in updates.dropFirst() {
                for (index, value) in update.shared.values.enumerated() {
                    sum[index] = trainers[0].stage.isMaximum ? max(sum[index], value) : sum[index] + value
                }
            }
            let shared = SharedVector(layout: trainers[0].layout, values: sum)
            for index in trainers.indices {
                try run.trainers[index].absorb(shared, kept: updates[index].kept)
            }
        }
        return run
    }

    // MARK: - Reconstruction

    /// Rows that a vector of sums gives away.
    struct Reconstruction {
        var rowCount = 0
        var recoveredCount = 0
    }

    /// A row counts as recovered where every cell is right to this, in standard deviations of its column.
    static let tolerance = 0.05

    /// The attack on N, m and C of every pattern: a row alone is m/N; of two alike the scatter has one direction, and they
    /// lie at m/N ± √λ₁ of it.
    static func candidates(_ values: [Double], layout: VectorLayout, columnCount d: Int) -> [[Double]] {
        var blocks: [String: ArraySlice<Double>] = [:]
        var next = 0
        for block in layout.blocks {
            blocks[block.name] = values[next..<next + block.count]
            next += block.count
        }
        guard let counts = blocks["N"], let sums = blocks["m"], let products = blocks["C"] else { return [] }
        var found: [[Double]] = []
        for (slot, count) in counts.enumerated() where count > 1e-9 {
            let mean = (0..<d).map { sums[sums.startIndex + slot * d + $0] / count }
            var scatter = Matrix(rowCount: d, columnCount: d)
            var index = products.startIndex + slot * d * (d + 1) / 2
            for row in 0..<d {
                for column in row..<d {
                    scatter[row, column] = products[index] / count - mean[row] * mean[column]
                    scatter[column, row] = scatter[row, column]
                    index += 1
                }
            }
            found.append(mean)
            let eigen = SymmetricEigen(scatter)
            guard let top = eigen.values.indices.max(by: { eigen.values[$0] < eigen.values[$1] }),
                eigen.values[top] > 0
            else { continue }
            let length = eigen.values[top].squareRoot()
            for sign in [-1.0, 1] {
                found.append((0..<d).map { mean[$0] + sign * length * eigen.vectors[$0, top] })
            }
        }
        return found
    }

    static func reconstruction(of rows: Matrix, from candidates: [[Double]]) -> Reconstruction {
        let d = rows.columnCount
        var result = Reconstruction(rowCount: rows.rowCount)
        for row in 0..<rows.rowCount
        where candidates.contains(where: { candidate in
            (0..<d).allSatisfy { abs(candidate[$0] - rows.elements[row * d + $0]) < tolerance }
        }) {
            result.recoveredCount += 1
        }
        return result
    }

    /// Recovered rows from the vectors of the last round: own sums, the same with patterns left out, what masks leave, centres.
    func reconstruction(
        _ members: [Matrix]
    ) throws -> [(name: String, result: Reconstruction)] {
        let suppress = PrivacyGate(
            required: Double(max(5, columnCount + 2)), action: .suppress, showsOwnSums: true)
        let run = try learn(members, gate: suppress)
        let (trainers, last, layout) = (run.trainers, run.last, run.layout)
        var open = Reconstruction()
        var gated = Reconstruction()
        var masked = Reconstruction()
        var centres = Reconstruction()
        var drawn = Reconstruction()
        var generator = SeededGenerator(seed: 1, label: "reconstruction")
        let shared = try model(trainers[0])
        let draw = try released(shared, trainers[0], advantage: 0.02, using: &generator)
        // Their centres stand in units of their own.
        let drawnCentres = self.centres(of: draw, in: trainers[0].standardisation)
        func means(_ model: GraphicalMixtureModel) -> [[Double]] {
            model.patterns.compactMap { $0?.mean }
        }
        for (index, trainer) in trainers.enumerated() {
            let rows = trainer.rows.matrix
            func add(_ candidates: [[Double]], to result: inout Reconstruction) {
                let found = Self.reconstruction(of: rows, from: candidates)
                result.rowCount += found.rowCount
                result.recoveredCount += found.recoveredCount
            }
            let d = columnCount
            add(Self.candidates(last[index].shared.values, layout: layout, columnCount: d), to: &open)
            add(
                Self.candidates(run.gated[index].shared.values, layout: layout, columnCount: d), to: &gated)
            // What the next participant is left with once it has taken its own part out of the sum.
            let curious = (index + 1) % trainers.count
            var sum = [Double](repeating: 0, count: layout.count)
            for other in last.indices where other != curious {
                for (entry, value) in last[other].shared.values.enumerated() { sum[entry] += value }
            }
            add(Self.candidates(sum, layout: layout, columnCount: d), to: &masked)
            add(means(shared), to: &centres)
            add(drawnCentres, to: &drawn)
        }
        return [
            ("own sums, neither masks nor gate", open), ("own sums, no masks, suppress", gated),
            ("masks: the sum of the others", masked), ("centres of the shared model", centres),
            ("centres of the release", drawn),
        ]
    }

    /// Both tables of a folder, in the form of the manual.
    func report(name: String, trialCount: Int) throws {
        var found: [Target: [Outcome]] = [:]
        for trial in 0..<trialCount {
            var generator = SeededGenerator(seed: UInt64(trial), label: "membership")
            let deal = deal(using: &generator)
            for line in try membership(deal, using: &generator) {
                found[line.target, default: []] += line.outcomes
            }
        }
        // The trials are independent, the draws of one are not.
        func text(_ outcomes: [Outcome], _ value: (Outcome) -> Double) -> String {
            let draws = outcomes.count / trialCount
            let values = (0..<trialCount).map { trial in
                outcomes[trial * draws..<(trial + 1) * draws].reduce(0) { $0 + value($1) } / Double(draws)
            }
            let mean = values.reduce(0, +) / Double(values.count)
            let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let error = (square / Double(max(values.count - 1, 1)) / Double(values.count)).squareRoot()
            return String(format: "%.3f ± %.3f", mean, error)
        }
        for target in Target.all {
            let outcomes = found[target] ?? []
            Self.line(
                "| \(name) | \(target.name) | \(text(outcomes) { $0.density }) | \(text(outcomes) { $0.ratio }) "
                    + "| \(text(outcomes) { $0.pull }) | \(text(outcomes) { $0.rocAUC }) |")
        }
        for line in try reconstruction(rows) {
            Self.line("| \(name) | \(line.name) | \(line.result.recoveredCount) of \(line.result.rowCount) |")
        }
    }

    private static func line(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}
