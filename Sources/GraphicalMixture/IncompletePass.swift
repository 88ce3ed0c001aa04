import LinearAlgebra
import Models

/// The E-step and the scores of rows with missing cells, exact: patterns are marginalised over what a row lacks.
///
/// A row's log density under a pattern is that of its observed cells; its part of m is r·E[x | x_O] and of C
/// r·(E[x]E[x]ᵀ + Cov[x_M | x_O]), which is what maximises the likelihood of the observed cells alone (Dempster,
/// Laird and Rubin 1977). Rows next to each other that lack the same cells share the factors. Local arithmetic.
struct IncompletePass: Sendable {
    private let active: ActiveComponents
    private let patterns: [MixturePattern]
    private let columnCount: Int
    private let blur: Double

    /// ln r below which a row adds less than any sum can hold.
    private static let logWeightMin = -80.0
    /// Rows with less weight are left out of the moments, as where nothing is missing.
    private static let weightMin = 1e-13
    /// Rows that are read at once.
    private static let blockRowCount = 256

    init(_ model: GraphicalMixtureModel) {
        active = ActiveComponents(model)
        patterns = active.slots.compactMap { model.patterns[$0] }
        columnCount = model.columnCount
        blur = model.blur
    }

    /// What the rows in `range` add to the sums of Eq. 13, by position among the active patterns.
    ///
    /// - Parameter rows: shape `(n, d)`; in `range` every row has a NaN where a cell is missing, finite elsewhere.
    /// - Complexity: O(K (d² + m²)) a row and O(K m³) a kind of row, m missing cells.
    func sums(_ rows: any RowSource, in range: Range<Int>) -> MixtureSums {
        let (d, count) = (columnCount, patterns.count)
        let triangleCount = d * (d + 1) / 2
        var sums = MixtureSums(patternCount: count, dimension: d)
        var means = [Double](repeating: 0, count: count * d)
        var scatters = [Double](repeating: 0, count: count * triangleCount)
        var cells = [Double](repeating: 0, count: d)
        visit(rows, range) { observed, view, logDensities in
            let logSum = Self.logSum(logDensities)
            sums.logLikelihood += logSum
            for position in 0..<count {
                let logWeight = logDensities[position] - logSum
                guard logWeight > Self.logWeightMin else { continue }
                let r = PortableMath.exp(logWeight)
                sums.patterns[position].responsibilities.count += r
                sums.patterns[position].responsibilities.squares += r * r
                sums.patterns[position].responsibilities.logWeighted += r * logWeight
                sums.patterns[position].responsibilities.largest = max(
                    sums.patterns[position].responsibilities.largest, r)
                guard r > Self.weightMin else { continue }
                for column in 0..<d { cells[column] = observed[column] }
                view.fill(&cells, under: position)
                var mean = means.mutableSpan
                var scatter = scatters.mutableSpan
                var ownMean = mean._mutatingExtracting(position * d..<(position + 1) * d)
                let triangle = position * triangleCount..<(position + 1) * triangleCount
                var ownScatter = scatter._mutatingExtracting(triangle)
                Self.add(cells.span, weight: r, mean: &ownMean, scatter: &ownScatter)
                view.addCovariance(under: position, weight: r, to: &ownScatter)
            }
        }
        for position in 0..<count {
            sums.patterns[position].mean = Array(means[position * d..<(position + 1) * d])
            sums.patterns[position].scatter = Array(
                scatters[position * triangleCount..<(position + 1) * triangleCount])
        }
        return sums
    }

    /// mean += r x; scatter += r x xᵀ, upper triangle by rows.
    private static func add(
        _ x: Span<Double>, weight: Double, mean: inout MutableSpan<Double>,
        scatter: inout MutableSpan<Double>
    ) {
        let d = x.count
        precondition(mean.count == d && scatter.count == d * (d + 1) / 2, "\(mean.count) means of \(d)")
        var start = 0
        for i in 0..<d {
            let weighted = weight * x[i]
            mean[i] += weighted
            var row = scatter._mutatingExtracting(start..<start + d - i)
            let rest = x.extracting(i..<d)
            for j in 0..<row.count { row[j] += weighted * rest[j] }
            start += d - i
        }
    }

    /// Scores of the given rows, in their order: see ``GraphicalMixtureModel/scores(rows:kind:on:)``.
    ///
    /// - Parameters:
    ///   - indices: rows with a missing cell.
    ///   - completesLoss: adds what the missing cells would cost on average, Σ_k r_k E[−ln p(x_M | x_O, k)].
    func scores(
        _ rows: Matrix, _ indices: ArraySlice<Int>, kind: ScoreKind, completesLoss: Bool
    ) -> [Double] {
        var scores: [Double] = []
        scores.reserveCapacity(indices.count)
        visit(rows, indices) { _, view, logDensities in
            let logSum = Self.logSum(logDensities)
            switch kind {
            case .density, .elbo, .calibrated:
                var score = -logSum
                if completesLoss {
                    for (k, value) in logDensities.enumerated() {
                        score += PortableMath.exp(value - logSum) * view.missingLoss(under: k, blur: blur)
                    }
                }
                scores.append(score)
            case .paper:
                var score = 0.0
                for (k, value) in logDensities.enumerated() {
                    score -= PortableMath.exp(value - logSum) * (value - active.logWeights[k])
                }
                scores.append(score)
            }
        }
        return scores
    }

    /// Calls `body` with each row's cells, the view that looks at it, and ln π_k + ln N(x_O | k).
    private func visit(
        _ rows: any RowSource, _ indices: some Collection<Int>,
        _ body: (_ cells: Span<Double>, _ view: inout MarginalView, _ logDensities: [Double]) -> Void
    ) {
        let d = columnCount
        precondition(rows.columnCount == d, "\(rows.columnCount) columns for \(d)")
        var view = MarginalView(patterns)
        var logDensities = [Double](repeating: 0, count: patterns.count)
        var known = 0..<0
        var block = rows.block(known)
        for row in indices {
            if !known.contains(row) {
                known = row..<min(row + Self.blockRowCount, rows.rowCount)
                block = rows.block(known)
            }
            let first = (block.range.lowerBound + row - known.lowerBound) * d
            let elements = block.matrix.elements
            let cells = elements.span.extracting(first..<first + d)
            view.look(at: cells)
            for k in patterns.indices {
                logDensities[k] = active.logWeights[k] + view.logDensity(cells, under: k)
            }
            body(cells, &view, logDensities)
        }
    }

    /// ln Σ exp.
    private static func logSum(_ values: [Double]) -> Double {
        let largest = values.max() ?? 0
        return largest + PortableMath.ln(values.reduce(0) { $0 + PortableMath.exp($1 - largest) })
    }
}
