package import LinearAlgebra
package import Models

extension GraphicalMixtureModel {
    /// Anomaly scores with the participant's own weights.
    ///
    /// `density` is −ln p^s(x); `paper` is Eq. 19 with μ_k in r, equal to −ln p^s(x) − KL(r‖π^s). Both include
    /// (d/2) ln 2π. A row with missing cells is scored by the cells it has: the patterns' marginals, d its observed cells.
    ///
    /// - Precondition: `kind` is one of these; a calibrated score takes the ``readers()``.
    package func scores(rows: Matrix, kind: ScoreKind, on runner: any ParallelRunner) -> [Double] {
        precondition(kind != .calibrated, "one model has no calibrated score")
        precondition(rows.columnCount == columnCount, "\(rows.columnCount) columns for \(columnCount)")
        let active = ActiveComponents(self)
        let pass = MixturePass(active.components)
        let partition = RowPartition(rowCount: rows.rowCount)
        let parts = runner.map(count: partition.count) { index in
            switch kind {
            case .density, .elbo, .calibrated:
                pass.logSums(rows, in: partition[index]).map { -$0 }
            case .paper:
                pass.posteriorLosses(rows, in: partition[index], logWeights: active.logWeights)
            }
        }
        var scores = Array(parts.joined())
        let incomplete = rows.incompleteRows()
        guard !incomplete.isEmpty else { return scores }
        // What the pass above made of a missing cell is replaced: rows are scored by themselves.
        let marginal = IncompletePass(self)
        let runs = RowPartition(rowCount: incomplete.count)
        let replaced = runner.map(count: runs.count) {
            marginal.scores(rows, incomplete[runs[$0]], kind: kind)
        }
        for (row, score) in zip(incomplete, replaced.joined()) { scores[row] = score }
        return scores
    }
}
