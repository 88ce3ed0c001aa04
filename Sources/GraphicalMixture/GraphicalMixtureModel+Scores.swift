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
        return scores(rows: rows, kind: kind, completesLoss: false, on: runner)
    }

    /// −ln p^s of what a row has, and what the cells that it lacks would cost on average, so that a row does not look
    /// ordinary for being short.
    package func readings(rows: Matrix, on runner: any ParallelRunner) -> [Double] {
        scores(rows: rows, kind: .density, completesLoss: true, on: runner)
    }

    private func scores(
        rows: Matrix, kind: ScoreKind, completesLoss: Bool, on runner: any ParallelRunner
    ) -> [Double] {
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
            marginal.scores(rows, incomplete[runs[$0]], kind: kind, completesLoss: completesLoss)
        }
        for (row, score) in zip(incomplete, replaced.joined()) { scores[row] = score }
        return scores
    }
}
