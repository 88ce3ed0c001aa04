import LinearAlgebra
package import Models

/// Where the statistics of Eq. 13 stand in the flat shared vector.
///
/// Blocks, in order: `N` (K), `m` (K·d), `C` (K·d(d+1)/2, upper triangles by rows), `sumR2` (K), `logLikelihood` (1),
/// `rows` (1), `missing` (1: cells that rows lack), `norm4` (1: Σ‖x‖⁴, for the shrinkage of a common shape). A dropped pattern's entries are zeros.
struct SufficientStatistics {
    let slotCount: Int
    let columnCount: Int

    /// d(d+1)/2.
    var triangleCount: Int { columnCount * (columnCount + 1) / 2 }
    var count: Int { slotCount * (2 + columnCount + triangleCount) + 4 }

    func countIndex(_ slot: Int) -> Int { slot }
    func meanIndex(_ slot: Int) -> Int { slotCount + slot * columnCount }
    func scatterIndex(_ slot: Int) -> Int { slotCount * (1 + columnCount) + slot * triangleCount }
    func squaresIndex(_ slot: Int) -> Int { slotCount * (1 + columnCount + triangleCount) + slot }
    var logLikelihoodIndex: Int { slotCount * (2 + columnCount + triangleCount) }
    var rowsIndex: Int { logLikelihoodIndex + 1 }
    var missingIndex: Int { logLikelihoodIndex + 2 }
    var norm4Index: Int { logLikelihoodIndex + 3 }

    /// Scales that no participant's entry exceeds, given rows and box; the log-likelihood's is a generous guess.
    func layout(rowScale: Double, valueLimit: Double) -> VectorLayout {
        precondition(valueLimit > 0 && valueLimit.isFinite, "a box of \(valueLimit)")
        let squaredNormLimit = Double(columnCount) * valueLimit * valueLimit
        return VectorLayout([
            VectorBlock(name: "N", count: slotCount, scale: rowScale),
            VectorBlock(
                name: "m", count: slotCount * columnCount,
                scale: powerOfTwo(atLeast: rowScale * valueLimit)),
            VectorBlock(
                name: "C", count: slotCount * triangleCount,
                scale: powerOfTwo(atLeast: rowScale * valueLimit * valueLimit)),
            VectorBlock(name: "sumR2", count: slotCount, scale: rowScale),
            VectorBlock(
                name: "logLikelihood", count: 1,
                scale: powerOfTwo(atLeast: rowScale * 16 * Double(columnCount))),
            VectorBlock(name: "rows", count: 1, scale: rowScale),
            VectorBlock(
                name: "missing", count: 1, scale: powerOfTwo(atLeast: rowScale * Double(columnCount))),
            VectorBlock(
                name: "norm4", count: 1,
                scale: powerOfTwo(atLeast: rowScale * squaredNormLimit * squaredNormLimit)),
        ])
    }

    /// Refuses sums that no rows can have, allowing for the noise of a consensus.
    ///
    /// - Throws: ``ModelError/impossibleSum(block:index:value:)``.
    func check(_ sum: SharedVector) throws(ModelError) {
        precondition(sum.values.count == count, "\(sum.values.count) sums for a model of \(count)")
        var index = 0
        for block in sum.layout.blocks {
            for position in 0..<block.count {
                let value = sum.values[index]
                // A consensus errs by up to 1e-9 of participants times scale: far less than this.
                let noise = max(1, 1e-5 * block.scale)
                let isCount =
                    block.name == "N" || block.name == "sumR2" || block.name == "rows"
                    || block.name == "missing" || block.name == "norm4"
                guard value.isFinite && !(isCount && value < -noise) else {
                    throw .impossibleSum(block: block.name, index: position, value: value)
                }
                index += 1
            }
        }
    }
}

extension GraphicalMixtureModel {
    var statistics: SufficientStatistics {
        SufficientStatistics(slotCount: slotCount, columnCount: columnCount)
    }

    package func layout(rowScale: Double, valueLimit: Double) -> VectorLayout {
        statistics.layout(rowScale: rowScale, valueLimit: max(valueLimit, privacy?.clip ?? 0))
    }
}
