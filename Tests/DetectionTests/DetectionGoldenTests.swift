import Testing

@testable import Detection

/// Figures of scikit-learn and numpy: `Golden/detection.py` prints them and says which versions.
@Suite struct DetectionGoldenTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let rows: Int
        let levels: UInt64
        let seed: UInt64
        let rocAUC: Double
        let averagePrecision: Double
        let percentile55: Double
        let precision: Double
        let recall: Double
        let f1: Double
        /// TP, FP, TN, FN.
        let counts: [Int]

        var testDescription: String { "\(rows) rows on \(levels) levels" }

        /// The inputs of the recipe: a linear congruential generator, scores on a grid so that many tie.
        var inputs: (scores: [Double], labels: [Bool]) {
            var state = seed
            var scores: [Double] = []
            var labels: [Bool] = []
            for _ in 0..<rows {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let isAnomaly = (state >> 40) % 5 == 0
                scores.append(Double((state >> 33) % levels + (isAnomaly ? levels / 4 : 0)) / 8)
                labels.append(isAnomaly)
            }
            return (scores, labels)
        }
    }

    /// Both programs add up to a thousand terms of one sign, in another order.
    static let relativeTolerance = 1e-13

    @Test(arguments: [
        Case(
            rows: 40, levels: 7, seed: 1, rocAUC: 0.5773809523809524,
            averagePrecision: 0.4663275666016894, percentile55: 0.375,
            precision: 0.23809523809523808, recall: 0.4166666666666667, f1: 0.30303030303030304,
            counts: [5, 16, 12, 7]),
        Case(
            rows: 200, levels: 50, seed: 2, rocAUC: 0.7370045484080572,
            averagePrecision: 0.5319521894789551, percentile55: 4.125,
            precision: 0.2682926829268293, recall: 0.5789473684210527, f1: 0.36666666666666664,
            counts: [22, 60, 102, 16]),
        Case(
            rows: 1000, levels: 1048576, seed: 3, rocAUC: 0.7247177544302761,
            averagePrecision: 0.5374861997468294, percentile55: 80312.38125000002,
            precision: 0.3209302325581395, recall: 0.6301369863013698, f1: 0.4252696456086287,
            counts: [138, 292, 489, 81]),
        Case(
            rows: 1000, levels: 3, seed: 4, rocAUC: 0.48041726389552475,
            averagePrecision: 0.1893231387086809, percentile55: 0.125,
            precision: 0.1852409638554217, recall: 0.6307692307692307, f1: 0.28637951105937137,
            counts: [123, 541, 264, 72]),
    ])
    func `all figures equal those of scikit-learn`(_ golden: Case) throws {
        let (scores, labels) = golden.inputs
        let threshold = try #require(Threshold.percentile(55, of: Array(scores.prefix(golden.rows / 2))))
        #expect(threshold == golden.percentile55)
        let figures = DetectionFigures(scores: scores, labels: labels, threshold: threshold)
        let counts = figures.confusion
        #expect(
            [counts.truePositives, counts.falsePositives, counts.trueNegatives, counts.falseNegatives]
                == golden.counts)
        for (ours, theirs) in [
            (figures.rocAUC, golden.rocAUC), (figures.averagePrecision, golden.averagePrecision),
            (counts.precision, golden.precision), (counts.recall, golden.recall), (counts.f1, golden.f1),
        ] {
            let ours = try #require(ours)
            #expect(abs(ours - theirs) <= Self.relativeTolerance * theirs)
        }
    }
}
