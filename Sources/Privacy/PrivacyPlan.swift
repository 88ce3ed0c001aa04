/// What a release of a run is of.
package enum ReleaseKind: UInt8, Sendable, CaseIterable {
    /// Row count, sums and sums of squares of all columns.
    case moments
    /// Statistics or a gradient of a start or round.
    case round
    /// Where readings of rows stand.
    case calibration
}

/// The releases of a whole run and their noise, fixed before the first from agreed settings alone.
///
/// Moments and calibration take fixed parts of the budget, the rounds the rest. A run whose releases end early has spent
/// less; one that would make more is stopped.
package struct PrivacyPlan: Sendable, Equatable {
    package let target: PrivacyTarget
    /// How many releases of each kind a run makes; rounds of all sizes together.
    package let roundCount: Int
    package let isCalibrated: Bool
    /// The Poisson rate of a round's rows; 1 takes all.
    package let rate: Double
    /// Noise multipliers z.
    package let moments: Double
    package let round: Double
    package let calibration: Double

    /// Parts of a pure Gaussian budget that go to the two releases around the rounds.
    private static let momentsPart = 0.15
    private static let calibrationPart = 0.15

    /// - Parameters:
    ///   - roundCount: ≥ 0.
    ///   - rate: above 0, at most 1.
    /// - Returns: nil where no noise keeps the promise.
    package init?(target: PrivacyTarget, roundCount: Int, rate: Double = 1, isCalibrated: Bool) {
        precondition(roundCount >= 0, "\(roundCount) rounds")
        guard let whole = target.smallestMultiplier({ RenyiCurve.gaussian(multiplier: $0) }) else {
            return nil
        }
        self.target = target
        self.roundCount = roundCount
        self.isCalibrated = isCalibrated
        self.rate = rate
        // The squares of multipliers add up harmonically: z²/part of a budget that z alone would use up.
        moments = whole / Self.momentsPart.squareRoot()
        calibration = whole / Self.calibrationPart.squareRoot()
        let around =
            RenyiCurve.gaussian(multiplier: moments)
            + RenyiCurve.gaussian(multiplier: calibration).repeated(isCalibrated ? 1 : 0)
        guard
            let round = target.smallestMultiplier(
                beside: around,
                { RenyiCurve.gaussian(multiplier: $0, rate: rate).repeated(roundCount) })
        else { return nil }
        self.round = round
    }

    /// What one release shows.
    package func curve(of kind: ReleaseKind) -> RenyiCurve {
        switch kind {
        case .moments: .gaussian(multiplier: moments)
        case .round: .gaussian(multiplier: round, rate: rate)
        case .calibration: .gaussian(multiplier: calibration)
        }
    }

    /// ε of a number of releases of each kind, by the order of ``ReleaseKind``'s cases.
    package func spent(counts: [Int]) -> Double {
        precondition(counts.count == ReleaseKind.allCases.count, "\(counts.count) counts")
        var total = RenyiCurve.nothing
        for (kind, count) in zip(ReleaseKind.allCases, counts) {
            total = total + curve(of: kind).repeated(count)
        }
        return total.epsilon(delta: target.delta).epsilon
    }
}
