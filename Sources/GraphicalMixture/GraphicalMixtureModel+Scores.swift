package import LinearAlgebra
package import Models

extension GraphicalMixtureModel {
    /// Anomaly scores with the participant's own weights.
    ///
    /// `density` is −ln p^s(x); `paper` is Eq. 19 with μ_k in r, equal to −ln p^s(x) − KL(r‖π^s). Both include
    /// (d/2) ln 2π.
    package func scores(rows: Matrix, kind: ScoreKind, on runner: any ParallelRunner) -> [Double] {
        precondition(rows.columnCount == columnCount, "\(rows.columnCount) columns for \(columnCount)")
        let active = ActiveComponents(self)
        let pass = MixturePass(active.components)
        let partition = RowPartition(rowCount: rows.rowCount)
        let parts = runner.map(count: partition.count) { index in
            switch kind {
            case .density:
                pass.logSums(rows, in: partition[index]).map { -$0 }
            case .paper:
                pass.posteriorLosses(rows, in: partition[index], logWeights: active.logWeights)
            }
        }
        return Array(parts.joined())
    }
}
