import Testing

@testable import Privacy

@Suite struct NetworkDiversityTests {
    @Test func `participants' rows add up behind the agreed sums`() {
        // Three participants of 4 equal rows each in pattern 0; pattern 1 unused; pattern 2 is one row.
        let network = NetworkDiversity(counts: [12, 0.1, 1.5], sumsOfSquares: [12, 0.01, 2.25])
        #expect(network.effectiveCounts == [12, nil, 1])
        #expect(network.minimum == 1)
        #expect(network.maximum == 12)
        #expect(network.verdict(required: 5) == .short(patterns: [2]))
        #expect(network.verdict(required: 1) == .met)
    }

    @Test func `rounding and masks cannot push a count below one row`() {
        // Agreed sums carry the last digits of the masks: Σ r² a little above (Σ r)².
        let network = NetworkDiversity(counts: [1, 2], sumsOfSquares: [1.000_001, 0], activityThreshold: 0)
        #expect(network.effectiveCounts == [1, 2])
    }
}
