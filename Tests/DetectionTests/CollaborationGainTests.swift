import Testing

@testable import Detection

@Suite struct CollaborationGainTests {
    private func readings(_ logDensities: [Double], scores: [Double]? = nil) -> CollaborationGain.Readings {
        CollaborationGain.Readings(scores: scores ?? logDensities.map { -$0 }, logDensities: logDensities)
    }

    @Test func `the gain is the mean difference over normal rows, with its standard error`() throws {
        let gain = try #require(
            CollaborationGain(
                alone: readings([-1, -2, -3, -100]), together: readings([0, -1.5, -3.5, -500]),
                labels: [false, false, false, true]))
        // Differences 1, 0.5, −0.5: mean 1/3, variance 7/12.
        #expect(abs(gain.logLikelihoodGain - 1.0 / 3) < 1e-15)
        #expect(abs(try #require(gain.standardError) - (7.0 / 36).squareRoot()) < 1e-15)
        #expect(abs(gain.betterShare - 2.0 / 3) < 1e-15)
        #expect(gain.alone.logLikelihood == -2)
        #expect(gain.rowCount == 4 && gain.anomalyCount == 1)
        #expect(gain.alone.rocAUC == 1)
        #expect(gain.verdict == .undecided)
    }

    @Test func `a clear gain pays, a clear loss does not`() {
        let base = (0..<20).map { -Double($0) }
        let better = base.enumerated().map { $1 + 1 + 0.01 * Double($0 % 2) }
        #expect(
            CollaborationGain(alone: readings(base), together: readings(better), labels: nil)?.verdict
                == .together)
        #expect(
            CollaborationGain(alone: readings(better), together: readings(base), labels: nil)?.verdict
                == .alone)
    }

    @Test func `likelihood and ranking that disagree leave it undecided`() throws {
        let labels = (0..<20).map { $0 >= 15 }
        let base = [Double](repeating: -1, count: 20)
        let better = base.enumerated().map { $1 + 1 + 0.01 * Double($0 % 2) }
        let right = labels.map { $0 ? 1.0 : 0 }
        let wrong = labels.map { $0 ? 0.0 : 1 }
        let worse = CollaborationGain(
            alone: readings(base, scores: right), together: readings(better, scores: wrong), labels: labels)
        #expect(try #require(worse).verdict == .undecided)
        let agreed = CollaborationGain(
            alone: readings(base, scores: wrong), together: readings(better, scores: right), labels: labels)
        #expect(try #require(agreed).verdict == .together)
    }

    @Test func `rows without a normal one compare nothing, and one row has no error`() throws {
        #expect(CollaborationGain(alone: readings([1]), together: readings([2]), labels: [true]) == nil)
        let single = try #require(
            CollaborationGain(alone: readings([1]), together: readings([2]), labels: nil))
        #expect(single.standardError == nil && single.verdict == .undecided)
    }
}
