import LinearAlgebra

/// Normals, microseconds a call.
enum KernelBenchmark {
    /// 2,310 normals: the masks of one partner for K=10, d=20.
    static func normals(repetitions: Int) -> Double {
        var generator = SeededGenerator(seed: 1)
        let count = 2_310
        let words = (0..<NormalSampler.wordCount(for: count)).map { _ in generator.next() }
        var values = [Double](repeating: 0, count: count)
        let elapsed = ThreadTime.measure {
            for _ in 0..<repetitions { NormalSampler.fill(&values, from: words) }
        }
        precondition(values[0].isFinite)
        return elapsed / .microseconds(1) / Double(repetitions)
    }
}
