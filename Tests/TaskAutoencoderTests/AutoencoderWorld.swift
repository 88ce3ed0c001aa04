import LinearAlgebra
import Models
import TaskAutoencoder

/// Participants whose vectors are added up plainly: what the rounds are without any protocol.
struct AutoencoderWorld<Model: ModelKind> {
    let rows: [Matrix]
    var models: [Model]

    init(rows: [Matrix], model: Model) {
        self.rows = rows
        self.models = rows.map { _ in model }
    }

    /// One exchange.
    @discardableResult
    mutating func round() throws -> AgreedObjective {
        let layout = models[0].layout(rowScale: 0x1p8, valueLimit: 8)
        let updates = zip(models, rows).map { $0.localUpdate(rows: $1, layout: layout) }
        var sum = [Double](repeating: 0, count: layout.count)
        for update in updates {
            var clipped = 0
            let sent = layout.denormalised(layout.normalised(update.shared.values, clippedCount: &clipped))
            precondition(clipped == 0, "\(clipped) values outside the box")
            for index in sum.indices { sum[index] += sent[index] }
        }
        let shared = SharedVector(layout: layout, values: sum)
        let objective = models[0].agreedObjective(sum: shared)
        for index in models.indices { try models[index].optimise(sum: shared, kept: updates[index].kept) }
        return objective
    }

    /// Rows of `factors` latent factors in `columns` columns, noise 0.3, a different mean a participant.
    static func rows(
        participants: Int, count: Int, columns: Int = 8, factors: Int = 3, seed: UInt64 = 11
    ) -> [Matrix] {
        var generator = SeededGenerator(seed: seed)
        let loadings = NormalSampler.sample(count: factors * columns, using: &generator)
        return (0..<participants).map { _ in
            let centre = NormalSampler.sample(count: factors, using: &generator)
            var elements = NormalSampler.sample(count: count * columns, using: &generator).map { 0.3 * $0 }
            let z = NormalSampler.sample(count: count * factors, using: &generator)
            for row in 0..<count {
                for column in 0..<columns {
                    for factor in 0..<factors {
                        elements[row * columns + column] +=
                            0.5 * (z[row * factors + factor] + 0.5 * centre[factor])
                            * loadings[factor * columns + column]
                    }
                }
            }
            return Matrix(rowCount: count, columnCount: columns, elements: elements)
        }
    }
}
