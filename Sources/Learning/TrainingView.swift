import Detection
import LinearAlgebra
package import Models

/// What a participant learnt from its rows alone: nothing of it was ever sent.
package struct OwnView: Sendable {
    /// The own centre and scale, in shared units.
    package let standardisation: Standardisation
    /// The same on raw rows, with the model and the units of its readings.
    package let view: DetectorView
}

/// One model that a trainer learns, with the coordinates it reads rows in; what was agreed of it and what was kept.
struct TrainingView: Sendable {
    let coordinates: CoordinateSystem
    var model: any ModelKind
    /// The best starting point's model and objective so far.
    var best: (objective: Double, model: any ModelKind)?
    /// The agreed figures of the last exchange of statistics.
    var objective: AgreedObjective?
    /// The common unit of every reader, group by group; empty before the calibration.
    var scales: [ScoreScale] = []

    init(coordinates: CoordinateSystem, model: any ModelKind) {
        self.coordinates = coordinates
        self.model = model
    }

    /// Takes the agreed sum of a round: judges the parameters it was made with, and improves them.
    ///
    /// - Parameter hasObjective: whether the sum tells the objective; where it is private it does not.
    /// - Returns: the change of the objective per row since the last exchange; nil in the first.
    mutating func absorb(
        _ sum: SharedVector, kept: KeptState, hasObjective: Bool
    ) throws(TrainingError) -> Double? {
        guard hasObjective else {
            do throws(ModelError) { try model.optimise(sum: sum, kept: kept) } catch { throw .model(error) }
            return nil
        }
        let figures = model.agreedObjective(sum: sum)
        let change = objective.map { figures.perRow - $0.perRow }
        do throws(ModelError) { try model.optimise(sum: sum, kept: kept) } catch { throw .model(error) }
        objective = figures
        return change
    }

    /// The bins of every reader's quantiles, group by group; agreed.
    func histograms() -> [ScoreHistogram] {
        let unit = Double(model.columnCount).squareRoot()
        return model.readers().flatMap { $0 }.map {
            ScoreHistogram(centre: $0.expectedReading, unit: unit)
        }
    }

    /// How many of the participant's rows fall into each bin of every reader.
    func counts(rows: any RowSource, on runner: any ParallelRunner) -> [Double] {
        let readers = model.readers().flatMap { $0 }
        let histograms = histograms()
        var counts = [Double](repeating: 0, count: histograms.count * ScoreHistogram.binCount)
        rows.forEachBlock { _, block in
            let rows = block.rows
            var next = 0
            for (readings, histogram) in zip(model.readings(of: readers, rows: rows, on: runner), histograms)
            {
                for count in histogram.counts(of: readings) {
                    counts[next] += count
                    next += 1
                }
            }
        }
        return counts
    }

    mutating func calibrate(counts: [Double]) {
        scales = histograms().enumerated().map { index, histogram in
            let first = index * ScoreHistogram.binCount
            return histogram.scale(counts: Array(counts[first..<first + ScoreHistogram.binCount]))
        }
    }
}
