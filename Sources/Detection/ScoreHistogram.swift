/// Bins of a reading, to agree on its quantiles by one sum of counts.
///
/// Bins are narrow around a centre that everybody knows and widen by a tenth from one to the next, so that 256 of them
/// reach from a fraction of a nat to readings of millions. Readings further out count in the outermost bins.
/// Edges are +, −, × and √ of the arguments alone: the same bits at every participant.
package struct ScoreHistogram: Sendable, Equatable {
    /// Bins on both sides of the centre together.
    package static let binCount = 256
    /// Each bin is wider than its inner neighbour by this.
    private static let growth = 1.1

    /// Ascending, `binCount + 1` of them.
    package let edges: [Double]
    /// The width of the innermost bins, > 0: no spread comes out smaller.
    package let finest: Double

    /// - Parameters:
    ///   - centre: where readings are expected; finite.
    ///   - unit: how far they are expected to spread, > 0.
    package init(centre: Double, unit: Double) {
        precondition(centre.isFinite && unit > 0 && unit.isFinite, "bins around \(centre) in \(unit)")
        let finest = unit / 10
        var offsets: [Double] = [0]
        var width = finest
        for index in 0..<Self.binCount / 2 {
            offsets.append(offsets[index] + width)
            width *= Self.growth
        }
        self.finest = finest
        edges = offsets.dropFirst().reversed().map { centre - $0 } + offsets.map { centre + $0 }
    }

    /// How many readings each bin holds; a reading that is not a number counts as the oddest.
    ///
    /// - Returns: shape `(binCount)`, whole numbers.
    /// - Complexity: O(n log binCount).
    package func counts(of readings: [Double]) -> [Double] {
        var counts = [Double](repeating: 0, count: Self.binCount)
        for reading in readings { counts[bin(of: reading)] += 1 }
        return counts
    }

    private func bin(of reading: Double) -> Int {
        guard !reading.isNaN else { return Self.binCount - 1 }
        // The last of the inner edges that does not exceed the reading.
        var low = 0
        var high = Self.binCount
        while high - low > 1 {
            let middle = (low + high) / 2
            if edges[middle] <= reading { low = middle } else { high = middle }
        }
        return low
    }

    /// Median and 90 % quantile of counts that were added up over participants; linear within a bin.
    ///
    /// - Parameter counts: shape `(binCount)`, finite; what consensus leaves below 0 counts as 0.
    package func scale(counts: [Double]) -> ScoreScale {
        precondition(counts.count == Self.binCount, "\(counts.count) counts for \(Self.binCount) bins")
        let held = counts.map { max($0, 0) }
        let total = held.reduce(0, +)
        let median = quantile(0.5, of: held, total: total)
        let upper = quantile(0.9, of: held, total: total)
        return ScoreScale(median: median, spread: max(upper - median, finest))
    }

    /// Counts whose running sums never fall, nearest to noisy ones: half way between the largest sum so far and the smallest
    /// still to come.
    ///
    /// Noise leaves half of the empty bins with a count; taking all negative counts for 0 would add up the others to many
    /// rows. Running sums average them out.
    ///
    /// - Parameter noisy: shape `(binCount)`, finite.
    /// - Returns: shape `(binCount)`, ≥ 0.
    package static func monotone(_ noisy: [Double]) -> [Double] {
        var sums: [Double] = []
        for count in noisy { sums.append((sums.last ?? 0) + count) }
        var highest: [Double] = []
        for sum in sums { highest.append(max(highest.last ?? 0, sum)) }
        var lowest = sums
        for index in lowest.indices.dropLast().reversed() {
            lowest[index] = min(lowest[index], lowest[index + 1])
        }
        var below = 0.0
        return zip(highest, lowest).map { high, low in
            let sum = max((high + low) / 2, below)
            defer { below = sum }
            return sum - below
        }
    }

    private func quantile(_ part: Double, of counts: [Double], total: Double) -> Double {
        let wanted = part * total
        var below = 0.0
        for (bin, count) in counts.enumerated() {
            if count > 0 && below + count >= wanted {
                let fraction = min(max((wanted - below) / count, 0), 1)
                return edges[bin] + (edges[bin + 1] - edges[bin]) * fraction
            }
            below += count
        }
        return edges[Self.binCount / 2]
    }
}
