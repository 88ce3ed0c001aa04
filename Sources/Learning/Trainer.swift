package import LinearAlgebra
package import Models

/// One participant's way from raw rows to a model, as a sequence of exchanges.
///
/// Each exchange is `localUpdate` (local arithmetic on the private rows), then a sum over all participants made by
/// somebody else, then `absorb` (shared arithmetic: the same bits at every participant). With one participant the
/// "sum" is the vector itself; that is `fit`. The stages follow Algorithm 1 of the paper, with the standardisation
/// it takes for granted in front: scales, mean, squared deviations, several common starting points, rounds.
///
/// The squared deviations are agreed twice. A sum carries an error relative to the block's range, and before the
/// spread of a column is known its range is that of the raw values; the second pass repeats the sum in the scale
/// that the first one proves sufficient, so that a column such as 1000 ± 0.01 keeps its digits.
package struct Trainer: Sendable {
    package let settings: TrainingSettings
    /// The raw rows; shape (n, d).
    private(set) var rawRows: Matrix
    /// The rows as the model reads them; empty until the standardisation is agreed.
    package private(set) var rows: Matrix
    /// Training values that the limit clipped.
    package private(set) var clippedValueCount = 0

    package internal(set) var stage: TrainingStage = .scales
    var rowScale = 1.0
    var columnScales: [Double] = []
    var mean: [Double] = []
    var deviationScales: [Double] = []
    package internal(set) var standardisation: Standardisation?
    /// Rows of all participants, once agreed.
    package internal(set) var rowCount = 0.0

    package internal(set) var model: (any ModelKind)?
    /// The best starting point's model and objective so far.
    var best: (objective: Double, model: any ModelKind)?
    /// The agreed figures of the last exchange of statistics.
    package internal(set) var objective: AgreedObjective?
    /// Whether the stop rule, and not the round limit, ended the run.
    package internal(set) var hasConverged = false
    /// Rounds after the starts, once the run has finished.
    package internal(set) var finishedRoundCount = 0

    /// - Parameters:
    ///   - rows: shape (n, d), n ≥ 1, finite; the participant's own raw rows.
    ///   - settings: the agreement's.
    /// - Throws: ``TrainingError`` when the rows cannot be learnt from.
    package init(rows: Matrix, settings: TrainingSettings) throws(TrainingError) {
        try Self.check(rows, columnCount: settings.columnCount)
        self.settings = settings
        self.rawRows = rows
        self.rows = Matrix(rowCount: 0, columnCount: rows.columnCount)
    }

    /// Whether rows can be learnt from: at least one, of the right width, no value beyond ±2⁴⁰⁰.
    ///
    /// - Throws: ``TrainingError``.
    package static func check(_ rows: Matrix, columnCount: Int) throws(TrainingError) {
        guard rows.rowCount > 0 else { throw .noRows }
        guard rows.columnCount == columnCount else {
            throw .columnCountMismatch(expected: columnCount, found: rows.columnCount)
        }
        for index in rows.elements.indices {
            let value = rows.elements[index]
            guard abs(value) <= 0x1p400 else {
                throw .valueOutOfRange(row: index / columnCount, column: index % columnCount, value: value)
            }
        }
    }

    /// Takes other rows from the next local update on; what was agreed of the old ones stays.
    ///
    /// - Parameter rows: as in ``init(rows:settings:)``.
    /// - Throws: ``TrainingError``, with the trainer unchanged.
    package mutating func replaceRows(_ rows: Matrix) throws(TrainingError) {
        try Self.check(rows, columnCount: settings.columnCount)
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
        case .mean:
            return VectorLayout(
                [VectorBlock(name: "rows", count: 1, scale: rowScale)]
                    + columnScales.map { VectorBlock(name: "sum", count: 1, scale: rowScale * $0) })
        case .deviation, .variance:
            return VectorLayout(
                deviationScales.map { VectorBlock(name: "squares", count: 1, scale: $0) })
        case .start, .round:
            guard let model else { preconditionFailure("stage \(stage) without a model") }
            return model.layout(rowScale: rowScale, valueLimit: settings.valueLimit)
        case .finished:
            preconditionFailure("a finished run has no exchange")
        }
    }

    /// The participant's own vector of the current stage, in the units of its layout.
    ///
    /// - Parameter runner: for the model's part of the work; changes no bit of the result.
    package func localUpdate(on runner: any ParallelRunner = SerialRunner()) -> LocalUpdate {
        switch stage {
        case .scales:
            return plain(ownExponents())
        case .mean:
            return plain([Double(rawRows.rowCount)] + columnSums { value, _ in value })
        case .deviation, .variance:
            let mean = mean
            return plain(
                columnSums { value, column in
                    let difference = value - mean[column]
                    return difference * difference
                })
        case .start, .round:
            guard let model else { preconditionFailure("stage \(stage) without a model") }
            return model.localUpdate(rows: rows, layout: layout, on: runner)
        case .finished:
            preconditionFailure("a finished run has no exchange")
        }
    }

    private func plain(_ values: [Double]) -> LocalUpdate {
        LocalUpdate(
            shared: SharedVector(layout: layout, values: values), kept: KeptState(bytes: []),
            concentrations: [])
    }

    /// log2 of the powers of two that cover the row count and each column.
    private func ownExponents() -> [Double] {
        var largest = [Double](repeating: 0, count: settings.columnCount)
        for index in rawRows.elements.indices {
            let column = index % rawRows.columnCount
            largest[column] = max(largest[column], abs(rawRows.elements[index]))
        }
        return [Double(powerOfTwo(atLeast: Double(rawRows.rowCount)).exponent)]
            + largest.map { Double(powerOfTwo(atLeast: $0).exponent) }
    }

    private func columnSums(_ term: (_ value: Double, _ column: Int) -> Double) -> [Double] {
        var sums = [Double](repeating: 0, count: rawRows.columnCount)
        var index = 0
        for _ in 0..<rawRows.rowCount {
            for column in 0..<rawRows.columnCount {
                sums[column] += term(rawRows.elements[index], column)
                index += 1
            }
        }
        return sums
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
        case .mean: try absorbMean(sum.values)
        case .deviation: absorbDeviation(sum.values)
        case .variance:
            absorbVariance(sum.values)
            stage = .start(index: 0, round: 0)
            model = settings.makeModel(0, rowCount)
            prepareRows()
            if settings.startCount == 1 { stage = settings.roundsMaximum > 0 ? .round(0) : .finished }
        case .start(let index, let round):
            try absorbStart(sum, kept: kept, index: index, round: round)
        case .round(let round):
            try absorbRound(sum, kept: kept, round: round)
        case .finished:
            preconditionFailure("a finished run absorbs nothing")
        }
    }

    /// Standardises and clips the rows: (x − mean)/scale, within ±`valueLimit`.
    mutating func prepareRows() {
        guard let standardisation else { preconditionFailure("rows before their standardisation") }
        (rows, clippedValueCount) = standardisation.applied(to: rawRows, limit: settings.valueLimit)
    }
}
