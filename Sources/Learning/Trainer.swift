import Detection
package import LinearAlgebra
package import Models

/// One participant's way from raw rows to a model, as a sequence of exchanges.
///
/// Each exchange is `localUpdate` (local arithmetic on the private rows), then a sum over all participants made by
/// somebody else, then `absorb` (shared arithmetic: the same bits at every participant). With one participant the
/// "sum" is the vector itself; that is `fit`. The stages follow Algorithm 1 of the paper, with the standardisation
/// it takes for granted in front: scales, mean, squared deviations, where asked for how columns vary within and between
/// participants, starts or sizes on the way, rounds; and behind them, for calibrated scores, counts of readings.
///
/// One model is learnt in every coordinate system of the agreement; their vectors travel in one message.
///
/// The squared deviations are agreed twice. A sum carries an error relative to the block's range, and before the
/// spread of a column is known its range is that of the raw values; the second pass repeats the sum in the scale
/// that the first one proves sufficient, so that a column such as 1000 ± 0.01 keeps its digits.
package struct Trainer: Sendable {
    package let settings: TrainingSettings
    /// The raw rows; shape (n, d); NaN where a cell is missing.
    package internal(set) var rawRows: TrainingRows
    /// The rows in shared units, clipped; empty until the standardisation is agreed.
    package private(set) var rows: TrainingRows
    /// The rows in the participant's own units, clipped; empty where no model reads them.
    private(set) var localRows: TrainingRows
    /// Training values that the limit clipped in shared units.
    package private(set) var clippedValueCount = 0

    package internal(set) var stage: TrainingStage
    var rowScale = 1.0
    var columnScales: [Double] = []
    /// Rows of all participants that have a cell in each column.
    var cellCounts: [Double] = []
    var mean: [Double] = []
    var deviationScales: [Double] = []
    /// The agreed one.
    package internal(set) var standardisation: Standardisation?
    /// How columns vary within participants and between them; nil where no model asks.
    var spread: ColumnSpread?
    /// The participant's own units, on top of the shared ones; private, nil before `spread` is agreed.
    package private(set) var localStandardisation: Standardisation?
    /// Rows of all participants, once agreed.
    package internal(set) var rowCount = 0.0

    /// One entry a coordinate system; empty before the first model.
    var views: [TrainingView] = []
    /// What the participant has learnt from its rows alone, for calibrated scores; private.
    package internal(set) var own: OwnView?
    /// Whether the stop rule, and not the round limit, ended the run.
    package internal(set) var hasConverged = false
    /// Rounds after the starts, once the run has finished.
    package internal(set) var finishedRoundCount = 0

    /// The model of the first coordinate system: its figures are the run's.
    package var model: (any ModelKind)? { views.first?.model }
    /// What is wrong with the first model in trouble; nil where all are well.
    package var warning: ModelWarning? { views.lazy.compactMap(\.model.warning).first }
    /// The agreed figures of the first model's last exchange of statistics.
    package var objective: AgreedObjective? { views.first?.objective }

    /// - Parameters:
    ///   - rows: shape (n, d), n ≥ 1; NaN where a cell is missing, finite elsewhere; the participant's own raw rows.
    ///   - settings: the agreement's.
    /// - Throws: ``TrainingError`` when the rows cannot be learnt from.
    package init(rows: Matrix, settings: TrainingSettings) throws(TrainingError) {
        try Self.check(rows, columnCount: settings.columnCount)
        self.init(checked: TrainingRows(rows), settings: settings)
    }

    /// - Parameters:
    ///   - rows: as in ``init(rows:settings:)``, in order, and read in blocks.
    ///   - settings: the agreement's.
    /// - Throws: ``TrainingError`` when the rows cannot be learnt from.
    package init(rows: TrainingRows, settings: TrainingSettings) throws(TrainingError) {
        try Self.check(rows.source, columnCount: settings.columnCount)
        self.init(checked: rows, settings: settings)
    }

    private init(checked rows: TrainingRows, settings: TrainingSettings) {
        self.settings = settings
        self.stage = settings.privacy == nil ? .scales : .moments
        self.rawRows = rows
        self.rows = TrainingRows(Matrix(rowCount: 0, columnCount: rows.columnCount))
        self.localRows = self.rows
    }

    /// Whether rows can be learnt from: at least one, of the right width, no value beyond ±2⁴⁰⁰; a cell may be missing.
    ///
    /// - Throws: ``TrainingError``.
    package static func check(_ rows: any RowSource, columnCount: Int) throws(TrainingError) {
        guard rows.rowCount > 0 else { throw .noRows }
        guard rows.columnCount == columnCount else {
            throw .columnCountMismatch(expected: columnCount, found: rows.columnCount)
        }
        try rows.forEachBlock { first, block throws(TrainingError) in
            for (index, value) in block.entries.enumerated() {
                guard abs(value) <= 0x1p400 || value.isNaN else {
                    throw .valueOutOfRange(
                        row: first + index / columnCount, column: index % columnCount, value: value)
                }
            }
        }
    }

    /// Takes other rows from the next local update on; what was agreed of the old ones stays.
    ///
    /// - Parameter rows: as in ``init(rows:settings:)``.
    /// - Throws: ``TrainingError``, with the trainer unchanged.
    package mutating func replaceRows(_ rows: TrainingRows) throws(TrainingError) {
        try Self.check(rows.source, columnCount: settings.columnCount)
        rawRows = rows
        if standardisation != nil { prepareRows() }
    }

    /// The layout of the current stage's vector.
    ///
    /// - Precondition: the run has not finished.
    package var layout: VectorLayout {
        let limit = settings.columnCount
        switch stage {
        case .scales:
            return VectorLayout([VectorBlock(name: "exponents", count: limit + 1, scale: 2048)])
        case .moments: return momentsLayout
        case .mean:
            return VectorLayout(
                [
                    VectorBlock(name: "rows", count: 1, scale: rowScale),
                    VectorBlock(name: "cells", count: limit, scale: rowScale),
                ]
                    + columnScales.map { VectorBlock(name: "sum", count: 1, scale: rowScale * $0) })
        case .deviation, .variance:
            return VectorLayout(
                deviationScales.map { VectorBlock(name: "squares", count: 1, scale: $0) })
        case .spread:
            let square = powerOfTwo(atLeast: rowScale * settings.valueLimit * settings.valueLimit)
            return VectorLayout([
                VectorBlock(name: "cells2", count: limit, scale: rowScale * rowScale),
                VectorBlock(name: "holders", count: limit, scale: 1),
                VectorBlock(name: "within", count: limit, scale: square),
                VectorBlock(name: "between", count: limit, scale: square),
            ])
        case .start, .round:
            return VectorLayout(viewLayouts.flatMap(\.blocks))
        case .calibration:
            return VectorLayout(
                views.map { view in
                    let count = view.histograms().count * ScoreHistogram.binCount
                    return VectorBlock(name: "readings", count: count, scale: rowScale)
                })
        case .finished:
            preconditionFailure("a finished run has no exchange")
        }
    }

    /// The layout of every view's part of a round's vector.
    var viewLayouts: [VectorLayout] {
        views.map { $0.model.layout(rowScale: rowScale, valueLimit: settings.valueLimit) }
    }

    /// The participant's own vector of the current stage, in the units of its layout.
    ///
    /// - Parameter runner: for the model's part of the work; changes no bit of the result.
    /// - Precondition: the settings ask for no privacy, which needs ``localUpdate(on:using:)``.
    package func localUpdate(on runner: any ParallelRunner = SerialRunner()) -> LocalUpdate {
        precondition(settings.privacy == nil, "a vector without noise under privacy")
        switch stage {
        case .scales:
            return plain(ownExponents())
        case .mean:
            return plain(
                [Double(rawRows.rowCount)] + columnSums { _, _ in 1 } + columnSums { value, _ in value })
        case .deviation, .variance:
            let mean = mean
            return plain(
                columnSums { value, column in
                    let difference = value - mean[column]
                    return difference * difference
                })
        case .spread:
            return plain(ColumnSpread.sums(of: rows.source))
        case .start, .round:
            return statistics(on: runner)
        case .calibration:
            return plain(views.flatMap { $0.counts(rows: rows(of: $0.coordinates).source, on: runner) })
        case .moments, .finished:
            preconditionFailure("stage \(stage) has no such exchange")
        }
    }

    func plain(_ values: [Double]) -> LocalUpdate {
        LocalUpdate(
            shared: SharedVector(layout: layout, values: values), kept: KeptState(bytes: []),
            concentrations: [])
    }

    /// log2 of the powers of two that cover the row count and each column.
    private func ownExponents() -> [Double] {
        var largest = [Double](repeating: 0, count: settings.columnCount)
        rawRows.source.forEachRow { cells in
            // The comparison is false for a missing cell.
            for column in cells.indices where abs(cells[column]) > largest[column] {
                largest[column] = abs(cells[column])
            }
        }
        return [Double(powerOfTwo(atLeast: Double(rawRows.rowCount)).exponent)]
            + largest.map { Double(powerOfTwo(atLeast: $0).exponent) }
    }

    /// Σ of a term over the cells of each column that are there.
    private func columnSums(_ term: (_ value: Double, _ column: Int) -> Double) -> [Double] {
        var sums = [Double](repeating: 0, count: rawRows.columnCount)
        rawRows.source.forEachRow { cells in
            for column in cells.indices where !cells[column].isNaN {
                sums[column] += term(cells[column], column)
            }
        }
        return sums
    }

    /// The rows as a model of these coordinates reads them.
    func rows(of coordinates: CoordinateSystem) -> TrainingRows {
        switch coordinates {
        case .shared: rows
        case .local: localRows
        }
    }

    /// Takes the agreed sum (or maximum) of the current stage and goes on to the next.
    ///
    /// - Parameters:
    ///   - sum: in the units of the layout.
    ///   - kept: what the own local update kept.
    /// - Throws: ``TrainingError``; the run cannot go on then.
    package mutating func absorb(_ sum: SharedVector, kept: KeptState) throws(TrainingError) {
        switch stage {
        case .scales: absorbScales(sum.values)
        case .moments: try absorbMoments(sum.values)
        case .mean: try absorbMean(sum.values)
        case .deviation: absorbDeviation(sum.values)
        case .variance: try absorbVariance(sum.values)
        case .spread: try absorbSpread(sum.values)
        case .start(let index, let round):
            try absorbStart(sum, kept: kept, index: index, round: round)
        case .round(let round):
            try absorbRound(sum, kept: kept, round: round)
        case .calibration: try absorbCalibration(sum.values)
        case .finished:
            preconditionFailure("a finished run absorbs nothing")
        }
    }

    /// Standardises and clips the rows: (x − mean)/scale, within ±`valueLimit`, and once more in own units.
    mutating func prepareRows() {
        guard let standardisation else { preconditionFailure("rows before their standardisation") }
        rows = rawRows.standardised(by: standardisation, limit: settings.valueLimit)
        clippedValueCount = standardisation.clippedCount(of: rawRows.source, limit: settings.valueLimit)
        guard let spread else { return }
        let local = spread.standardisation(of: rows.source)
        localStandardisation = local
        localRows = rows.standardised(by: local, limit: settings.valueLimit)
    }
}
