import Detection
package import Models

/// What the agreement says about learning, apart from how sums are made.
package struct TrainingSettings: Sendable {
    /// Columns of the raw rows.
    package let columnCount: Int
    /// Standardised training values are clipped to ±`valueLimit`.
    package let valueLimit: Double
    /// The coordinate systems in which a model is learnt, one model each; not empty.
    package let coordinates: [CoordinateSystem]
    /// Whether the models' readings are brought to common units at the end, for `calibrated` scores.
    package let isCalibrated: Bool
    /// Common starting points that are tried.
    package let startCount: Int
    /// Rounds that every starting point gets.
    package let roundsPerStart: Int
    /// Rounds after the starts, at most.
    package let roundsMaximum: Int
    /// The run ends when the agreed objective per row changes by less.
    package let objectiveTolerance: Double
    /// Relative error that an agreed sum may carry, in units of participants · range of the block.
    package let sumTolerance: Double
    /// Participants whose vectors are added up.
    package let participantCount: Int
    /// Whether a column without any value is taken as centred at 0 with unit 1, as the rows of one participant may lack
    /// what the others have; otherwise it is an error.
    package var acceptsEmptyColumns = false
    /// What makes all that leaves differentially private; nil where nothing does.
    package var privacy: TrainingPrivacy?
    /// How a participant learns by itself, where that is not the same without the others; of one participant.
    package var makeAlone: (@Sendable () -> TrainingSettings)?
    /// Makes the model of one starting point, from the agreed number of rows.
    package let makeModel: @Sendable (_ start: Int, _ rowCount: Double) -> any ModelKind

    package init(
        columnCount: Int, valueLimit: Double, coordinates: [CoordinateSystem] = [.shared],
        isCalibrated: Bool = false, startCount: Int, roundsPerStart: Int = 5, roundsMaximum: Int,
        objectiveTolerance: Double, sumTolerance: Double, participantCount: Int,
        makeModel: @escaping @Sendable (_ start: Int, _ rowCount: Double) -> any ModelKind
    ) {
        precondition(columnCount > 0, "a model of \(columnCount) columns")
        precondition(startCount > 0 && roundsPerStart > 0, "\(startCount) starts of \(roundsPerStart) rounds")
        precondition(participantCount > 0, "\(participantCount) participants")
        precondition(valueLimit > 0 && valueLimit.isFinite, "value limit \(valueLimit)")
        precondition(!coordinates.isEmpty, "no coordinate system")
        self.columnCount = columnCount
        self.valueLimit = valueLimit
        self.coordinates = coordinates
        self.isCalibrated = isCalibrated
        self.startCount = startCount
        self.roundsPerStart = roundsPerStart
        self.roundsMaximum = roundsMaximum
        self.objectiveTolerance = objectiveTolerance
        self.sumTolerance = max(sumTolerance, 1e-12)
        self.participantCount = participantCount
        self.makeModel = makeModel
    }

    /// The same for one participant by itself, in one coordinate system.
    package var alone: TrainingSettings {
        if let makeAlone { return makeAlone() }
        var alone = TrainingSettings(
            columnCount: columnCount, valueLimit: valueLimit, isCalibrated: isCalibrated,
            startCount: startCount, roundsPerStart: roundsPerStart, roundsMaximum: roundsMaximum,
            objectiveTolerance: objectiveTolerance, sumTolerance: 0, participantCount: 1,
            makeModel: makeModel)
        alone.acceptsEmptyColumns = true
        return alone
    }

    /// Values of the longest vector of any exchange.
    package var vectorCountMax: Int {
        let model = makeModel(0, 1)
        let longest = max(model.grownVectorCount, model.readerCountMax * ScoreHistogram.binCount)
        let moments = max(1 + 2 * columnCount, ColumnSpread.sumCount(columnCount: columnCount))
        return max(coordinates.count * longest, moments)
    }
}

/// Why a participant cannot learn from its rows, or why the network's sums cannot be right.
package enum TrainingError: Error, Equatable {
    /// No rows at all.
    case noRows
    /// The rows have another width than the agreement.
    case columnCountMismatch(expected: Int, found: Int)
    /// A column in which no participant has a value.
    case columnWithoutValues(column: Int)
    /// A raw value beyond ±2⁴⁰⁰, whose square would leave the range of a double.
    case valueOutOfRange(row: Int, column: Int, value: Double)
    /// The agreed row count is not what the roster can hold.
    case impossibleRowCount(Double)
    /// The optimisation failed.
    case model(ModelError)
    /// A stored state that does not fit the settings.
    case malformedState(field: StateField)
}

/// The parts of a stored training state, to name the one that does not fit.
package enum StateField: String, Sendable, Equatable {
    case stage, scales, standardisation, model, best, kept, length
}
