import Testing

@testable import Privacy

/// ln and exp of our own, each within two units of the last place, on numbers below a hundred.
let relativeTolerance = 1e-13

func isClose(_ left: Double?, _ right: Double, within tolerance: Double = relativeTolerance) -> Bool {
    guard let left else { return false }
    return abs(left - right) <= tolerance * max(1, abs(right))
}

@Suite struct EntropyDiversityTests {
    @Test(arguments: [1, 2, 5, 100, 12_345])
    func `equal weights hide a row among all rows`(rowCount: Int) {
        for weight in [1.0, 0.25] {
            let sums = WeightSums(responsibilities: Array(repeating: weight, count: rowCount))
            let diversity = EntropyDiversity([sums], activityThreshold: 0)
            // A sum of thousands of equal terms, one after the other.
            #expect(isClose(diversity.minimum, Double(rowCount), within: 1e-11))
            #expect(isClose(diversity.minimumEffectiveCount, Double(rowCount)))
            #expect(isClose(diversity.largestShare, 1 / Double(rowCount)))
        }
    }

    @Test func `two unequal weights have the entropy of a coin`() {
        let sums = WeightSums(responsibilities: [0.9, 0.3, 0])
        let pattern = EntropyDiversity([sums]).patterns[0]
        // g = (¾, ¼): E = 2 ln 2 − ¾ ln 3.
        #expect(isClose(pattern.entropy, 2 * 0.693_147_180_559_945_3 - 0.75 * 1.098_612_288_668_109_8))
        #expect(isClose(pattern.effectiveCount, 1 / (0.5625 + 0.0625)))
        #expect(isClose(pattern.largestShare, 0.75))
    }

    @Test func `one row alone in its pattern is seen, where the paper's figure sees 99`() throws {
        // 100 rows: the first alone under pattern 0, the others alike under pattern 1.
        let alone = (0..<100).map { $0 == 0 ? 1.0 : 0 }
        let others = (0..<100).map { $0 == 0 ? 0.0 : 1 }
        let ours = EntropyDiversity(
            [
                WeightSums(responsibilities: alone), WeightSums(responsibilities: others),
            ])
        #expect(isClose(ours.minimum, 1))
        #expect(isClose(ours.maximum, 99))
        #expect(ours.largestShare == 1)
        #expect(ours.verdict(required: 5) == .short(patterns: [0]))

        let paper = PaperDiversity(logLikelihoods: [
            alone.map { $0 == 1 ? 0 : -.infinity }, others.map { $0 == 1 ? -3 : -.infinity },
        ])
        #expect(isClose(paper.diversity, 99))
        #expect(paper.entropies[0] == 0)
    }

    @Test func `two equally weighted rows are read from N, m and C, and the required level forbids them`() {
        let first = [1.25, -3, 7]
        let second = [0.5, 4, -2]
        let weight = 0.75
        // What a participant shows of one pattern.
        let count = 2 * weight
        let sum = zip(first, second).map { weight * $0 + weight * $1 }
        func moment(_ row: Int, _ column: Int) -> Double {
            weight * (first[row] * first[column] + second[row] * second[column])
        }
        // The scatter around the mean is u uᵀ with u = (first − second) / 2: one column of it gives u up to
        // sign.
        let mean = sum.map { $0 / count }
        func scatter(_ row: Int, _ column: Int) -> Double {
            moment(row, column) / count - mean[row] * mean[column]
        }
        let half = (0..<3).map { scatter($0, 0) / scatter(0, 0).squareRoot() }
        let rebuilt = [
            (0..<3).map { mean[$0] + half[$0] }, (0..<3).map { mean[$0] - half[$0] },
        ]
        for column in 0..<3 {
            #expect(isClose(rebuilt[0][column], first[column], within: 1e-12))
            #expect(isClose(rebuilt[1][column], second[column], within: 1e-12))
        }

        let diversity = EntropyDiversity([WeightSums(responsibilities: [weight, weight])])
        #expect(isClose(diversity.minimum, 2))
        let required = DiversityRequirement.auto.level(columnCount: 3)
        #expect(diversity.verdict(required: required) == .short(patterns: [0]))
    }

    @Test func `a large weight shows although the entropy is high`() {
        let weights = [1.0] + Array(repeating: 0.001, count: 1000)
        let pattern = EntropyDiversity([WeightSums(responsibilities: weights)]).patterns[0]
        #expect(pattern.diversity > 60)
        #expect(pattern.effectiveCount < 4.01)
        #expect(isClose(pattern.largestShare, 0.5))
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the three figures keep their order`(seed: UInt64) {
        var state = seed
        let weights = (0..<50).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
        let pattern = EntropyDiversity([WeightSums(responsibilities: weights)]).patterns[0]
        // Rényi entropies fall with their order: of order 1, 2 and ∞.
        #expect(pattern.diversity <= 50 * (1 + relativeTolerance))
        #expect(pattern.effectiveCount <= pattern.diversity * (1 + relativeTolerance))
        #expect(1 / pattern.largestShare <= pattern.effectiveCount * (1 + relativeTolerance))
    }

    @Test func `patterns at or below the threshold are left out and keep their numbers`() {
        let diversity = EntropyDiversity([
            WeightSums(responsibilities: [0.25, 0.25]), WeightSums(responsibilities: []),
            WeightSums(responsibilities: [1, 1, 1]),
        ])
        #expect(diversity.patterns.map(\.pattern) == [2])
        #expect(diversity.verdict(required: 5) == .short(patterns: [2]))
        #expect(diversity.verdict(required: 2) == .met)
        let none = EntropyDiversity([])
        #expect(none.minimum == nil)
        #expect(none.verdict(required: 5) == .met)
    }

    @Test func `a responsibility above one traps`() async {
        await #expect(processExitsWith: .failure) { _ = WeightSums(responsibilities: [1.5]) }
    }
}
