import LinearAlgebra

/// One pass over the rows of a ``MixtureBenchmark`` in every arithmetic that the processor has.
extension MixtureBenchmark {
    /// Milliseconds of thread time.
    ///
    /// - Parameter isShared: whether all patterns are one and the same, so that every row belongs to all of them, the
    ///   worst case; otherwise they lie where the rows do, well apart.
    func passes(
        repetitions: Int, isShared: Bool
    ) -> [(arithmetic: KernelLevel, times: (sums: [Double], scores: [Double]))] {
        let (rows, means) = data()
        var factor = Matrix(rowCount: columnCount, columnCount: columnCount)
        for index in 0..<columnCount { factor[index, index] = 1 }
        let components = (0..<patternCount).map { k in
            GaussianComponent(
                factor: factor,
                mean: Array(means[isShared ? 0..<columnCount : k * columnCount..<(k + 1) * columnCount]),
                constant: 0)
        }
        return KernelLevel.available.map { arithmetic in
            let pass = MixturePass(components, arithmetic: arithmetic)
            var times = (sums: [Double](), scores: [Double]())
            for _ in 0..<repetitions {
                let sums = ThreadTime.measure { _ = pass.sums(rows, in: 0..<rows.rowCount) }
                let scores = ThreadTime.measure { _ = pass.logSums(rows, in: 0..<rows.rowCount) }
                times.sums.append(sums / .milliseconds(1))
                times.scores.append(scores / .milliseconds(1))
            }
            return (arithmetic, times)
        }
    }
}
