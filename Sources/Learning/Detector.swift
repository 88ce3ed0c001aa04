package import Detection
package import LinearAlgebra
package import Models

/// One point of view on raw rows: coordinates, a model, and the common unit of each of its readers.
package struct DetectorView: Sendable {
    /// From raw rows to the model's units.
    package let standardisation: Standardisation
    package let model: any ModelKind
    /// Group by group; empty where readings were not calibrated.
    package let scales: [ScoreScale]
    private let readers: [[any ModelKind]]

    /// - Parameter scales: one a reader of the model, or none.
    package init(standardisation: Standardisation, model: any ModelKind, scales: [ScoreScale]) {
        let readers = model.readers()
        let count = readers.reduce(0) { $0 + $1.count }
        precondition(scales.isEmpty || scales.count == count, "\(scales.count) scales for \(count) readers")
        self.standardisation = standardisation
        self.model = model
        self.scales = scales
        self.readers = readers
    }

    /// z of every row: over groups of readers the mean of distances, within a group the oddest reading.
    ///
    /// - Parameter rawRows: shape `(n, d)`.
    /// - Returns: shape `(n)`; 0 for an average row, 1 for one that is odder than nine of ten.
    func standardScores(rawRows: Matrix, on runner: any ParallelRunner) -> [Double] {
        let rows = standardisation.applied(to: rawRows)
        let readings = model.readings(of: readers.flatMap { $0 }, rows: rows, on: runner)
        var scores = [Double](repeating: 0, count: rows.rowCount)
        var next = 0
        for group in readers {
            var oddest = [Double](repeating: -.infinity, count: rows.rowCount)
            for _ in group {
                for (row, reading) in readings[next].enumerated() {
                    oddest[row] = max(oddest[row], scales[next].standardised(reading))
                }
                next += 1
            }
            for row in scores.indices {
                scores[row] += ScoreScale.distance(oddest[row]) / Double(readers.count)
            }
        }
        return scores
    }
}

/// All that a participant needs to score rows.
///
/// A calibrated score looks at a row from several sides and blends what they see: once in every coordinate system in
/// which the network learnt, and, with a weight that grows with the participant's own rows, through its own eyes
/// (`own`): a model of its rows alone, for which nothing was sent. Every side reads the row in several ways, each in a
/// common unit; see ``DetectorView``. score = (Σ z + w·z_own)/(sides + w), w = n/(n + 50d).
package struct Detector: Sendable {
    /// What was learnt together, in the order of the agreement's coordinates; not empty.
    package let views: [DetectorView]
    /// What the participant learnt alone; nil where it learnt nothing else.
    package let own: DetectorView?
    /// w, ≥ 0.
    package let ownWeight: Double

    package init(views: [DetectorView], own: DetectorView?, ownWeight: Double) {
        precondition(!views.isEmpty, "a detector without a model")
        precondition(ownWeight >= 0 && ownWeight.isFinite, "an own view of weight \(ownWeight)")
        self.views = views
        self.own = own
        self.ownWeight = own == nil ? 0 : ownWeight
    }

    /// The weight of the own view of n rows of d columns: about half of a shared view's at 50 rows a column.
    package static func ownWeight(rowCount: Int, columnCount: Int) -> Double {
        Double(rowCount) / (Double(rowCount) + 50 * Double(columnCount))
    }

    /// Whether calibrated scores can be had.
    package var isCalibrated: Bool { views.allSatisfy { !$0.scales.isEmpty } }

    /// Anomaly scores of raw rows; nothing is clipped.
    ///
    /// - Parameters:
    ///   - rawRows: shape `(n, d)`; NaN where a cell is missing, finite elsewhere.
    ///   - kind: `density` and `paper` are those of the first view's model.
    ///   - runner: for pieces of the work; changes no bit of a score.
    /// - Returns: shape `(n)`; the larger the odder.
    package func scores(
        rawRows: Matrix, kind: ScoreKind, on runner: any ParallelRunner = SerialRunner()
    ) -> [Double] {
        guard kind == .calibrated else {
            return views[0].model.scores(
                rows: views[0].standardisation.applied(to: rawRows), kind: kind, on: runner)
        }
        var sum = viewSum(rawRows, on: runner)
        if let own {
            for (row, score) in own.standardScores(rawRows: rawRows, on: runner).enumerated() {
                sum[row] += ownWeight * score
            }
        }
        let divisor = Double(views.count) + ownWeight
        return sum.map { $0 / divisor }
    }

    /// Scores that can be ranked over participants: those of the first view. What is odd by a participant's own measure
    /// cannot be compared with what is odd by another's.
    package func comparableScores(
        rawRows: Matrix, kind: ScoreKind, on runner: any ParallelRunner = SerialRunner()
    ) -> [Double] {
        Detector(views: [views[0]], own: nil, ownWeight: 0).scores(rawRows: rawRows, kind: kind, on: runner)
    }

    private func viewSum(_ rawRows: Matrix, on runner: any ParallelRunner) -> [Double] {
        precondition(isCalibrated, "calibrated scores before the calibration")
        var sum = [Double](repeating: 0, count: rawRows.rowCount)
        for view in views {
            for (row, score) in view.standardScores(rawRows: rawRows, on: runner).enumerated() {
                sum[row] += score
            }
        }
        return sum
    }
}
