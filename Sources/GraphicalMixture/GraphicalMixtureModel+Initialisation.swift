import LinearAlgebra

extension GraphicalMixtureModel {
    /// A common start that shows no row of anybody, in standardised units, Λ = I: one pattern at the agreed mean, or
    /// seeded Gaussian centres with π = 1/K.
    ///
    /// - Parameters:
    ///   - columnCount: d ≥ 1.
    ///   - start: which of the starts of `settings.seed`, ≥ 0.
    ///   - rowCount: N, the agreed rows of all participants, > 0.
    package init(columnCount: Int, settings: GraphicalMixtureSettings, start: Int, rowCount: Double) {
        precondition(start >= 0, "start \(start)")
        guard settings.origin == .scatter else {
            self.init(
                columnCount: columnCount, settings: settings,
                startMeans: [Double](repeating: 0, count: columnCount), rowCount: rowCount)
            return
        }
        var generator = SeededGenerator(seed: settings.seed, label: "graphical-mixture/start/\(start)")
        let means = NormalSampler.sample(count: settings.patternCount * columnCount, using: &generator)
        self.init(columnCount: columnCount, settings: settings, startMeans: means, rowCount: rowCount)
    }

    /// A start at given centres.
    ///
    /// - Parameters:
    ///   - startMeans: μ_1…μ_K, flat, shape `(K, d)`, in standardised units, finite; of one pattern, shape `(d)`,
    ///     where the dictionary grows by splitting.
    ///   - rowCount: N, the agreed rows of all participants, > 0.
    package init(
        columnCount: Int, settings: GraphicalMixtureSettings, startMeans: [Double], rowCount: Double
    ) {
        let patternCount = settings.origin == .split ? 1 : settings.patternCount
        precondition(
            startMeans.count == patternCount * columnCount,
            "\(startMeans.count) coordinates for \(patternCount) centres of \(columnCount) columns")
        precondition(startMeans.allSatisfy { $0.isFinite }, "a centre is not finite")
        precondition(rowCount > 0 && rowCount.isFinite, "\(rowCount) rows")
        self.init(
            columnCount: columnCount, priorStrength: settings.priorStrength,
            penalty: settings.sparsity * rowCount / Double(settings.patternCount),
            patterns: (0..<patternCount).map { slot in
                MixturePattern(
                    startMean: Array(startMeans[slot * columnCount..<(slot + 1) * columnCount]))
            },
            weights: [Double](repeating: 1 / Double(patternCount), count: patternCount),
            shape: settings.shape, patternLimit: settings.patternCount, size: patternCount)
        weightsPenalty = settings.weightsPenalty
        privacy = settings.privacy
    }
}
