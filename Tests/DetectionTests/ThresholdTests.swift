import Testing

@testable import Detection

@Suite struct ThresholdTests {
    @Test func `a percentile interpolates between neighbouring ranks`() {
        // Position 0.95 · 4 = 3.8 between the ranks of 40 and 50, from the nearer end.
        let position = 4 * (95.0 / 100)
        #expect(Threshold.percentile(95, of: [50, 10, 30, 20, 40]) == 50 - 10 * (1 - (position - 3)))
        #expect(Threshold.percentile(50, of: [4, 1, 3, 2]) == 2.5)
    }

    @Test func `the ends are the smallest and the largest value`() {
        let values = [3.0, -1, 7, 2]
        #expect(Threshold.percentile(0, of: values) == -1)
        #expect(Threshold.percentile(100, of: values) == 7)
    }

    @Test func `one value is every percentile`() {
        for percent in [0.0, 37, 95, 100] {
            #expect(Threshold.percentile(percent, of: [1.5]) == 1.5)
        }
    }

    @Test func `no values or one that is not a number have no percentile`() {
        #expect(Threshold.percentile(95, of: []) == nil)
        #expect(Threshold.percentile(95, of: [1, .nan]) == nil)
    }

    @Test func `infinite scores never turn into a number that is none`() throws {
        let value = try #require(Threshold.percentile(95, of: [1, 2, .infinity, .infinity]))
        #expect(value == .infinity)
    }

    @Test func `about the promised part of the values lies above`() throws {
        let values = (0..<1000).map { Double(($0 * 379) % 1000) }
        let threshold = try #require(Threshold.percentile(Threshold.defaultPercentile, of: values))
        #expect(values.count { $0 > threshold } == 50)
    }
}
