package import LinearAlgebra

/// Which anomaly score a model gives.
package enum ScoreKind: String, Sendable, CaseIterable {
    /// −ln p(x).
    case density
    /// Eq. 19 of the paper: the posterior mean of the patterns' log losses.
    case paper
    /// Several readings of a row, each in its common unit, from several points of view: see `Learning.Detector`.
    case calibrated
    /// Minus the evidence lower bound; equal to `density` where a model has its likelihood in closed form.
    case elbo
}

/// Why a model could not be learnt or read.
package enum ModelError: Error, Equatable {
    /// An agreed sum that no set of rows can have, such as a negative count.
    case impossibleSum(block: String, index: Int, value: Double)
    /// No pattern holds a row any more.
    case noPatternLeft(rowCount: Double)
    /// A matrix that must be positive definite is not, at this leading minor.
    case notPositiveDefinite(pattern: Int, leadingMinor: Int)
    /// An iterative solver stopped short.
    case notConverged(pattern: Int, iterations: Int, residual: Double)
    /// Stored bytes or parameters that do not fit the settings.
    case malformedState(field: String, expected: Int, found: Int)
}

/// A model class as a value: shared parameters θ, the owner's private part φ^s, and the arithmetic of both.
///
/// Two kinds of arithmetic meet here and never mix. `localUpdate` and the scores are *local*: they may use BLAS.
/// `optimise`, `agreedObjective` and `sharedBytes` are *shared*: every participant must reach the same bits from
/// the same sums, so they use +, −, ×, ÷, √ and our own `ln` in a fixed order, and nothing else.
package protocol ModelKind: Sendable {
    /// The name in the agreement: `graphical-mixture`.
    static var name: String { get }

    /// Columns of the rows this model reads.
    var columnCount: Int { get }

    /// The layout of `localUpdate`'s vector.
    ///
    /// - Parameters:
    ///   - rowScale: an agreed power of two ≥ the rows of any participant.
    ///   - valueLimit: the box: no training value's magnitude exceeds it.
    func layout(rowScale: Double, valueLimit: Double) -> VectorLayout

    /// One E-step (or encoder steps and a decoder gradient) on the participant's standardised rows.
    ///
    /// - Parameters:
    ///   - rows: shape `(n, columnCount)`.
    ///   - runner: for pieces of the work; how many threads it has changes no bit of the result.
    func localUpdate(rows: TrainingRows, layout: VectorLayout, on runner: any ParallelRunner) -> LocalUpdate

    /// ``localUpdate(rows:layout:on:)`` with some patterns left out: zeros in their place, their rows shared out among
    /// the others; all zeros where none is left. What it keeps is of no use.
    ///
    /// - Parameter slots: ascending; empty changes nothing.
    func localUpdate(
        rows: TrainingRows, layout: VectorLayout, leavingOut slots: [Int], on runner: any ParallelRunner
    ) -> LocalUpdate

    /// Moves all rows of some patterns, as their sums show them, by one draw of the posterior's noise a pattern.
    ///
    /// - Parameters:
    ///   - values: shape `(layout.count)`: an update's.
    ///   - slots: ascending.
    ///   - normals: standard normal, shape `(slots.count, columnCount)`.
    func disturbed(_ values: [Double], slots: [Int], normals: [Double]) -> [Double]

    /// −ln N(x | centre, Λ_k⁻¹) of every row under one pattern.
    ///
    /// - Parameters:
    ///   - rows: shape `(n, columnCount)`, standardised; NaN where a cell is missing.
    ///   - centre: takes the place of μ_k.
    /// - Returns: shape `(n)`; nil for a pattern that is not in use, and for kinds without patterns.
    func patternLosses(rows: Matrix, slot: Int, centre: [Double]?) -> [Double]?

    /// The same where what leaves is differentially private for every row, as the settings the kind was made with say: noise
    /// included, and nothing of a row in it but clipped sums that the noise covers.
    ///
    /// - Parameter generator: gives noise and samples; libsodium's in a daemon.
    func privateUpdate(
        rows: TrainingRows, layout: VectorLayout, on runner: any ParallelRunner,
        using generator: inout some RandomNumberGenerator
    ) -> LocalUpdate

    /// The model without anything that its owner's rows decide but through what a private run's noise covers: what reads
    /// the rows whose counts leave such a run.
    var withoutOwnState: any ModelKind { get }

    /// The objective per row of the *current* θ, from the agreed sums of its local updates; the larger the better.
    ///
    /// - Parameter sum: shape `(layout.count)`, over all participants, in the units of the model.
    func agreedObjective(sum: SharedVector) -> AgreedObjective

    /// Replaces θ by the optimum for the agreed sums, and φ^s by what the local update kept.
    ///
    /// - Throws: ``ModelError`` with the model unchanged.
    mutating func optimise(sum: SharedVector, kept: KeptState) throws(ModelError)

    /// θ in canonical little-endian bytes: equal exactly where the parameters are bit for bit.
    func sharedBytes() -> [UInt8]

    /// φ^s in canonical bytes.
    func keptState() -> KeptState

    /// A model of the same settings with the stored parts; without bytes of φ^s (of a participant that joins) with a new one.
    ///
    /// - Throws: ``ModelError/malformedState(field:expected:found:)``.
    func restored(sharedBytes: [UInt8], kept: KeptState) throws(ModelError) -> any ModelKind

    /// Whether the model has the size that the agreement asks for; kinds that do not grow always have.
    var isGrown: Bool { get }

    /// Entries of the longest vector that this model sends at any size.
    var grownVectorCount: Int { get }

    /// Whether a model that is not grown has had the rounds that its size deserves.
    ///
    /// - Parameters:
    ///   - roundCount: rounds at this size, ≥ 1.
    ///   - change: of the agreed objective per row in the last of them; nil in the first.
    func isSettled(roundCount: Int, change: Double?) -> Bool

    /// Goes on to the next size; shared arithmetic, no sums needed.
    mutating func grow()

    /// What is left to do after the last round; shared arithmetic, no sums needed.
    ///
    /// - Throws: ``ModelError`` with the model unchanged.
    mutating func finish() throws(ModelError)

    /// The models whose `density` scores make up a calibrated score, in groups: of a group the oddest reading counts,
    /// and groups are averaged.
    ///
    /// θ's part of it is shared arithmetic.
    func readers() -> [[any ModelKind]]

    /// The most readers that the model may come to have.
    var readerCountMax: Int { get }

    /// About the mean of −ln p over the training rows, from θ alone: where the bins of its quantiles are laid.
    ///
    /// Shared arithmetic.
    var expectedReading: Double { get }

    /// Patterns (latents) in use.
    var activePatternCount: Int { get }

    /// What is wrong with the model as it stands, by the last agreed sums and the own rows; nil where nothing is.
    var warning: ModelWarning? { get }

    /// Anomaly scores; the larger the odder.
    ///
    /// - Parameters:
    ///   - rows: shape `(n, columnCount)`, standardised; NaN where a cell is missing, finite elsewhere.
    ///   - kind: not `calibrated`, which takes more than one model.
    ///   - runner: as in ``localUpdate(rows:layout:on:)``.
    /// - Returns: shape `(n)`.
    func scores(rows: Matrix, kind: ScoreKind, on runner: any ParallelRunner) -> [Double]

    /// What a calibrated score is made of: about −ln p(x), comparable between rows that lack different cells.
    ///
    /// - Returns: shape `(n)`; equal to the `density` scores of rows without missing cells.
    func readings(rows: Matrix, on runner: any ParallelRunner) -> [Double]

    /// ``readings(rows:on:)`` of several of this model's ``readers()``; what they have in common is computed once.
    func readings(of readers: [any ModelKind], rows: Matrix, on runner: any ParallelRunner) -> [[Double]]

    /// Why a row has its `density` score; local arithmetic.
    ///
    /// - Parameter row: shape `(columnCount)`, standardised; NaN where a cell is missing, finite elsewhere.
    /// - Returns: in standardised units; nil for kinds that have no explanation.
    func explanation(of row: [Double]) -> RowExplanation?

    /// The patterns in use, by slot, in standardised units; none for kinds without patterns.
    func patternDescriptions() -> [PatternDescription]

    /// The parts of the model file: `shared` and `private`, as flat named arrays with shapes.
    func snapshot() -> ModelSnapshot

    /// The model that a snapshot describes.
    ///
    /// - Throws: ``ModelError/malformedState(field:expected:found:)``.
    init(snapshot: ModelSnapshot) throws(ModelError)
}

extension ModelKind {
    package var isGrown: Bool { true }

    package func isSettled(roundCount: Int, change: Double?) -> Bool { true }

    package mutating func grow() {}

    package mutating func finish() throws(ModelError) {}

    package func readers() -> [[any ModelKind]] { [[self]] }

    package var readerCountMax: Int { 1 }

    package func readings(rows: Matrix, on runner: any ParallelRunner) -> [Double] {
        scores(rows: rows, kind: .density, on: runner)
    }

    package func readings(
        of readers: [any ModelKind], rows: Matrix, on runner: any ParallelRunner
    ) -> [[Double]] {
        readers.map { $0.readings(rows: rows, on: runner) }
    }

    package func explanation(of row: [Double]) -> RowExplanation? { nil }

    package func patternDescriptions() -> [PatternDescription] { [] }

    package var warning: ModelWarning? { nil }

    package func localUpdate(
        rows: TrainingRows, layout: VectorLayout, leavingOut slots: [Int], on runner: any ParallelRunner
    ) -> LocalUpdate {
        precondition(slots.isEmpty, "\(slots.count) patterns of a kind without any")
        return localUpdate(rows: rows, layout: layout, on: runner)
    }

    package func disturbed(_ values: [Double], slots: [Int], normals: [Double]) -> [Double] {
        precondition(slots.isEmpty, "\(slots.count) patterns of a kind without any")
        return values
    }

    package func patternLosses(rows: Matrix, slot: Int, centre: [Double]?) -> [Double]? { nil }

    /// ``localUpdate(rows:layout:on:)`` of rows in any order, on the caller's own thread unless a runner is lent.
    package func localUpdate(
        rows: Matrix, layout: VectorLayout, on runner: any ParallelRunner = SerialRunner()
    ) -> LocalUpdate {
        localUpdate(rows: TrainingRows(rows), layout: layout, on: runner)
    }

    /// ``scores(rows:kind:on:)`` on the caller's own thread.
    package func scores(rows: Matrix, kind: ScoreKind) -> [Double] {
        scores(rows: rows, kind: kind, on: SerialRunner())
    }
}

/// The agreed figures of one round.
package struct AgreedObjective: Sendable, Equatable {
    /// What the stop rule watches: penalised log-likelihood (or ELBO) per row.
    package let perRow: Double
    /// Log-likelihood per row, all participants.
    package let logLikelihoodPerRow: Double
    /// Rows of all participants.
    package let rowCount: Double

    package init(perRow: Double, logLikelihoodPerRow: Double, rowCount: Double) {
        self.perRow = perRow
        self.logLikelihoodPerRow = logLikelihoodPerRow
        self.rowCount = rowCount
    }
}

/// A flat row-major array with its shape, as the model file writes it.
package struct NamedArray: Sendable, Equatable {
    package let name: String
    package let shape: [Int]
    package let values: [Double]

    package init(name: String, shape: [Int], values: [Double]) {
        precondition(shape.reduce(1, *) == values.count, "\(name): shape \(shape) for \(values.count) values")
        self.name = name
        self.shape = shape
        self.values = values
    }
}

/// What the model file's `shared` and `private` hold.
package struct ModelSnapshot: Sendable, Equatable {
    package let kind: String
    package let shared: [NamedArray]
    /// Never leaves its owner; `release` drops it.
    package let kept: [NamedArray]

    package init(kind: String, shared: [NamedArray], kept: [NamedArray]) {
        self.kind = kind
        self.shared = shared
        self.kept = kept
    }
}
