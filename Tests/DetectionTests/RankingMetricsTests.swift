import Testing

@testable import Detection

@Suite struct RankingMetricsTests {
    /// A sum of at most a hundred terms below one, in another order.
    static let tolerance = 1e-14

    /// Seeded scores on a grid of seven values, so that many tie, and labels of both kinds.
    static func example(seed: UInt64) -> (scores: [Double], labels: [Bool]) {
        var state = seed
        var scores: [Double] = []
        var labels = [true, false]
        for _ in 0..<60 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            scores.append(Double((state >> 33) % 7) - 3)
            labels.append((state >> 50) % 3 == 0)
        }
        return (scores, Array(labels.prefix(60)))
    }

    @Test func `perfect and reversed rankings have areas one and zero`() {
        let labels = [false, false, true, true]
        #expect(RankingMetrics.rocAUC(scores: [1, 2, 3, 4], labels: labels) == 1)
        #expect(RankingMetrics.rocAUC(scores: [4, 3, 2, 1], labels: labels) == 0)
        #expect(RankingMetrics.averagePrecision(scores: [1, 2, 3, 4], labels: labels) == 1)
        // Anomalies at ranks 3 and 4: ½ · (1/3) + ½ · (2/4).
        #expect(RankingMetrics.averagePrecision(scores: [4, 3, 2, 1], labels: labels) == (1.0 / 3 + 0.5) / 2)
    }

    @Test func `scores that all tie rank like a coin`() {
        let labels = [true, false, false, false]
        #expect(RankingMetrics.rocAUC(scores: [2, 2, 2, 2], labels: labels) == 0.5)
        #expect(RankingMetrics.averagePrecision(scores: [2, 2, 2, 2], labels: labels) == 0.25)
    }

    @Test func `a tie between an anomaly and a normal row counts one half`() {
        // Pairs: (3, 1) right, (3, 3) tied, (0, 1) and (0, 3) wrong.
        let auc = RankingMetrics.rocAUC(scores: [3, 0, 1, 3], labels: [true, true, false, false])
        #expect(auc == 1.5 / 4)
    }

    @Test func `labels that are all alike have no figure`() {
        for labels in [[true, true], [false, false], []] {
            let scores = labels.map { _ in 1.0 }
            #expect(RankingMetrics.rocAUC(scores: scores, labels: labels) == nil)
            #expect(RankingMetrics.averagePrecision(scores: scores, labels: labels) == nil)
        }
    }

    @Test func `a score that is not a number has no figure, an infinite one has`() {
        #expect(RankingMetrics.rocAUC(scores: [1, .nan], labels: [true, false]) == nil)
        #expect(RankingMetrics.averagePrecision(scores: [1, .nan], labels: [true, false]) == nil)
        #expect(RankingMetrics.rocAUC(scores: [.infinity, -.infinity], labels: [true, false]) == 1)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the area is that of counting all pairs`(seed: UInt64) throws {
        let (scores, labels) = Self.example(seed: seed)
        var points = 0.0
        var pairs = 0.0
        for anomaly in scores.indices where labels[anomaly] {
            for normal in scores.indices where !labels[normal] {
                pairs += 1
                if scores[anomaly] > scores[normal] { points += 1 }
                if scores[anomaly] == scores[normal] { points += 0.5 }
            }
        }
        #expect(RankingMetrics.rocAUC(scores: scores, labels: labels) == points / pairs)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `monotone transforms change nothing and a sign turns the area around`(seed: UInt64) throws {
        let (scores, labels) = Self.example(seed: seed)
        let auc = try #require(RankingMetrics.rocAUC(scores: scores, labels: labels))
        let precision = RankingMetrics.averagePrecision(scores: scores, labels: labels)
        let cubed = scores.map { $0 * $0 * $0 + 1000 }
        #expect(RankingMetrics.rocAUC(scores: cubed, labels: labels) == auc)
        #expect(RankingMetrics.averagePrecision(scores: cubed, labels: labels) == precision)
        let turned = try #require(RankingMetrics.rocAUC(scores: scores.map { -$0 }, labels: labels))
        #expect(abs(turned - (1 - auc)) <= Self.tolerance)
        let swapped = try #require(RankingMetrics.rocAUC(scores: scores, labels: labels.map { !$0 }))
        #expect(abs(swapped - (1 - auc)) <= Self.tolerance)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the order of rows changes nothing`(seed: UInt64) {
        let (scores, labels) = Self.example(seed: seed)
        let reversedScores = Array(scores.reversed())
        let reversedLabels = Array(labels.reversed())
        #expect(
            RankingMetrics.rocAUC(scores: scores, labels: labels)
                == RankingMetrics.rocAUC(scores: reversedScores, labels: reversedLabels))
        #expect(
            RankingMetrics.averagePrecision(scores: scores, labels: labels)
                == RankingMetrics.averagePrecision(scores: reversedScores, labels: reversedLabels))
    }
}
