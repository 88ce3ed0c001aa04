package import Models

/// What the agreement says about learning, apart from how sums are made.
package struct TrainingSettings: Sendable {
    /// Columns of the raw rows.
    package let columnCount: Int
    /// Standardised training values are clipped to ±`valueLimit`.
    package let valueLimit: Double
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
    /// Makes the model of one starting point, from the agreed number of rows.
    package let makeModel: @Sendable (_ start: Int, _ rowCount: Double) -> any ModelKind

    package init(
        columnCount: Int, valueLimit: Double, startCount: Int, roundsPerStart: Int = 5, roundsMaximum: Int,
        objectiveTolerance: Double, sumTolerance: Double, participantCount: Int,
        makeModel: @escaping @Sendable (_ start: Int, _ rowCount: Double) -> any ModelKind
    ) {
        precondition(columnCount > 0, "a model of \(columnCount) columns")
        precondition(startCount > 0 && roundsPerStart > 0, "\(startCount) starts of \(roundsPerStart) rounds")
        precondition(participantCount > 0, "\(participantCount) participants")
        precondition(valueLimit > 0 && valueLimit.isFinite, "value limit \(valueLimit)")
        self.columnCount = columnCount
        self.valueLimit = valueLimit
        self.startCount = startCount
        self.roundsPerStart = roundsPerStart
        self.roundsMaximum = roundsMaximum
        self.objectiveTolerance = objectiveTolerance
        self.sumTolerance = max(sumTolerance, 1e-12)
        self.participantCount = participantCount
        self.makeModel = makeModel
    }
}

/// Why a participant cannot learn from its rows, or why the network's sums cannot be right.
package enum TrainingError: Error, Equatable {
    /// No rows at all.
    case noRows
    /// The rows have another width than the agreement.
    case columnCountMismatch(expected: Int, found: Int)
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
