import Detection
import Testing

@Suite struct ScoreScaleTests {
    /// A skewed list of 1,001 readings around 40.
    private static let readings: [Double] = (0...1000).map { index in
        let part = Double(index) / 1000
        return 30 + 10 * part + 10 * part * part * part
    }

    @Test func `median and spread are those of the readings, to a bin`() {
        let histogram = ScoreHistogram(centre: 37, unit: 4)
        let scale = histogram.scale(counts: histogram.counts(of: Self.readings))
        // The bins near the centre are 0.4 wide and widen by a tenth each; interpolation leaves less than one.
        #expect(abs(scale.median - Self.readings[500]) < 0.2)
        #expect(abs(scale.median + scale.spread - Self.readings[900]) < 0.8)
        #expect(scale.standardised(scale.median) == 0)
        #expect(abs(scale.standardised(scale.median + scale.spread) - 1) < 1e-12)
    }

    @Test func `counts of participants add up to those of all`() {
        let histogram = ScoreHistogram(centre: 37, unit: 4)
        let parts = [Array(Self.readings.prefix(300)), Array(Self.readings.dropFirst(300))]
        let sums = zip(histogram.counts(of: parts[0]), histogram.counts(of: parts[1])).map { $0 + $1 }
        #expect(sums == histogram.counts(of: Self.readings))
    }

    @Test func `readings out of all bounds count at the ends`() {
        let histogram = ScoreHistogram(centre: 0, unit: 1)
        let counts = histogram.counts(of: [-1e300, 1e300, .infinity, .nan, 0])
        #expect(counts[0] == 1)
        #expect(counts[ScoreHistogram.binCount - 1] == 3)
        #expect(counts.reduce(0, +) == 5)
        #expect(histogram.edges == histogram.edges.sorted())
        #expect(histogram.edges.count == ScoreHistogram.binCount + 1)
        #expect(histogram.edges.last ?? 0 > 1e5)
    }

    @Test func `equal readings, none, and noise of a consensus give a scale`() {
        let histogram = ScoreHistogram(centre: 5, unit: 2)
        let equal = histogram.scale(counts: histogram.counts(of: [5.1, 5.1, 5.1]))
        #expect(abs(equal.median - 5.1) < histogram.finest)
        #expect(equal.spread >= histogram.finest)
        let none = histogram.scale(counts: histogram.counts(of: []))
        #expect(none.spread >= histogram.finest)
        var noisy = histogram.counts(of: Self.readings)
        for bin in noisy.indices { noisy[bin] += bin % 2 == 0 ? 1e-6 : -1e-6 }
        let clean = histogram.scale(counts: histogram.counts(of: Self.readings))
        #expect(abs(histogram.scale(counts: noisy).median - clean.median) < 1e-3)
    }
}
