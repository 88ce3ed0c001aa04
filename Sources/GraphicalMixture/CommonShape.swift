import LinearAlgebra

/// What a common shape adds to θ.
///
/// W = Σ_k N̄_k S_k/N is the covariance within patterns; W ← (1−δ)W + δ(tr W/d)·I with the intensity δ of Ledoit and
/// Wolf (2004); Σ_k = (N̄_k S_k + d·W)/(N̄_k + d) + 0.02·I. A pattern of many rows keeps its own shape, one of few takes the
/// common one. The intensity is fixed by the first sums, as is the one broad pattern of all rows.
struct CommonShape: Sendable {
    /// δ, 0…1.
    let shrinkage: Double
    /// The pattern of all rows: the agreed mean and covariance. Rows are read against it too.
    let broad: MixturePattern
    /// One entry a slot: whether the pattern looks like one of anomalies among the training rows.
    var isSuspect: [Bool]

    /// What is added to every variance, in squared standardised units.
    static let varianceFloor = 0.02
    /// A pattern of a larger share of all rows is never suspect.
    static let suspectShareMax = 0.1
    /// A suspect's mean square distance from the broad pattern exceeds the patterns' weighted median by this factor.
    static let suspectRatio = 2.0
    /// A participant that uses a suspect for so much of its rows keeps scoring with it.
    static let ownShareMax = 0.1

    /// δ = clip₀₁((q/N² − ‖C‖²/N)/‖C − (tr C/d)I‖²), 0 where C is a multiple of I.
    ///
    /// - Parameters:
    ///   - covariance: C, shape `(d, d)`.
    ///   - rowCount: N > 0.
    ///   - norm4: q = Σ‖x‖⁴.
    static func shrinkage(covariance: Matrix, rowCount: Double, norm4: Double) -> Double {
        let d = covariance.rowCount
        let level = meanVariance(covariance)
        var square = 0.0
        var distance = 0.0
        for row in 0..<d {
            for column in 0..<d {
                let entry = covariance[row, column]
                square += entry * entry
                let difference = row == column ? entry - level : entry
                distance += difference * difference
            }
        }
        guard distance > 0 else { return 0 }
        let ratio = (norm4 / rowCount / rowCount - square / rowCount) / distance
        return min(max(ratio, 0), 1)
    }

    /// (1−δ)W + δ(tr W/d)·I.
    static func shrunk(_ covariance: Matrix, by shrinkage: Double) -> Matrix {
        let level = shrinkage * meanVariance(covariance)
        var result = covariance
        for index in result.elements.indices { result.elements[index] *= 1 - shrinkage }
        for index in 0..<result.rowCount { result[index, index] += level }
        return result
    }

    /// tr C/d.
    private static func meanVariance(_ covariance: Matrix) -> Double {
        var trace = 0.0
        for index in 0..<covariance.rowCount { trace += covariance[index, index] }
        return trace / Double(covariance.rowCount)
    }

    /// Which patterns are suspect.
    ///
    /// The mean square distance of a pattern's rows from the broad pattern is linear in its agreed sums, so nothing
    /// else needs to be agreed: tr(Λ₀ C̄_k) − 2 μ₀ᵀΛ₀m̄_k + μ₀ᵀΛ₀μ₀.
    ///
    /// - Parameters:
    ///   - moments: one entry a slot.
    ///   - broad: μ₀ and Λ₀.
    ///   - priorStrength: λ0, with which C̄_k = Σ_k + N̄/(λ0+N̄) m̄m̄ᵀ.
    static func suspects(
        _ moments: [PatternMoments?], broad: MixturePattern, priorStrength: Double
    ) -> [Bool] {
        let distances = moments.map { moments in
            moments.map { meanSquareDistance($0, broad: broad, priorStrength: priorStrength) }
        }
        var total = 0.0
        for case let moments? in moments { total += moments.count }
        guard let median = weightedMedian(distances, moments, total: total) else {
            return moments.map { _ in false }
        }
        return zip(moments, distances).map { moments, distance in
            guard let moments, let distance else { return false }
            return moments.count / total < suspectShareMax && distance > suspectRatio * median
        }
    }

    private static func meanSquareDistance(
        _ moments: PatternMoments, broad: MixturePattern, priorStrength: Double
    ) -> Double {
        let d = moments.average.count
        let restored = moments.count / (priorStrength + moments.count)
        var sum = 0.0
        for row in 0..<d {
            for column in 0..<d {
                let a = moments.average[row]
                let b = moments.average[column]
                let product =
                    moments.scatter[row, column] + restored * (a * b)
                    - broad.mean[row] * b - a * broad.mean[column] + broad.mean[row] * broad.mean[column]
                sum += broad.precision[row, column] * product
            }
        }
        return sum
    }

    /// The distance below which half of all rows lie, each row at its pattern's mean.
    private static func weightedMedian(
        _ distances: [Double?], _ moments: [PatternMoments?], total: Double
    ) -> Double? {
        let slots = distances.indices.filter { distances[$0] != nil }
        let ordered = slots.sorted { (distances[$0] ?? 0, $0) < (distances[$1] ?? 0, $1) }
        var below = 0.0
        for slot in ordered {
            below += moments[slot]?.count ?? 0
            if below >= total / 2 { return distances[slot] }
        }
        return ordered.last.flatMap { distances[$0] }
    }
}
