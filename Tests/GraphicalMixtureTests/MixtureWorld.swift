import GraphicalMixture
import LinearAlgebra
import Models

/// Participants with rows, and rounds with exact sums in place of a network.
struct MixtureWorld {
    static let rowScale = 0x1p20
    static let valueLimit = 8.0

    /// One matrix a participant.
    var rows: [Matrix]
    /// One model a participant; shared parameters alike.
    var models: [GraphicalMixtureModel]

    var rowCount: Double { Double(rows.reduce(0) { $0 + $1.rowCount }) }

    init(rows: [Matrix], model: GraphicalMixtureModel) {
        self.rows = rows
        self.models = rows.map { _ in model }
    }

    /// Rows of `clusters` seeded Gaussians with correlated columns, mixed differently at each participant and
    /// clipped to the box.
    static func rows(
        participants: Int, rowsEach: Int, columns: Int, clusters: Int, seed: UInt64
    ) -> [Matrix] {
        var generator = SeededGenerator(seed: seed, label: "rows")
        let centres = NormalSampler.sample(count: clusters * columns, using: &generator).map { 1.5 * $0 }
        let mixings = NormalSampler.sample(count: clusters * columns * columns, using: &generator)
        return (0..<participants).map { participant in
            var elements: [Double] = []
            for _ in 0..<rowsEach {
                // A triangular choice: participant s prefers cluster s mod clusters.
                let first = Int(uniform(below: UInt64(clusters), using: &generator))
                let isOwn = uniform(below: 2, using: &generator) == 0
                let cluster = isOwn ? participant % clusters : first
                let noise = NormalSampler.sample(count: columns, using: &generator)
                for column in 0..<columns {
                    var value = centres[cluster * columns + column] + 0.5 * noise[column]
                    for other in 0..<columns {
                        value += 0.2 * mixings[(cluster * columns + column) * columns + other] * noise[other]
                    }
                    elements.append(min(max(value, -valueLimit), valueLimit))
                }
            }
            return Matrix(rowCount: rowsEach, columnCount: columns, elements: elements)
        }
    }

    /// E-steps and their exact sum.
    func updates() -> (sum: SharedVector, kept: [KeptState]) {
        let layout = models[0].layout(rowScale: Self.rowScale, valueLimit: Self.valueLimit)
        var total = [Double](repeating: 0, count: layout.count)
        var kept: [KeptState] = []
        for (model, rows) in zip(models, rows) {
            let update = model.localUpdate(rows: rows, layout: layout)
            for index in total.indices { total[index] += update.shared.values[index] }
            kept.append(update.kept)
        }
        return (SharedVector(layout: layout, values: total), kept)
    }

    /// One round; returns the agreed objective of the parameters it started from.
    mutating func round() throws -> AgreedObjective {
        let (sum, kept) = updates()
        let objective = models[0].agreedObjective(sum: sum)
        for index in models.indices { try models[index].optimise(sum: sum, kept: kept[index]) }
        return objective
    }
}
