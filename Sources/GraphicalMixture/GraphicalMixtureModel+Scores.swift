package import LinearAlgebra
package import Models

extension GraphicalMixtureModel {
    /// Anomaly scores with the participant's own weights.
    ///
    /// `density` is −ln p^s(x); `paper` is Eq. 19 with μ_k in r, equal to −ln p^s(x) − KL(r‖π^s). Both include
    /// (d/2) ln 2π.
    package func scores(rows: Matrix, kind: ScoreKind) -> [Double] {
        precondition(rows.columnCount == columnCount, "\(rows.columnCount) columns for \(columnCount)")
        var pass = ResponsibilityPass(ActiveComponents(self), columnCount: columnCount)
        let capacity = pass.block.capacity
        var logDensities = pass.responsibilities.values
        var scores = [Double](repeating: 0, count: rows.rowCount)
        for start in stride(from: 0, to: rows.rowCount, by: capacity) {
            let count = min(capacity, rows.rowCount - start)
            pass.loadLogDensities(rows, from: start, count: count)
            switch kind {
            case .density, .elbo:
                _ = pass.normalise()
                for row in 0..<count { scores[start + row] = -pass.responsibilities.logSums[row] }
            case .paper:
                for index in logDensities.indices {
                    logDensities[index] = pass.responsibilities.values[index]
                }
                _ = pass.normalise()
                for (position, logWeight) in pass.active.logWeights.enumerated() {
                    let offset = position * pass.responsibilities.leading
                    for row in 0..<count {
                        scores[start + row] -=
                            pass.responsibilities.values[offset + row]
                            * (logDensities[offset + row] - logWeight)
                    }
                }
            }
        }
        return scores
    }
}
