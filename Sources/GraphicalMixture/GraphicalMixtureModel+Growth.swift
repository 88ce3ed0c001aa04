import LinearAlgebra
import Models

/// K = 1, 2, 4, … patterns, each size grown from the one before by splitting; what is not grown to its limit settles in a
/// few rounds only.
extension GraphicalMixtureModel {
    /// Rounds that a size gets before it is split.
    private static let settlingRounds = 10
    /// A size has settled when the agreed objective per row changes by less.
    private static let settlingTolerance = 1e-5
    /// Rows below which a pattern is not split.
    private static let splitRowsMin = 10.0
    /// How far apart children start, in standard deviations of the parent's widest direction.
    private static let splitDistance = 0.8

    package var isGrown: Bool { size >= patternLimit }

    package var grownVectorCount: Int {
        SufficientStatistics(slotCount: max(patternLimit, slotCount), columnCount: columnCount).count
    }

    package func isSettled(roundCount: Int, change: Double?) -> Bool {
        // Rounds cost budget, and their number must not depend on the rows.
        if privacy != nil { return true }
        // One pattern takes every row whole: without missing cells its first round is its last.
        if (size == 1 && !hasMissingCells) || roundCount >= Self.settlingRounds { return true }
        return change.map { abs($0) < Self.settlingTolerance } ?? false
    }

    /// Splits every pattern of ten rows or more along its widest direction, largest first, up to the limit.
    ///
    /// Children stand at μ_k ± 0.8√λ·v with the parent's precision and half of its rows; own weights are halved alike.
    /// Slots of dropped patterns go. A pattern with one variance for all columns is no wider in one direction than in
    /// another: all are split along the broad pattern's widest direction, at the next size along its second widest, and so on.
    package mutating func grow() {
        let nextSize = min(2 * size, patternLimit)
        let active = patterns.indices.compactMap { slot in patterns[slot].map { (slot, $0) } }
        let ordered = active.sorted { ($1.1.count, $0.0) < ($0.1.count, $1.0) }
        let spread = broadDirection
        var room = max(nextSize - active.count, 0)
        var next: [MixturePattern?] = []
        var nextWeights: [Double] = []
        for (slot, pattern) in ordered {
            guard room > 0, pattern.count >= Self.splitRowsMin else {
                next.append(pattern)
                nextWeights.append(weights[slot])
                continue
            }
            room -= 1
            let widest =
                spread ?? LeadingDirection(precisionFactor: CholeskyFactor(upper: pattern.factor))
            let distance = Self.splitDistance * widest.variance.squareRoot()
            for side in [distance, -distance] {
                next.append(
                    pattern.moved(
                        to: zip(pattern.mean, widest.direction).map { $0 + side * $1 },
                        count: pattern.count / 2))
                nextWeights.append(weights[slot] / 2)
            }
        }
        size = nextSize
        patterns = next
        weights = nextWeights
        common?.isSuspect = [Bool](repeating: false, count: next.count)
    }

    /// Where patterns with one variance are split; nil where patterns have directions of their own.
    private var broadDirection: LeadingDirection? {
        guard shape == .spherical, let broad = common?.broad else { return nil }
        var rank = 0
        while 2 << rank <= size { rank += 1 }
        return LeadingDirection(
            covariance: CholeskyFactor(upper: broad.factor).inverse, rank: rank % columnCount)
    }
}
