import Testing

@testable import Detection

@Suite struct ConfusionCountsTests {
    @Test func `a row is flagged from the threshold on`() {
        let counts = ConfusionCounts(
            scores: [1, 2, 3, 3, 4], labels: [false, true, true, false, true], threshold: 3)
        #expect(counts.truePositives == 2)
        #expect(counts.falsePositives == 1)
        #expect(counts.trueNegatives == 1)
        #expect(counts.falseNegatives == 1)
        #expect(counts.precision == 2.0 / 3)
        #expect(counts.recall == 2.0 / 3)
        #expect(counts.f1 == 4.0 / 6)
    }

    @Test func `figures without a denominator are missing`() {
        let nothingFlagged = ConfusionCounts(scores: [1, 1], labels: [true, false], threshold: 5)
        #expect(nothingFlagged.precision == nil)
        #expect(nothingFlagged.recall == 0)
        #expect(nothingFlagged.f1 == 0)
        let noAnomalies = ConfusionCounts(scores: [1, 9], labels: [false, false], threshold: 5)
        #expect(noAnomalies.precision == 0)
        #expect(noAnomalies.recall == nil)
        #expect(noAnomalies.f1 == 0)
        let neither = ConfusionCounts(scores: [1], labels: [false], threshold: 5)
        #expect(neither.f1 == nil)
    }

    @Test func `a score that is not a number is flagged`() {
        let counts = ConfusionCounts(scores: [.nan, 0], labels: [true, false], threshold: 1)
        #expect(counts.truePositives == 1)
        #expect(counts.trueNegatives == 1)
    }

    @Test func `figures gather ranking and threshold`() {
        let figures = DetectionFigures(scores: [0, 1, 2], labels: [false, false, true], threshold: 2)
        #expect(figures.rowCount == 3)
        #expect(figures.anomalyCount == 1)
        #expect(figures.rocAUC == 1)
        #expect(figures.averagePrecision == 1)
        #expect(figures.confusion.f1 == 1)
    }

    @Test func `labels of another length trap`() async {
        await #expect(processExitsWith: .failure) {
            _ = ConfusionCounts(scores: [1], labels: [], threshold: 0)
        }
    }
}
