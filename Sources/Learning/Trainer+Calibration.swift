import Detection
import LinearAlgebra
import Models

/// The end of a run with calibrated scores: common units of all readings, then the own view.
extension Trainer {
    mutating func absorbCalibration(_ sums: [Double]) throws(TrainingError) {
        var next = 0
        for view in views.indices {
            let count = views[view].histograms().count * ScoreHistogram.binCount
            views[view].calibrate(counts: steadied(Array(sums[next..<next + count])))
            next += count
        }
        own = try learntAlone()
        stage = .finished
    }

    /// The own view of a run whose end others have reached.
    mutating func completeCalibration() throws(TrainingError) {
        guard stage == .finished, settings.isCalibrated, own == nil else { return }
        own = try learntAlone()
    }

    /// The same model learnt from the own rows in shared units, so that a column that is constant here keeps its shared
    /// unit; nothing is sent. Nil where the run has one participant: its view is its own already.
    private func learntAlone() throws(TrainingError) -> OwnView? {
        guard settings.participantCount > 1 else { return nil }
        guard let standardisation else { preconditionFailure("an own view before the standardisation") }
        var single = try Trainer(rows: rows, settings: settings.alone)
        try single.learnAlone()
        guard let view = single.views.first, let inner = single.standardisation else { return nil }
        return OwnView(
            standardisation: inner,
            view: DetectorView(
                standardisation: standardisation.followed(by: inner), model: view.model, scales: view.scales))
    }

    /// All that it takes to score raw rows with the models as they stand; nil before the first.
    package var detector: Detector? {
        guard let standardisation, !views.isEmpty else { return nil }
        let detectorViews = views.map { view in
            let own = view.coordinates == .local ? localStandardisation : nil
            return DetectorView(
                standardisation: own.map { standardisation.followed(by: $0) } ?? standardisation,
                model: view.model, scales: view.scales)
        }
        return Detector(
            views: detectorViews, own: own?.view,
            ownWeight: Detector.ownWeight(rowCount: rawRows.rowCount, columnCount: settings.columnCount))
    }
}
