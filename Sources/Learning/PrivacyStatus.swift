package import Models
import Privacy

/// What a participant knows of how well the sums hide single rows.
package struct PrivacyStatus: Sendable, Equatable {
    /// Of the own vector that was prepared last; nil before, and without a gate.
    package internal(set) var own: GateReport? {
        didSet { if let own, !own.patterns.isEmpty { ownPatterns = own } }
    }
    /// Of the own vector that had patterns last: behind the rounds come vectors without.
    package private(set) var ownPatterns: GateReport?
    /// Of the patterns' sums that were agreed last; nil before.
    package internal(set) var network: NetworkFigures?
    /// Vectors that noise was added to, since the start of this process.
    package internal(set) var noiseEventCount = 0
    /// Vectors that patterns were left out of, since the start of this process.
    package internal(set) var suppressionCount = 0

    init() {}

    /// What counts at this moment: a vector that is held back, else the one that had patterns last.
    package var current: GateReport? { own?.outcome == .held ? own : ownPatterns ?? own }
}

/// The rows behind each agreed sum of a pattern, over all participants: what is seen where own sums are masked.
package struct NetworkFigures: Sendable, Equatable {
    /// One pattern of one model.
    package struct Pattern: Sendable, Equatable {
        package let coordinates: CoordinateSystem
        package let slot: Int
        /// N̄_k.
        package let count: Double
        /// Kish's (Σ_s N_k^s)²/Σ_sΣ_n r²; nil where N̄_k is at most half a row.
        package let effectiveCount: Double?
    }

    package let patterns: [Pattern]

    /// The smallest effective count; nil without an active pattern.
    package var minimum: Double? { patterns.compactMap(\.effectiveCount).min() }
    package var maximum: Double? { patterns.compactMap(\.effectiveCount).max() }

    /// - Parameters:
    ///   - values: an agreed sum in the units of the layout.
    ///   - layout: of a start or a round; nil comes of one without patterns.
    init?(_ values: [Double], layout: VectorLayout, coordinates: [CoordinateSystem]) {
        precondition(values.count == layout.count, "\(values.count) values for \(layout.count)")
        var blocks: [String: [[Double]]] = [:]
        var next = 0
        for block in layout.blocks {
            if block.name == "N" || block.name == "sumR2" {
                blocks[block.name, default: []].append(Array(values[next..<next + block.count]))
            }
            next += block.count
        }
        guard let counts = blocks["N"], let squares = blocks["sumR2"], counts.count == coordinates.count,
            squares.count == counts.count
        else { return nil }
        patterns = coordinates.indices.flatMap { index in
            let diversity = NetworkDiversity(counts: counts[index], sumsOfSquares: squares[index])
            return counts[index].indices.map { slot in
                Pattern(
                    coordinates: coordinates[index], slot: slot, count: counts[index][slot],
                    effectiveCount: diversity.effectiveCounts[slot])
            }
        }
    }
}
