package import LinearAlgebra
package import Models

/// Differentially private EM (mathematics.md §6.4): what leaves is a Gaussian mechanism in every single row.
///
/// A row, held to ‖x‖ ≤ R, adds T(x) = (r_k, √2 r_k x/R, r_k xxᵀ/R²)_k with off-diagonal products counted √2 times, and
/// ‖T(x)‖ = ‖r‖ (1 + ‖x‖²/R²) ≤ 2 over all patterns together: adding or removing a row moves the sums by 2 at most.
///
/// That needs r to depend on the row and on public values alone. π^s depends on all rows of its participant, so one row
/// would move every other's r; here r is made with the *agreed* weights N̄_k/ΣN̄, and π^s, exact, is kept for the owner's
/// scores. Log-likelihood, Σr², Σ‖x‖⁴ and counts of rows and cells do not leave: zeros stand in their place.
extension GraphicalMixtureModel {
    /// The largest change of T's sum when one row is added or removed.
    package static let sensitivity = 2.0
    /// A symmetric matrix of independent noise of deviation σ off its diagonal has its eigenvalues within ±2σ√d, as d grows
    /// (Wigner 1955): below that nothing can be told from noise.
    private static let noiseFloor = 2.0

    /// The patterns' agreed parts of all rows; equal ones before there are any.
    var agreedWeights: [Double] {
        Self.renormalised(patterns.map { $0?.count ?? 0 }, patterns: patterns)
    }

    package var withoutOwnState: any ModelKind {
        var shared = self
        shared.weights = agreedWeights
        return shared
    }

    /// N_k, m_k and C_k of the clipped rows under the agreed weights, with this participant's share of the noise.
    ///
    /// A missing cell counts as 0, the agreed mean.
    ///
    /// - Precondition: the model was made with ``GraphicalMixtureSettings/privacy``.
    package func privateUpdate(
        rows: TrainingRows, layout: VectorLayout, on runner: any ParallelRunner,
        using generator: inout some RandomNumberGenerator
    ) -> LocalUpdate {
        guard let privacy else { preconditionFailure("a private update of a model without privacy") }
        let update = clippedStatistics(rows: rows, layout: layout, clip: privacy.clip, on: runner)
        var values = update.shared.values
        PrivateNoise.add(
            to: &values, deviations: noiseDeviations(privacy, share: privacy.share), using: &generator)
        if sendsTraces { spreadTraces(&values) }
        return LocalUpdate(
            shared: SharedVector(layout: layout, values: values), kept: update.kept,
            concentrations: update.concentrations)
    }

    /// What ``privateUpdate(rows:layout:on:using:)`` adds noise to.
    func clippedStatistics(
        rows: TrainingRows, layout: VectorLayout, clip: Double, on runner: any ParallelRunner = SerialRunner()
    ) -> LocalUpdate {
        var reader = self
        reader.weights = agreedWeights
        let update = reader.localUpdate(
            rows: TrainingRows(
                source: rows.source.mapped { Self.clipped($0, to: clip) }, completeCount: rows.rowCount),
            layout: layout, on: runner)
        var values = update.shared.values
        for index in statistics.squaresIndex(0)..<values.count { values[index] = 0 }
        if sendsTraces { gatherTraces(&values) }
        return LocalUpdate(
            shared: SharedVector(layout: layout, values: values), kept: update.kept,
            concentrations: update.concentrations)
    }

    /// Rows without NaN, each scaled down to norm R where it is longer; shape as given.
    package static func clipped(_ rows: Matrix, to limit: Double) -> Matrix {
        var result = rows
        let d = rows.columnCount
        for row in 0..<rows.rowCount {
            var square = 0.0
            for index in row * d..<(row + 1) * d {
                if result.elements[index].isNaN { result.elements[index] = 0 }
                square += result.elements[index] * result.elements[index]
            }
            let norm = square.squareRoot()
            // A last bit under R, so that rounding exceeds nothing.
            guard norm > limit else { continue }
            let factor = limit * (1 - 0x1p-48) / norm
            for index in row * d..<(row + 1) * d { result.elements[index] *= factor }
        }
        return result
    }

    /// The standard deviation of every entry's noise, in units of the model; 0 where an entry is always 0.
    ///
    /// - Parameter share: 1 for the whole sum, a participant's part otherwise.
    func noiseDeviations(_ privacy: RowPrivacy, share: Double) -> [Double] {
        let deviation = privacy.multiplier * Self.sensitivity * share
        let diagonal = deviation * privacy.clip * privacy.clip
        let half = 0.5.squareRoot()
        var result = [Double](repeating: 0, count: statistics.count)
        for slot in 0..<slotCount {
            result[statistics.countIndex(slot)] = deviation
            let means = statistics.meanIndex(slot)
            for column in 0..<columnCount { result[means + column] = deviation * privacy.clip * half }
            var index = statistics.scatterIndex(slot)
            if sendsTraces {
                result[index] = diagonal
                continue
            }
            for row in 0..<columnCount {
                for column in row..<columnCount {
                    result[index] = row == column ? diagonal : diagonal * half
                    index += 1
                }
            }
        }
        return result
    }

    /// Whether nothing is read of the products but their trace: r‖x‖²/R² then stands for r xxᵀ/R², whose norm is the same, so that the
    /// sensitivity is too. The broad pattern takes the whole products of the first round.
    private var sendsTraces: Bool { shape == .spherical && common != nil }

    /// Where a slot's diagonal entries stand.
    private func diagonal(_ slot: Int) -> [Int] {
        var index = statistics.scatterIndex(slot)
        return (0..<columnCount).map { row in
            defer { index += columnCount - row }
            return index
        }
    }

    /// Puts every slot's tr C into the first entry of its products and 0 into the others.
    private func gatherTraces(_ values: inout [Double]) {
        for slot in 0..<slotCount {
            let first = statistics.scatterIndex(slot)
            let trace = diagonal(slot).reduce(0) { $0 + values[$1] }
            for index in first..<first + statistics.triangleCount { values[index] = 0 }
            values[first] = trace
        }
    }

    /// Spreads the first entry over the diagonal, whose entries the layout has room for.
    private func spreadTraces(_ values: inout [Double]) {
        for slot in 0..<slotCount {
            let trace = values[statistics.scatterIndex(slot)]
            for index in diagonal(slot) { values[index] = trace / Double(columnCount) }
        }
    }

    /// The same moments with one variance for all columns: at least what noise alone may leave, two of its deviations.
    func spherical(_ moments: PatternMoments) -> PatternMoments {
        var trace = 0.0
        for index in 0..<columnCount { trace += moments.scatter[index, index] }
        var variance = max(trace / Double(columnCount), 0)
        if let privacy {
            // Whole products have noise in every diagonal entry, more of it together than a trace of its own.
            let noisy = sendsTraces ? 1 : Double(columnCount).squareRoot()
            let deviation = privacy.multiplier * Self.sensitivity * privacy.clip * privacy.clip * noisy
            variance = max(variance, 2 * deviation / Double(columnCount) / moments.count)
        }
        var scatter = Matrix(rowCount: columnCount, columnCount: columnCount)
        for index in 0..<columnCount { scatter[index, index] = variance }
        return moments.with(scatter: scatter)
    }

    /// Noise makes counts negative: they count as 0. Rows are those of all patterns. Post-processing.
    func withoutImpossibleCounts(_ sum: SharedVector) -> SharedVector {
        var values = sum.values
        var rowCount = 0.0
        for slot in 0..<slotCount {
            let index = statistics.countIndex(slot)
            if patterns[slot] == nil { values[index] = 0 }
            values[index] = max(values[index], 0)
            rowCount += values[index]
        }
        for index in statistics.squaresIndex(0)..<values.count { values[index] = 0 }
        values[statistics.rowsIndex] = rowCount
        return SharedVector(layout: sum.layout, values: values)
    }

    /// Rows below which a pattern is dropped: one, or what noise alone may give, but never all patterns.
    func rowsMin(_ sum: SharedVector) -> Double {
        guard let privacy else { return Self.rowsMin }
        let largest = (0..<slotCount).reduce(0.0) { max($0, sum.values[statistics.countIndex($1)]) }
        return max(Self.rowsMin, min(2 * privacy.multiplier * Self.sensitivity, largest))
    }

    /// The same moments with the scatter's eigenvalues raised to what noise of this size leaves nothing below of: a function of
    /// agreed numbers alone.
    ///
    /// - Parameter blockCount: noisy blocks that were added up in the moments.
    func denoised(_ moments: PatternMoments, blockCount: Int = 1) -> PatternMoments {
        guard let privacy else { return moments }
        let entry =
            privacy.multiplier * Self.sensitivity * privacy.clip * privacy.clip
            * (0.5 * Double(blockCount)).squareRoot() / moments.count
        let floor = Self.noiseFloor * entry * Double(columnCount).squareRoot()
        return moments.with(scatter: PortableEigenvectors(moments.scatter).raised(to: floor))
    }
}
