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
    /// Eigenvalues below this times the noise's own spread, σ√d an entry, are mostly noise.
    private static let noiseFloor = 0.5

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
            for row in 0..<columnCount {
                for column in row..<columnCount {
                    result[index] = row == column ? diagonal : diagonal * half
                    index += 1
                }
            }
        }
        return result
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
