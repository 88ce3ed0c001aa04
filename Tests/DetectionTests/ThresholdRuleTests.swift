import Testing

@testable import Detection

@Suite struct ThresholdRuleTests {
    private let scores = (0..<200).map { Double(($0 * 379) % 200) }

    @Test(arguments: [0, 0.004, 0.01, 0.05, 0.5, 1])
    func `no more than the promised part raises an alarm`(rate: Double) throws {
        let threshold = try #require(ThresholdRule.falseAlarms(rate: rate).threshold(of: scores))
        // All scores differ here, so that the whole allowance can be used.
        #expect(scores.count { $0 >= threshold } == Int(rate * 200))
    }

    @Test func `equal scores are all called normal where not all may be called anomalies`() throws {
        let threshold = try #require(
            ThresholdRule.falseAlarms(rate: 0.1).threshold(of: [1, 2, 2, 2, 2, 2, 2, 2, 2, 2]))
        #expect(threshold > 2)
    }

    @Test func `mean and deviations are those of the scores`() throws {
        // 2, 4, 9: mean 5, squared deviations 9 + 1 + 16 = 26, variance 13.
        let threshold = try #require(ThresholdRule.sigma(count: 3).threshold(of: [2, 4, 9]))
        #expect(abs(threshold - (5 + 3 * 13.0.squareRoot())) < 1e-14)
    }

    @Test func `what sets no threshold gives none`() {
        #expect(ThresholdRule.falseAlarms(rate: 0.1).threshold(of: []) == nil)
        #expect(ThresholdRule.percentile(95).threshold(of: [1, .nan]) == nil)
        #expect(ThresholdRule.sigma(count: 3).threshold(of: [1]) == nil)
    }
}
