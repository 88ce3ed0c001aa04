import LinearAlgebra
import Models

/// The E-step and the scores of rows with missing cells, exact: patterns are marginalised over what a row lacks.
///
/// A row's log density under a pattern is that of its observed cells; its part of m is r·E[x | x_O] and of C
/// r·(E[x]E[x]ᵀ + Cov[x_M | x_O]), which is what maximises the likelihood of the observed cells alone (Dempster,
/// Laird and Rubin 1977). Rows that lack the same cells share the factors. Local arithmetic.
struct IncompletePass {
    /// Rows that lack the same columns.
    private struct Group {
        let missing: [Int]
        let rows: [Int]
    }

    private let active: ActiveComponents
    private let patterns: [MixturePattern]
    private let columnCount: Int

    init(_ model: GraphicalMixtureModel) {
        active = ActiveComponents(model)
        patterns = active.slots.compactMap { model.patterns[$0] }
        columnCount = model.columnCount
    }

    /// What the rows with a missing cell add to the sums of Eq. 13.
    struct Sums {
        /// By position among the active patterns.
        var totals: [ResponsibilitySums]
        /// Σ r E[x], shape `(active, d)`.
        var means: [Double]
        /// Σ r E[xxᵀ], shape `(active, d, d)`; upper triangles.
        var scatters: [Double]
        var logLikelihood = 0.0
    }

    /// Raises `sums` by all given rows.
    ///
    /// - Parameters:
    ///   - rows: shape `(n, d)`; NaN where a cell is missing, finite elsewhere.
    ///   - indices: the rows to take, each with a missing cell.
    /// - Complexity: O(K (d² + m²)) a row and O(K m³) a kind of row.
    func sums(_ rows: Matrix, _ indices: [Int]) -> Sums {
        let (d, count) = (columnCount, active.slots.count)
        var sums = Sums(
            totals: [ResponsibilitySums](repeating: ResponsibilitySums(), count: count),
            means: [Double](repeating: 0, count: count * d),
            scatters: [Double](repeating: 0, count: count * d * d))
        visit(rows, indices) { _, marginals, completed, logDensities in
            let logSum = Self.logSum(logDensities)
            sums.logLikelihood += logSum
            for position in 0..<count {
                let logWeight = logDensities[position] - logSum
                let r = PortableMath.exp(logWeight)
                sums.totals[position].count += r
                sums.totals[position].squares += r * r
                sums.totals[position].logWeighted += r > 0 ? r * logWeight : 0
                sums.totals[position].largest = max(sums.totals[position].largest, r)
                guard r > 0 else { continue }
                Self.add(
                    completed[position], marginals[position], weight: r,
                    mean: &sums.means, scatter: &sums.scatters, position: position)
            }
        }
        return sums
    }

    private static func add(
        _ x: [Double], _ marginal: MarginalPattern, weight: Double,
        mean: inout [Double], scatter: inout [Double], position: Int
    ) {
        let d = x.count
        let first = position * d * d
        for i in 0..<d {
            let weighted = weight * x[i]
            mean[position * d + i] += weighted
            for j in i..<d { scatter[first + i * d + j] += weighted * x[j] }
        }
        for (a, i) in marginal.missing.enumerated() {
            for b in a..<marginal.missing.count {
                scatter[first + i * d + marginal.missing[b]] += weight * marginal.covariance[a, b]
            }
        }
    }

    /// Scores of the given rows, in their order: see ``GraphicalMixtureModel/scores(rows:kind:)``.
    func scores(_ rows: Matrix, _ indices: [Int], kind: ScoreKind) -> [Double] {
        var scores = [Double](repeating: 0, count: indices.count)
        visit(rows, indices) { position, _, _, logDensities in
            let logSum = Self.logSum(logDensities)
            switch kind {
            case .density, .elbo, .calibrated:
                scores[position] = -logSum
            case .paper:
                for (k, value) in logDensities.enumerated() {
                    scores[position] -= PortableMath.exp(value - logSum) * (value - active.logWeights[k])
                }
            }
        }
        return scores
    }

    /// Calls `body` with each row's position in `indices`, its marginals, its completed cells under each active pattern
    /// and ln π_k + ln N(x_O | k), kind after kind of row.
    private func visit(
        _ rows: Matrix, _ indices: [Int],
        _ body: (
            _ position: Int, _ marginals: [MarginalPattern], _ completed: [[Double]],
            _ logDensities: [Double]
        ) -> Void
    ) {
        precondition(rows.columnCount == columnCount, "\(rows.columnCount) columns for \(columnCount)")
        var completed = [[Double]](
            repeating: [Double](repeating: 0, count: columnCount), count: patterns.count)
        var logDensities = [Double](repeating: 0, count: patterns.count)
        for group in Self.groups(rows, indices) {
            let marginals = patterns.map { MarginalPattern($0, missing: group.missing) }
            for position in group.rows {
                let start = indices[position] * columnCount
                for k in patterns.indices {
                    for column in 0..<columnCount {
                        completed[k][column] = rows.elements[start + column]
                    }
                    logDensities[k] = active.logWeights[k] + marginals[k].complete(&completed[k])
                }
                body(position, marginals, completed, logDensities)
            }
        }
    }

    /// Positions in `indices` by missing columns: sorted, so that sums are made in one order.
    private static func groups(_ rows: Matrix, _ indices: [Int]) -> [Group] {
        let d = rows.columnCount
        let keyed = indices.indices.map { position in
            let start = indices[position] * d
            return (missing: (0..<d).filter { rows.elements[start + $0].isNaN }, position: position)
        }
        let sorted = keyed.sorted {
            $0.missing == $1.missing
                ? $0.position < $1.position : $0.missing.lexicographicallyPrecedes($1.missing)
        }
        var groups: [Group] = []
        for (missing, position) in sorted {
            precondition(!missing.isEmpty, "row \(indices[position]) has no missing cell")
            if let last = groups.last, last.missing == missing {
                groups[groups.count - 1] = Group(missing: missing, rows: last.rows + [position])
            } else {
                groups.append(Group(missing: missing, rows: [position]))
            }
        }
        return groups
    }

    /// The rows with a missing cell, ascending.
    static func indices(in rows: Matrix) -> [Int] {
        let d = rows.columnCount
        return (0..<rows.rowCount).filter { row in
            var sum = 0.0
            for index in row * d..<(row + 1) * d { sum += rows.elements[index] }
            // Only a NaN makes a sum of finite cells, each far below the largest double, a NaN.
            return sum.isNaN
        }
    }

    /// ln Σ exp.
    private static func logSum(_ values: [Double]) -> Double {
        let largest = values.max() ?? 0
        return largest + PortableMath.ln(values.reduce(0) { $0 + PortableMath.exp($1 - largest) })
    }
}
