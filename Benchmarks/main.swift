import Foundation

/// One line a figure: name, value, unit. Run with `COLLABDICT_BENCHMARKS=1 swift run -c release Benchmarks`.
func report(_ name: String, _ value: Double, _ unit: String) {
    let line = "\(name) \((value * 1000).rounded() / 1000) \(unit)\n"
    FileHandle.standardOutput.write(Data(line.utf8))
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

let only = CommandLine.arguments.dropFirst().first
if only == nil || only == "normals" {
    report("normals-2310", KernelBenchmark.normals(repetitions: 20_000), "µs")
}
if only == nil || only == "lasso" {
    for (dimension, repetitions) in [(20, 500), (50, 100), (100, 20), (200, 4)] {
        let result = try KernelBenchmark.lasso(dimension: dimension, repetitions: repetitions)
        report("lasso-\(dimension) (\(result.sweeps) sweeps, gap \(result.gap))", result.microseconds, "µs")
    }
}
for benchmark in MixtureBenchmark.all where only == nil || only == benchmark.name {
    let times = try benchmark.run(rounds: 10)
    report("mixture-\(benchmark.name)-e-step", median(times.update), "ms")
    report("mixture-\(benchmark.name)-e-step-best", times.update.min() ?? 0, "ms")
    report("mixture-\(benchmark.name)-m-step", median(times.optimise), "ms")
    report("mixture-\(benchmark.name)-scores", median(times.score), "ms")
}
