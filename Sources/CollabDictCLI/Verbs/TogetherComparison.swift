import Agreement
import Datasets
import Detection
import Learning
import LinearAlgebra

/// `fit --together`: what a model learnt together gives over one learnt alone, on the participant's own machine.
///
/// Rows of a test file are new to both models. Without one, rows of the own file are held out, a fifth at a time, and the
/// model alone is learnt from the other four: new to it they are, but the model together has learnt from them. Its
/// figures are then an upper bound of those on new rows.
struct TogetherComparison {
    /// Parts that the own rows are cut into.
    static let foldCount = 5
    /// Fewer rows cannot be cut.
    private static let rowsMin = 2 * foldCount
    private static let foldSeed: UInt64 = 1

    let gain: CollaborationGain
    /// Whether the rows were held out of the own file, and the model together has seen them.
    let isUpperBound: Bool
    /// Whether likelihoods of the two kinds can be compared.
    private let hasLikelihood: Bool

    /// Compares on rows of a file that neither model was learnt from.
    ///
    /// - Parameter alone: learnt from all own rows.
    /// - Throws: ``Failure`` where no row is normal.
    init(alone: LoadedModel, together: LoadedModel, test: RowTable, on runner: any ParallelRunner)
        throws(Failure)
    {
        let readings = [alone, together].map { Self.readings(of: $0, test.rows, on: runner) }
        try self.init(
            readings: readings, labels: test.labels, isUpperBound: false,
            hasLikelihood: Self.haveLikelihoods(alone, together))
    }

    /// Compares on the own rows, each held out of the model alone once.
    ///
    /// - Parameters:
    ///   - rows: shape `(n, d)`.
    ///   - learn: a model from the rows of its argument.
    /// - Throws: ``Failure`` with fewer than ten rows, and whatever `learn` throws.
    init(
        rows: RowTable, together: LoadedModel, on runner: any ParallelRunner,
        learn: (Matrix) throws -> LoadedModel
    ) throws {
        let count = rows.rows.rowCount
        guard count >= Self.rowsMin else {
            throw Failure.data(
                "\(count) rows are too few to hold some out, at least \(Self.rowsMin) are needed",
                fix: "Give rows that neither model was learnt from with --test.")
        }
        var generator = SeededGenerator(seed: Self.foldSeed, label: "held-out rows")
        let order = permutation(of: count, using: &generator)
        var scores = [Double](repeating: 0, count: count)
        var logDensities = scores
        var hasLikelihood = true
        for fold in 0..<Self.foldCount {
            let held = order.indices.filter { $0 % Self.foldCount == fold }.map { order[$0] }.sorted()
            let others = order.indices.filter { $0 % Self.foldCount != fold }.map { order[$0] }.sorted()
            let alone = try learn(Self.rows(others, of: rows.rows))
            hasLikelihood = hasLikelihood && Self.haveLikelihoods(alone, together)
            let found = Self.readings(of: alone, Self.rows(held, of: rows.rows), on: runner)
            for (position, row) in held.enumerated() {
                scores[row] = found.scores[position]
                logDensities[row] = found.logDensities[position]
            }
        }
        // Scores of five models in their own units make no common ranking, so there are no labels here.
        try self.init(
            readings: [
                CollaborationGain.Readings(scores: scores, logDensities: logDensities),
                Self.readings(of: together, rows.rows, on: runner),
            ], labels: nil, isUpperBound: true, hasLikelihood: hasLikelihood)
    }

    private init(
        readings: [CollaborationGain.Readings], labels: [Bool]?, isUpperBound: Bool, hasLikelihood: Bool
    ) throws(Failure) {
        guard let gain = CollaborationGain(alone: readings[0], together: readings[1], labels: labels) else {
            throw .data("no row to compare on is normal", fix: "Give a test file with rows of label 0.")
        }
        self.gain = gain
        self.isUpperBound = isUpperBound
        self.hasLikelihood = hasLikelihood
    }

    private static func readings(
        of model: LoadedModel, _ rows: Matrix, on runner: any ParallelRunner
    ) -> CollaborationGain.Readings {
        CollaborationGain.Readings(
            scores: model.scores(rows, on: runner), logDensities: model.logDensities(rows, on: runner))
    }

    private static func rows(_ indices: [Int], of rows: Matrix) -> Matrix {
        Matrix(
            rowCount: indices.count, columnCount: rows.columnCount,
            elements: indices.flatMap { row in
                rows.elements[row * rows.columnCount..<(row + 1) * rows.columnCount]
            })
    }

    /// A squared error is no density, and a bound from below is comparable to another one only.
    private static func haveLikelihoods(_ first: LoadedModel, _ second: LoadedModel) -> Bool {
        first.file.kind == second.file.kind && first.file.kind != "deterministic-autoencoder"
    }
}

extension TogetherComparison {
    /// The object `together` of the answer.
    var value: CanonicalValue {
        .object([
            ("heldOut", .text(isUpperBound ? "folds" : "test")), ("rows", .integer(gain.rowCount)),
            ("anomalies", .integer(gain.anomalyCount)), ("alone", value(of: gain.alone)),
            ("together", value(of: gain.together)),
            ("logLikelihoodGain", hasLikelihood ? .finite(gain.logLikelihoodGain) : .null),
            ("standardError", hasLikelihood ? .finite(gain.standardError) : .null),
            ("likelierTogether", hasLikelihood ? .finite(gain.betterShare) : .null),
            ("upperBound", .bool(isUpperBound)), ("verdict", .text(verdict.rawValue)),
        ])
    }

    private func value(of figures: CollaborationGain.Figures) -> CanonicalValue {
        .object([
            ("logLikelihood", hasLikelihood ? .finite(figures.logLikelihood) : .null),
            ("rocAuc", .finite(figures.rocAUC)), ("averagePrecision", .finite(figures.averagePrecision)),
        ])
    }

    /// A table of both, what it was taken on, and one line that says whether joining pays.
    var text: String {
        var table = TextTable([("", .left), ("alone", .right), ("together", .right)])
        if hasLikelihood {
            table.append(row("log-likelihood per row", \.logLikelihood))
        }
        if gain.alone.rocAUC != nil {
            table.append(row("ROC-AUC", \.rocAUC))
            table.append(row("average precision", \.averagePrecision))
        }
        return """
            \(table.text)

            \(basis)
            \(conclusion)
            """
    }

    private func row(_ name: String, _ figure: (CollaborationGain.Figures) -> Double?) -> [String] {
        [name] + [gain.alone, gain.together].map { Figure.decimal(figure($0), places: 4) }
    }

    private var basis: String {
        guard isUpperBound else {
            let anomalies = gain.anomalyCount == 0 ? "" : ", \(gain.anomalyCount) of them anomalies"
            return
                "on \(gain.rowCount) rows of the test file\(anomalies); the log-likelihood is of normal rows"
        }
        return
            "on \(gain.rowCount) own rows, a fifth at a time held out of the model alone. The model together has learnt from\n"
            + "them, so its figure is an upper bound of that on new rows; --test FILE compares on rows new to both"
    }

    private var verdict: CollaborationGain.Verdict { hasLikelihood ? gain.verdict : .undecided }

    private var conclusion: String {
        guard hasLikelihood else {
            return "no verdict: the two models have no likelihoods that can be compared"
        }
        let change =
            "\(Figure.decimal(abs(gain.logLikelihoodGain), places: 2)) ± "
            + "\(Figure.decimal(gain.standardError, places: 2)) nats"
        let bound = isUpperBound ? " at most" : ""
        switch verdict {
        case .together:
            return "joining pays: a row is\(bound) \(change) likelier under the model learnt together"
        case .alone:
            let anyway = isUpperBound ? ", though that one has seen the row" : ""
            return
                "joining does not pay: a row is \(change) less likely under the model learnt together\(anyway)"
        case .undecided:
            let direction = gain.logLikelihoodGain >= 0 ? "likelier" : "less likely"
            return "undecided: a row is \(change) \(direction) under the model learnt together"
                + (gain.alone.rocAUC == nil
                    ? ""
                    : ", ROC-AUC \(Figure.decimal(gain.alone.rocAUC)) → \(Figure.decimal(gain.together.rocAUC))")
        }
    }
}
