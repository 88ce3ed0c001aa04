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

    /// ln r below which a row adds less than any sum can hold.
    private static let logWeightMin = -80.0

    init(_ model: GraphicalMixtureModel) {
        active = ActiveComponents(model)
        patterns = active.slots.compactMap { model.patterns[$0] }
        columnCount = model.columnCount
    }

    /// What the rows in `range` add to the sums of Eq. 13, by position among the active patterns.
    ///
    /// - Parameter rows: shape `(n, d)`; in `range` every row has a NaN where a cell is missing, finite elsewhere.
    /// - Complexity: O(K (d² + m²)) a row and O(K m³) a kind of row, m missing cells.
    func sums(_ rows: Matrix, in range: Range<Int>) -> MixtureSums {
        let (d, count) = (columnCount, patterns.count)
        let triangleCount = d * (d + 1) / 2
        var sums = MixtureSums(patternCount: count, dimension: d)
        var means = [Double](repeating: 0, count: count * d)
        var scatters = [Double](repeating: 0, count: count * triangleCount)
        var cells = [Double](repeating: 0, count: d)
        visit(rows, range) { row, marginals, logDensities, pulls in
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
                for column in 0..<d { cells[column] = rows.elements[row * d + column] }
                marginals[position].fill(&cells, pull: pulls[position])
                var mean = means.mutableSpan
                var scatter = scatters.mutableSpan
                var ownMean = mean._mutatingExtracting(position * d..<(position + 1) * d)
                let triangle = position * triangleCount..<(position + 1) * triangleCount
                var ownScatter = scatter._mutatingExtracting(triangle)
                Self.add(cells.span, weight: r, mean: &ownMean, scatter: &ownScatter)
                Self.add(
                    marginals[position], weight: r, dimension: d, to: &scatters,
                    first: position * triangleCount)
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

    /// scatter += r Cov[x_M | x_O].
    private static func add(
        _ marginal: MarginalPattern, weight: Double, dimension d: Int, to scatters: inout [Double], first: Int
    ) {
        let covariance = marginal.covariance
        for (a, i) in marginal.missing.enumerated() {
            // Entry (i, j) of an upper triangle by rows stands at i·d − i(i − 1)/2 + j − i.
            let start = first + i * d - i * (i - 1) / 2 - i
            for b in a..<marginal.missing.count {
                scatters[start + marginal.missing[b]] += weight * covariance[a, b]
            }
        }
    }

    /// Scores of the given rows, in their order: see ``GraphicalMixtureModel/scores(rows:kind:on:)``.
    ///
    /// - Parameter indices: rows with a missing cell.
    func scores(_ rows: Matrix, _ indices: ArraySlice<Int>, kind: ScoreKind) -> [Double] {
        var scores: [Double] = []
        scores.reserveCapacity(indices.count)
        visit(rows, indices) { _, _, logDensities, _ in
            let logSum = Self.logSum(logDensities)
            switch kind {
            case .density, .elbo, .calibrated:
                scores.append(-logSum)
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

    /// Calls `body` with each row, its marginals, ln π_k + ln N(x_O | k) and what the conditional means follow from.
    private func visit(
        _ rows: Matrix, _ indices: some Collection<Int>,
        _ body: (
            _ row: Int, _ marginals: [MarginalPattern], _ logDensities: [Double], _ pulls: [[Double]]
        ) -> Void
    ) {
        let d = columnCount
        precondition(rows.columnCount == d, "\(rows.columnCount) columns for \(d)")
        var marginals: [MarginalPattern] = []
        var logDensities = [Double](repeating: 0, count: patterns.count)
        var pulls = [[Double]](repeating: [], count: patterns.count)
        for row in indices {
            let missing = (0..<d).filter { rows.elements[row * d + $0].isNaN }
            precondition(!missing.isEmpty, "row \(row) has no missing cell")
            if marginals.first?.missing != missing {
                marginals = patterns.map { MarginalPattern($0, missing: missing) }
            }
            let cells = rows.elements.span.extracting(row * d..<(row + 1) * d)
            for k in patterns.indices {
                let found = marginals[k].logDensity(cells)
                logDensities[k] = active.logWeights[k] + found.value
                pulls[k] = found.pull
            }
            body(row, marginals, logDensities, pulls)
        }
    }

    /// ln Σ exp.
    private static func logSum(_ values: [Double]) -> Double {
        let largest = values.max() ?? 0
        return largest + PortableMath.ln(values.reduce(0) { $0 + PortableMath.exp($1 - largest) })
    }
}
