import Detection
package import LinearAlgebra
package import Models
package import Privacy

/// How everything that leaves a participant is made differentially private for every one of its rows.
///
/// The usual stages ask for maxima, exact moments, the participants' own spreads, objectives and counts of readings. A private
/// run has three kinds of exchange, and nothing else leaves:
///
/// | usual | private |
/// |---|---|
/// | scales (flooded maxima) | not exchanged: ranges of the columns and a limit on rows are public |
/// | mean, deviation, variance | one noisy sum of 1, x and x² within the ranges |
/// | spread (own coordinates) | not exchanged, shared units only: own ones move all rows when one changes |
/// | starts | one round a size of a growing dictionary, whatever the sums say; no choice by objective |
/// | rounds | noisy statistics or gradients, a fixed number; no objective, hence no stopping by it |
/// | calibration | noisy counts of readings under θ alone |
///
/// Which pattern is split, suspect or dropped follows from noisy sums, as θ does: that costs nothing.
package struct TrainingPrivacy: Sendable, Equatable {
    package let plan: PrivacyPlan
    /// Lowest and highest value of every column as everybody may know them, low < high; values beyond are held.
    package let ranges: [ClosedRange<Double>]
    /// The part of a sum's noise that one participant adds: see ``RowPrivacy/share``.
    package let share: Double

    /// A participant with more rows has its sums clipped.
    package static let rowsMax = 0x1p20

    /// - Precondition: every range is finite and not empty.
    package init(plan: PrivacyPlan, ranges: [ClosedRange<Double>], share: Double) {
        for range in ranges {
            precondition(
                range.lowerBound < range.upperBound && (range.upperBound - range.lowerBound).isFinite,
                "\(range)")
        }
        precondition(share > 0 && share <= 1, "a share of \(share)")
        self.plan = plan
        self.ranges = ranges
        self.share = share
    }

    /// What is promised and what the ledger has used up of it.
    package func budget(of ledger: PrivacyLedger) -> PrivacyBudget {
        PrivacyBudget(
            epsilon: plan.target.epsilon, delta: plan.target.delta, spent: ledger.spent(under: plan))
    }
}

extension TrainingStage {
    /// What a vector of this stage counts as; nil where a private run sends none.
    package var releaseKind: ReleaseKind? {
        switch self {
        case .moments: .moments
        case .start, .round: .round
        case .calibration: .calibration
        case .scales, .mean, .deviation, .variance, .spread, .finished: nil
        }
    }
}

extension Trainer {
    /// ``localUpdate(on:)``, with noise where the settings ask for privacy.
    ///
    /// - Parameters:
    ///   - runner: changes no bit of the result.
    ///   - generator: gives noise and samples; libsodium's in a daemon. Not asked where nothing is private.
    package func localUpdate(
        on runner: any ParallelRunner = SerialRunner(), using generator: inout some RandomNumberGenerator
    ) -> LocalUpdate {
        guard let privacy = settings.privacy else { return localUpdate(on: runner) }
        switch stage {
        case .moments:
            var values = ownMoments(privacy.ranges)
            PrivateNoise.add(
                to: &values, deviation: momentsNoise(privacy) * privacy.share, using: &generator)
            return plain(values)
        case .start, .round:
            return statistics { _, view, layout in
                view.model.privateUpdate(
                    rows: rows(of: view.coordinates), layout: layout, on: runner, using: &generator)
            }
        case .calibration:
            let readers = views.reduce(0) { $0 + $1.histograms().count }
            // Every row is in one bin of every reader.
            let noise = privacy.plan.calibration * Double(readers).squareRoot()
            var values = views.flatMap { view in
                view.withoutOwnState.counts(rows: rows(of: view.coordinates).source, on: runner)
            }
            PrivateNoise.add(to: &values, deviation: noise * privacy.share, using: &generator)
            return plain(values)
        case .scales, .mean, .deviation, .variance, .spread, .finished:
            preconditionFailure("stage \(stage) of a private run")
        }
    }

    /// The layout of ``TrainingStage/moments``.
    var momentsLayout: VectorLayout {
        VectorLayout([
            VectorBlock(name: "rows", count: 1, scale: TrainingPrivacy.rowsMax),
            VectorBlock(name: "sum", count: settings.columnCount, scale: TrainingPrivacy.rowsMax),
            VectorBlock(name: "squares", count: settings.columnCount, scale: TrainingPrivacy.rowsMax),
        ])
    }

    /// N, Σx and Σx² with every column's range mapped to −1…1; a missing cell counts as the middle.
    ///
    /// A row adds 1, d terms within ±1 and d within 0…1.
    private func ownMoments(_ ranges: [ClosedRange<Double>]) -> [Double] {
        let d = settings.columnCount
        precondition(ranges.count == d, "\(ranges.count) ranges for \(d) columns")
        var values = [Double](repeating: 0, count: 1 + 2 * d)
        values[0] = Double(rawRows.rowCount)
        rawRows.source.forEachRow { cells in
            for column in cells.indices where !cells[column].isNaN {
                let (centre, half) = Self.middle(ranges[column])
                let held = min(max((cells[column] - centre) / half, -1), 1)
                values[1 + column] += held
                values[1 + d + column] += held * held
            }
        }
        return values
    }

    /// The standard deviation of the whole sum's noise: z times the sensitivity √(1 + 2d).
    private func momentsNoise(_ privacy: TrainingPrivacy) -> Double {
        privacy.plan.moments * Double(1 + 2 * settings.columnCount).squareRoot()
    }

    private static func middle(_ range: ClosedRange<Double>) -> (centre: Double, half: Double) {
        (
            range.lowerBound + (range.upperBound - range.lowerBound) / 2,
            (range.upperBound - range.lowerBound) / 2
        )
    }

    /// Mean and spread from noisy sums. A variance below what noise alone may leave is raised to that. Shared arithmetic.
    mutating func absorbMoments(_ sums: [Double]) throws(TrainingError) {
        guard let privacy = settings.privacy else { preconditionFailure("private moments without privacy") }
        let d = settings.columnCount
        let noise = momentsNoise(privacy)
        rowScale = TrainingPrivacy.rowsMax
        rowCount = max(sums[0].rounded(), Double(settings.participantCount))
        guard rowCount.isFinite else { throw .impossibleRowCount(sums[0]) }
        let floor = min(2 * noise / rowCount, 1)
        var scale: [Double] = []
        mean = []
        for column in 0..<d {
            let (centre, half) = Self.middle(privacy.ranges[column])
            let average = min(max(sums[1 + column] / rowCount, -1), 1)
            let variance = min(max(sums[1 + d + column] / rowCount - average * average, floor), 1)
            mean.append(centre + half * average)
            scale.append(half * variance.squareRoot())
        }
        standardisation = Standardisation(mean: mean, scale: scale)
        prepareRows()
        try beginLearning()
    }

    /// Counts as quantiles may be read from them: those of a private run have noise.
    func steadied(_ counts: [Double]) -> [Double] {
        guard settings.privacy != nil else { return counts }
        return stride(from: 0, to: counts.count, by: ScoreHistogram.binCount).flatMap {
            ScoreHistogram.monotone(Array(counts[$0..<$0 + ScoreHistogram.binCount]))
        }
    }

    /// What the exchanges so far, the one under way included, have used up where each sent one vector; nil where nothing is
    /// private. A daemon's ledger may say more.
    package var budget: PrivacyBudget? {
        guard let privacy = settings.privacy else { return nil }
        let plan = privacy.plan
        let rounds: Int
        switch stage {
        case .moments: rounds = 0
        case .start(let index, let round): rounds = index + round + 1
        case .round(let round): rounds = plan.roundCount - settings.roundsMaximum + round + 1
        case .calibration, .finished: rounds = plan.roundCount
        case .scales, .mean, .deviation, .variance, .spread: preconditionFailure("stage \(stage)")
        }
        let isCalibrated = plan.isCalibrated && (stage == .calibration || stage == .finished)
        return PrivacyBudget(
            epsilon: plan.target.epsilon, delta: plan.target.delta,
            spent: plan.spent(counts: [1, rounds, isCalibrated ? 1 : 0]))
    }
}

extension TrainingView {
    /// The view of a participant that has no rows.
    var withoutOwnState: TrainingView {
        var view = self
        view.model = model.withoutOwnState
        return view
    }
}
