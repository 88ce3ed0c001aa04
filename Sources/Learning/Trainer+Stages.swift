import Models

/// Shared arithmetic of the stages: +, −, ×, ÷ and √ on agreed values only.
extension Trainer {
    mutating func absorbScales(_ exponents: [Double]) {
        rowScale = power(exponents[0])
        columnScales = exponents.dropFirst().map(power)
        stage = .mean
    }

    /// 2^exponent; the exponents of a flooded maximum are whole numbers.
    private func power(_ exponent: Double) -> Double {
        Double(sign: .plus, exponent: Int(exponent.rounded()), significand: 1)
    }

    mutating func absorbMean(_ sums: [Double]) throws(TrainingError) {
        let rows = sums[0].rounded()
        guard rows >= 1,
            rows <= rowScale * Double(settings.participantCount)
        else { throw .impossibleRowCount(sums[0]) }
        rowCount = rows
        cellCounts = sums[1...settings.columnCount].map { min(max($0.rounded(), 0), rows) }
        if !settings.acceptsEmptyColumns, let column = cellCounts.firstIndex(of: 0) {
            throw .columnWithoutValues(column: column)
        }
        mean = zip(cellCounts, sums[(1 + settings.columnCount)...]).map { $0 > 0 ? $1 / $0 : 0 }
        deviationScales = columnScales.map { rowScale * 4 * $0 * $0 }
        stage = .deviation
    }

    /// The error that an agreed sum may carry at this scale.
    private func allowance(_ scale: Double) -> Double {
        settings.sumTolerance * Double(settings.participantCount) * scale
    }

    /// The first pass bounds every participant's own sum: Σ_s Σ_n (x − mean)² is at least each of its terms.
    mutating func absorbDeviation(_ sums: [Double]) {
        deviationScales = deviationScales.indices.map { column in
            let bound = max(sums[column], 0) + allowance(deviationScales[column])
            return min(powerOfTwo(atLeast: 2 * bound), deviationScales[column])
        }
        stage = .variance
    }

    mutating func absorbVariance(_ sums: [Double]) throws(TrainingError) {
        let scale = sums.indices.map { column -> Double in
            // What rounding alone can leave of a column that is constant everywhere.
            let rounding = rowCount * columnScales[column] * columnScales[column] * 0x1p-90
            let floor = max(8 * allowance(deviationScales[column]), rounding)
            guard sums[column] > floor else { return 1 }
            return (sums[column] / cellCounts[column]).squareRoot()
        }
        standardisation = Standardisation(mean: mean, scale: scale)
        prepareRows()
        if settings.coordinates.contains(.local) {
            stage = .spread
        } else {
            try beginLearning()
        }
    }

    mutating func absorbSpread(_ sums: [Double]) throws(TrainingError) {
        spread = ColumnSpread(
            sums: sums, counts: cellCounts)
        prepareRows()
        try beginLearning()
    }
}
