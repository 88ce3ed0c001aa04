package import LinearAlgebra
package import Models

/// What can be said of rows and patterns in the units of the raw rows. The first view speaks: one model, while a
/// calibrated score blends several.
extension Detector {
    /// Why each row has its `density` score.
    ///
    /// Contributions are those of the model's own units: in raw units every row would have ln of the column's scale more.
    ///
    /// - Parameters:
    ///   - rawRows: shape `(n, d)`; NaN where a cell is missing.
    ///   - runner: for pieces of the work.
    /// - Returns: shape `(n)`, expected cells, deviations and centres in raw units; nil for kinds that explain nothing.
    package func explanations(
        rawRows: Matrix, on runner: any ParallelRunner = SerialRunner()
    ) -> [RowExplanation]? {
        let view = views[0]
        let rows = view.standardisation.applied(to: rawRows)
        let partition = RowPartition(rowCount: rows.rowCount)
        let parts = runner.map(count: partition.count) { part in
            partition[part].map { row in
                let cells = Array(rows.elements[row * rows.columnCount..<(row + 1) * rows.columnCount])
                return view.model.explanation(of: cells).map { view.inRawUnits($0) }
            }
        }
        let all = parts.joined()
        let known = all.compactMap { $0 }
        return known.count == all.count ? known : nil
    }

    /// The patterns of the first view's model, centres in raw units; none for kinds without patterns.
    package func patternDescriptions() -> [PatternDescription] {
        let view = views[0]
        return view.model.patternDescriptions().map { pattern in
            PatternDescription(
                slot: pattern.slot, rowCount: pattern.rowCount, weight: pattern.weight,
                isSuspect: pattern.isSuspect, centre: view.standardisation.raw(pattern.centre),
                edges: pattern.edges)
        }
    }

    /// ln p(x) of raw rows as densities of the raw cells: the model's own less Σ ln scale of the cells that are there,
    /// so that models in different units can be compared.
    ///
    /// - Parameter rawRows: shape `(n, d)`.
    /// - Returns: shape `(n)`.
    package func rawLogDensities(
        rawRows: Matrix, on runner: any ParallelRunner = SerialRunner()
    ) -> [Double] {
        let logScales = views[0].standardisation.scale.map { PortableMath.ln($0) }
        return scores(rawRows: rawRows, kind: .density, on: runner).enumerated().map { row, score in
            var sum = -score
            for (column, logScale) in logScales.enumerated() where !rawRows[row, column].isNaN {
                sum -= logScale
            }
            return sum
        }
    }
}

extension DetectorView {
    fileprivate func inRawUnits(_ explanation: RowExplanation) -> RowExplanation {
        RowExplanation(
            patternWeights: explanation.patternWeights, contributions: explanation.contributions,
            expected: standardisation.raw(explanation.expected),
            deviation: zip(explanation.deviation, standardisation.scale).map { $0 * $1 },
            centre: standardisation.raw(explanation.centre))
    }
}

extension Standardisation {
    /// mean + scale · x, shape `(d)`.
    fileprivate func raw(_ values: [Double]) -> [Double] {
        precondition(values.count == mean.count, "\(values.count) values for \(mean.count) columns")
        return values.indices.map { mean[$0] + scale[$0] * values[$0] }
    }
}
