/// The Gaussians of a mixture, prepared for passes over rows: the E-step with its sums, and scores.
///
/// Local arithmetic. Rows with equal components, arithmetic and run give equal bits; another arithmetic may change the
/// last ones. Rows are read as they lie, row-major and shared with everybody, or as they come from elsewhere; a few hundred at a time are turned into
/// panels, which costs a tenth of the pass, most of it the reading, and saves a second copy of the data.
package struct MixturePass: Sendable {
    package let components: [GaussianComponent]
    package let dimension: Int
    package let arithmetic: KernelLevel
    private let packed: PackedComponents?

    /// - Parameters:
    ///   - components: at least one, all of the same dimension.
    ///   - arithmetic: one of ``KernelLevel/available``.
    package init(_ components: [GaussianComponent], arithmetic: KernelLevel = .best) {
        precondition(!components.isEmpty, "a mixture of no component")
        let dimension = components[0].centre.count
        precondition(
            dimension > 0 && components.allSatisfy { $0.centre.count == dimension },
            "components of \(components.map(\.centre.count)) variables")
        precondition(
            KernelLevel.available.contains(arithmetic), "no \(arithmetic) on this processor")
        self.components = components
        self.dimension = dimension
        self.arithmetic = arithmetic
        packed = arithmetic == .portable ? nil : PackedComponents(components)
    }

    /// Responsibilities of the rows in `range`, and the sums of Eq. 13 under them.
    package func sums(_ rows: any RowSource, in range: Range<Int>) -> MixtureSums {
        check(rows, range)
        if let packed {
            let scratch = KernelScratch(packed, arithmetic: arithmetic, keepsMoments: true)
            return scratch.sums(rows, in: range)
        }
        var pass = BLASMixturePass(components)
        return pass.sums(rows, in: range)
    }

    /// ln Σ_k exp(log density) of every row in `range`.
    package func logSums(_ rows: Matrix, in range: Range<Int>) -> [Double] {
        check(rows, range)
        if let packed {
            let scratch = KernelScratch(packed, arithmetic: arithmetic, keepsMoments: false)
            return scratch.logSums(rows, in: range)
        }
        var pass = BLASMixturePass(components)
        return pass.logSums(rows, in: range)
    }

    /// −Σ_k r_k (log density_k − logWeights_k) of every row in `range`.
    ///
    /// - Parameter logWeights: shape `(K)`, finite.
    package func posteriorLosses(_ rows: Matrix, in range: Range<Int>, logWeights: [Double]) -> [Double] {
        check(rows, range)
        precondition(
            logWeights.count == components.count, "\(logWeights.count) weights for \(components.count)")
        if let packed {
            let scratch = KernelScratch(packed, arithmetic: arithmetic, keepsMoments: false)
            return scratch.posteriorLosses(rows, in: range, logWeights: logWeights)
        }
        var pass = BLASMixturePass(components)
        return pass.posteriorLosses(rows, in: range, logWeights: logWeights)
    }

    private func check(_ rows: any RowSource, _ range: Range<Int>) {
        precondition(rows.columnCount == dimension, "\(rows.columnCount) columns for \(dimension)")
        precondition(
            range.lowerBound >= 0 && range.upperBound <= rows.rowCount,
            "rows \(range) of \(rows.rowCount)")
    }
}

/// The pass on any processor, in Swift and BLAS: what the kernels are tested against.
struct BLASMixturePass {
    private let components: [GaussianComponent]
    private let dimension: Int
    private var block: TransposedBlock
    private var responsibilities: ResponsibilityBlock
    private var totals: [ResponsibilitySums]

    init(_ components: [GaussianComponent]) {
        self.components = components
        dimension = components[0].centre.count
        // A few hundred rows, fewer where many patterns would push the block out of the cache.
        let capacity = max(64, min(512, 32_768 / components.count / 8 * 8))
        block = TransposedBlock(capacity: capacity, dimension: dimension)
        responsibilities = ResponsibilityBlock(patternCount: components.count, leading: block.leading)
        totals = components.map { _ in ResponsibilitySums() }
    }

    /// See ``MixturePass/sums(_:in:)``.
    mutating func sums(_ rows: any RowSource, in range: Range<Int>) -> MixtureSums {
        var moments = components.map { _ in WeightedMoments(dimension: dimension) }
        var gathered = [Double](repeating: 0, count: self.block.capacity * dimension)
        var result = MixtureSums(patternCount: components.count, dimension: dimension)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: self.block.capacity) {
            let count = min(self.block.capacity, range.upperBound - start)
            let block = rows.block(start..<start + count)
            loadLogDensities(block.matrix, from: block.range.lowerBound, count: count)
            result.logLikelihood += responsibilities.normalise(rowCount: count, totals: &totals)
            for k in components.indices {
                moments[k].add(
                    block.matrix, from: block.range.lowerBound, count: count,
                    weights: responsibilities.values,
                    at: k * responsibilities.leading, gathered: &gathered)
            }
        }
        for k in components.indices {
            result.patterns[k].responsibilities = totals[k]
            result.patterns[k].mean = moments[k].mean
            var index = 0
            for row in 0..<dimension {
                for column in row..<dimension {
                    result.patterns[k].scatter[index] = moments[k].scatter[row, column]
                    index += 1
                }
            }
        }
        return result
    }

    /// See ``MixturePass/logSums(_:in:)``.
    mutating func logSums(_ rows: Matrix, in range: Range<Int>) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(range.count)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: block.capacity) {
            let count = min(block.capacity, range.upperBound - start)
            loadLogDensities(rows, from: start, count: count)
            _ = responsibilities.normalise(rowCount: count, totals: &totals)
            result += responsibilities.logSums[..<count]
        }
        return result
    }

    /// See ``MixturePass/posteriorLosses(_:in:logWeights:)``.
    mutating func posteriorLosses(
        _ rows: Matrix, in range: Range<Int>, logWeights: [Double]
    ) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(range.count)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: block.capacity) {
            let count = min(block.capacity, range.upperBound - start)
            loadLogDensities(rows, from: start, count: count)
            let logDensities = responsibilities.values
            _ = responsibilities.normalise(rowCount: count, totals: &totals)
            for row in 0..<count {
                var loss = 0.0
                for k in components.indices {
                    let index = k * responsibilities.leading + row
                    loss -= responsibilities.values[index] * (logDensities[index] - logWeights[k])
                }
                result.append(loss)
            }
        }
        return result
    }

    private mutating func loadLogDensities(_ rows: Matrix, from start: Int, count: Int) {
        block.load(rows, from: start, count: count)
        for k in components.indices {
            block.logDensities(
                of: components[k], into: &responsibilities.values, at: k * responsibilities.leading)
        }
    }
}
