package import LinearAlgebra
package import Models

/// An autoencoder whose number of latents the rows decide: before its rounds one exchange sums x xᵀ.
///
/// What that exchange shows, M(M+1)/2 sums over all participants, is protected like any other vector.
package struct SurveyedAutoencoder: Sendable {
    package static let name = AutoencoderModel.name

    package let settings: AutoencoderSettings
    /// A stand-in with one latent until the survey is done.
    package private(set) var model: AutoencoderModel
    /// Whether the survey is still to come, or done and not yet grown from.
    package private(set) var isSurvey: Bool
    private let start: Int

    /// - Parameters:
    ///   - columnCount: M ≥ 1.
    ///   - start: the number of the starting point.
    package init(columnCount: Int, settings: AutoencoderSettings, start: Int = 0) {
        self.settings = settings
        self.start = start
        model = AutoencoderModel(
            columnCount: columnCount, latentCount: settings.latentCount ?? 1, settings: settings,
            start: start)
        isSurvey = settings.latentCount == nil
    }

    private var triangleCount: Int { columnCount * (columnCount + 1) / 2 }
}

extension SurveyedAutoencoder: ModelKind {
    package var columnCount: Int { model.columnCount }
    package var activePatternCount: Int { model.activePatternCount }
    package func readers() -> [[any ModelKind]] { model.readers() }
    package var readerCountMax: Int { model.readerCountMax }
    package var warning: ModelWarning? { model.warning }

    package var grownVectorCount: Int {
        guard settings.latentCount == nil else { return model.grownVectorCount }
        let most = AutoencoderSettings.latentCountMax(columnCount: columnCount)
        let largest = AutoencoderModel(columnCount: columnCount, latentCount: most, settings: settings)
        return max(largest.grownVectorCount, triangleCount + 1)
    }

    package func layout(rowScale: Double, valueLimit: Double) -> VectorLayout {
        guard isSurvey else { return model.layout(rowScale: rowScale, valueLimit: valueLimit) }
        return VectorLayout([
            VectorBlock(
                name: "C", count: triangleCount,
                scale: powerOfTwo(atLeast: rowScale * valueLimit * valueLimit)),
            VectorBlock(name: "rows", count: 1, scale: rowScale),
        ])
    }

    package func localUpdate(
        rows training: TrainingRows, layout: VectorLayout, on runner: any ParallelRunner
    ) -> LocalUpdate {
        guard isSurvey else { return model.localUpdate(rows: training, layout: layout, on: runner) }
        // A missing cell counts as 0, the training mean.
        let rows = training.source.mapped { block in
            var filled = block
            for index in filled.elements.indices where filled.elements[index].isNaN {
                filled.elements[index] = 0
            }
            return filled
        }
        precondition(rows.columnCount == columnCount, "\(rows.columnCount) columns for \(columnCount)")
        var moments = WeightedMoments(dimension: columnCount)
        let ones = [Double](repeating: 1, count: 512)
        var gathered = [Double](repeating: 0, count: 512 * columnCount)
        for start in stride(from: 0, to: rows.rowCount, by: 512) {
            let block = rows.block(start..<min(start + 512, rows.rowCount))
            moments.add(
                block.matrix, from: block.range.lowerBound, count: block.range.count, weights: ones, at: 0,
                gathered: &gathered)
        }
        var values: [Double] = []
        for row in 0..<columnCount {
            for column in row..<columnCount { values.append(moments.scatter[row, column]) }
        }
        return LocalUpdate(
            shared: SharedVector(layout: layout, values: values + [Double(rows.rowCount)]),
            kept: model.keptState(), concentrations: [])
    }

    /// - Precondition: the number of latents was agreed; a survey is not private.
    package func privateUpdate(
        rows: TrainingRows, layout: VectorLayout, on runner: any ParallelRunner,
        using generator: inout some RandomNumberGenerator
    ) -> LocalUpdate {
        precondition(!isSurvey, "a survey under privacy")
        return model.privateUpdate(rows: rows, layout: layout, on: runner, using: &generator)
    }

    /// The survey has none: 0.
    package func agreedObjective(sum: SharedVector) -> AgreedObjective {
        guard isSurvey else { return model.agreedObjective(sum: sum) }
        let rows = sum.values.last?.rounded() ?? 0
        return AgreedObjective(perRow: 0, logLikelihoodPerRow: 0, rowCount: rows)
    }

    package mutating func optimise(sum: SharedVector, kept: KeptState) throws(ModelError) {
        guard isSurvey else {
            try model.optimise(sum: sum, kept: kept)
            return
        }
        precondition(sum.values.count == triangleCount + 1, "\(sum.values.count) sums of a survey")
        let rows = sum.values[triangleCount].rounded()
        guard rows >= 1 && rows.isFinite else {
            throw .impossibleSum(block: "rows", index: 0, value: rows)
        }
        var covariance = Matrix(rowCount: columnCount, columnCount: columnCount)
        var index = 0
        for row in 0..<columnCount {
            for column in row..<columnCount {
                let value = sum.values[index] / rows
                guard value.isFinite else { throw .impossibleSum(block: "C", index: index, value: value) }
                covariance[row, column] = value
                covariance[column, row] = value
                index += 1
            }
        }
        let count = AutoencoderSettings.latentCount(
            eigenvalues: portableEigenvalues(covariance), rowCount: rows)
        model = AutoencoderModel(
            columnCount: columnCount, latentCount: count, settings: settings, start: start)
    }

    package var isGrown: Bool { !isSurvey }

    /// Goes on from the survey to the rounds.
    package mutating func grow() { isSurvey = false }

    /// One byte, 1 until the survey is done, then the model's own.
    package func sharedBytes() -> [UInt8] { [isSurvey ? 1 : 0] + model.sharedBytes() }

    package func keptState() -> KeptState { model.keptState() }

    package func restored(sharedBytes: [UInt8], kept: KeptState) throws(ModelError) -> any ModelKind {
        guard let flag = sharedBytes.first, flag == 0 || (flag == 1 && settings.latentCount == nil) else {
            throw .malformedState(field: "shared state", expected: 1, found: sharedBytes.count)
        }
        var restored = self
        restored.isSurvey = flag == 1
        restored.model = try model.restoredModel(sharedBytes: Array(sharedBytes.dropFirst()), kept: kept)
        return restored
    }

    package func scores(rows: Matrix, kind: ScoreKind, on runner: any ParallelRunner) -> [Double] {
        model.scores(rows: rows, kind: kind, on: runner)
    }

    package func readings(
        of readers: [any ModelKind], rows: Matrix, on runner: any ParallelRunner
    ) -> [[Double]] {
        model.readings(of: readers, rows: rows, on: runner)
    }

    package var withoutOwnState: any ModelKind {
        var common = self
        common.model = model.withoutPrior
        return common
    }

    package func explanation(of row: [Double]) -> RowExplanation? { model.explanation(of: row) }

    package var expectedReading: Double { model.expectedReading }

    package func snapshot() -> ModelSnapshot { model.snapshot() }

    package init(snapshot: ModelSnapshot) throws(ModelError) {
        let model = try AutoencoderModel(snapshot: snapshot)
        settings = model.settings
        start = 0
        isSurvey = false
        self.model = model
    }
}
