/// Where a training run stands; every stage but the last is one exchange, or several of one form.
package enum TrainingStage: Sendable, Equatable {
    /// Powers of two that cover the row counts and the raw columns: a flooded maximum.
    case scales
    /// Row count, sums and sums of squares within agreed ranges: all that a private run asks before its model.
    case moments
    /// Row count and column sums.
    case mean
    /// Squared deviations, in a scale that the raw columns' maxima give.
    case deviation
    /// Squared deviations again, in the scale that the first ones give.
    case variance
    /// How columns vary within participants and between them, for coordinates of their own.
    case spread
    /// One of the first rounds: from one of the common starting points, or at one of the sizes on the way to the full one.
    case start(index: Int, round: Int)
    /// A round from the best starting point, or at full size.
    case round(Int)
    /// Where the readings of all training rows stand: counts of bins.
    case calibration
    /// Learning has ended: converged or out of rounds.
    case finished

    /// A stable one-byte tag and two counters, for canonical state bytes.
    var encoded: (tag: UInt8, first: UInt32, second: UInt32) {
        switch self {
        case .scales: (0, 0, 0)
        case .mean: (1, 0, 0)
        case .deviation: (2, 0, 0)
        case .variance: (3, 0, 0)
        case .start(let index, let round): (4, UInt32(index), UInt32(round))
        case .round(let round): (5, UInt32(round), 0)
        case .finished: (6, 0, 0)
        case .spread: (7, 0, 0)
        case .calibration: (8, 0, 0)
        case .moments: (9, 0, 0)
        }
    }

    init?(tag: UInt8, first: UInt32, second: UInt32) {
        switch tag {
        case 0: self = .scales
        case 1: self = .mean
        case 2: self = .deviation
        case 3: self = .variance
        case 4: self = .start(index: Int(first), round: Int(second))
        case 5: self = .round(Int(first))
        case 6: self = .finished
        case 7: self = .spread
        case 8: self = .calibration
        case 9: self = .moments
        default: return nil
        }
    }

    /// Whether the exchange is a flooded maximum and not a protected sum.
    package var isMaximum: Bool { self == .scales }
}
