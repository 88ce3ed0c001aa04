import LinearAlgebra

/// Patterns taken together: the Gaussian with the mean and covariance of their mixture.
package struct MergedPattern: Sendable, Equatable {
    /// How many patterns it stands for.
    package let partCount: Int
    /// N̄ of all of them.
    package let count: Double
    /// Shape `(d)`.
    package let mean: [Double]
    /// Shape `(d, d)`.
    let covariance: Matrix

    /// v = tr Σ/d: the variance of the nearest pattern with one variance for all columns.
    package var variance: Double {
        var trace = 0.0
        for index in mean.indices { trace += covariance[index, index] }
        return trace / Double(mean.count)
    }

    /// (tr Σ)²/tr Σ²: as how many independent columns a row's distance from the mean varies; 1…d.
    var freedom: Double {
        let trace = variance * Double(mean.count)
        return trace * trace / covariance.elements.reduce(0) { $0 + $1 * $1 }
    }

    /// Whether a copy can be drawn: not where entries of a file are at the end of the numbers.
    package var isUsable: Bool {
        variance.isNormal && variance > 0 && freedom.isNormal && mean.allSatisfy { $0.isFinite }
    }

    init(_ pattern: MixturePattern) {
        self.init(
            partCount: 1, count: pattern.count, mean: pattern.mean,
            covariance: CholeskyFactor(upper: pattern.factor).inverse)
    }

    private init(partCount: Int, count: Double, mean: [Double], covariance: Matrix) {
        self.partCount = partCount
        self.count = count
        self.mean = mean
        self.covariance = covariance
    }

    /// N₁N₂/(N₁ + N₂)·‖μ₁ − μ₂‖²: what merging adds to the sum of squares within patterns (Ward 1963).
    func cost(of other: MergedPattern) -> Double {
        let square = zip(mean, other.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return count * other.count / (count + other.count) * square
    }

    func merged(with other: MergedPattern) -> MergedPattern {
        let total = count + other.count
        let (own, others) = (count / total, other.count / total)
        var covariance = covariance
        for row in mean.indices {
            for column in mean.indices {
                let spread = (mean[row] - other.mean[row]) * (mean[column] - other.mean[column])
                covariance[row, column] =
                    own * covariance[row, column] + others * other.covariance[row, column]
                    + own * others * spread
            }
        }
        return MergedPattern(
            partCount: partCount + other.partCount, count: total,
            mean: zip(mean, other.mean).map { own * $0 + others * $1 }, covariance: covariance)
    }
}

extension GraphicalMixtureModel {
    /// The patterns in use, the nearest two merged again and again until no more than `limit` are left; in the order of slots.
    ///
    /// - Precondition: every count is positive.
    /// - Complexity: O(K³ + K²d²).
    package func merged(to limit: Int) -> [MergedPattern] {
        precondition(limit > 0, "merged to \(limit) patterns")
        var parts = patterns.compactMap { $0.map { MergedPattern($0) } }
        precondition(parts.allSatisfy { $0.count > 0 }, "\(parts.map(\.count)) rows of patterns")
        // Costs of part i with every earlier one.
        var costs = parts.indices.map { index in (0..<index).map { parts[index].cost(of: parts[$0]) } }
        while parts.count > limit {
            var (first, second, least) = (0, 1, Double.infinity)
            for later in costs.indices {
                for (earlier, cost) in costs[later].enumerated() where cost < least {
                    (first, second, least) = (earlier, later, cost)
                }
            }
            parts[first] = parts[first].merged(with: parts[second])
            parts.remove(at: second)
            costs.remove(at: second)
            for later in second..<max(costs.count, second) { costs[later].remove(at: second) }
            for other in parts.indices where other != first {
                let (earlier, later) = (min(first, other), max(first, other))
                costs[later][earlier] = parts[later].cost(of: parts[earlier])
            }
        }
        return parts
    }
}
