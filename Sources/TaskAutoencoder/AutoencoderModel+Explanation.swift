import LinearAlgebra
package import Models

extension AutoencoderModel {
    /// What the decoder makes of a row's latents, cell by cell: its mean and spread over the 64 draws of the scores.
    ///
    /// A contribution is the cell's part of `paper`, −E_q ln p(x|z); the deterministic form has ½(x − x̂)² and deviation 1.
    /// The encoder sees the cell it explains, so an odd cell may pull its own expectation along. A missing cell enters
    /// at the training mean and its contribution is 0.
    ///
    /// - Parameter row: shape `(M)`, standardised; NaN where a cell is missing, finite elsewhere.
    package func explanation(of row: [Double]) -> RowExplanation? {
        precondition(row.count == columnCount, "\(row.count) cells for \(columnCount) columns")
        let filled = row.map { $0.isNaN ? 0 : $0 }
        let rows = Matrix(rowCount: 1, columnCount: columnCount, elements: filled)
        var contributions = explanation(rows: rows).elements
        for column in row.indices where row[column].isNaN { contributions[column] = 0 }
        var draws: [(weight: Double, means: [Double], deviations: [Double])] = []
        visit(rows) { pass, _, _, weight in
            for sample in 0..<pass.sampleCount {
                let (means, deviations) = pass.reconstruction(sample: sample)
                draws.append((weight / Double(pass.sampleCount), means, deviations))
            }
        }
        var expected = [Double](repeating: 0, count: columnCount)
        var variance = expected
        for draw in draws {
            for column in expected.indices { expected[column] += draw.weight * draw.means[column] }
        }
        for draw in draws {
            for column in variance.indices {
                let apart = draw.means[column] - expected[column]
                let own = draw.deviations[column]
                variance[column] += draw.weight * (own * own + apart * apart)
            }
        }
        return RowExplanation(
            patternWeights: [], contributions: contributions, expected: expected,
            deviation: variance.map { $0.squareRoot() }, centre: expected)
    }
}

extension BatchPass {
    /// The first loaded row as draw `sample` decodes it, after `evaluate`: means and deviations, shape `(M)` each.
    func reconstruction(sample: Int) -> (means: [Double], deviations: [Double]) {
        let columns = architecture.columnCount
        precondition(sample >= 0 && sample < sampleCount, "draw \(sample) of \(sampleCount)")
        switch architecture.form {
        case .variational(let deviation, _):
            let start = sample * loadedCount * 2 * columns
            let heads = Array(outputs[start..<start + 2 * columns])
            var deviations = [Float](repeating: 0, count: columns)
            deviation.apply(heads: heads, rowCount: 1, columnCount: columns, into: &deviations)
            return (heads.prefix(columns).map(Double.init), deviations.map(Double.init))
        case .deterministic:
            return (outputs.prefix(columns).map(Double.init), [Double](repeating: 1, count: columns))
        }
    }
}
