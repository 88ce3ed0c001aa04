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
if only == nil || only == "csv" {
    for benchmark in CSVBenchmark.all {
        report("csv-\(benchmark.name)", median(try benchmark.run(repetitions: 9)), "MB/s")
    }
}
for benchmark in MixtureBenchmark.all where only == nil || only == benchmark.name {
    let times = try benchmark.run(rounds: 9)
    report("mixture-\(benchmark.name)-e-step", median(times.update), "ms")
    report("mixture-\(benchmark.name)-m-step", median(times.optimise), "ms")
    report("mixture-\(benchmark.name)-density", median(times.density), "ms")
    report("mixture-\(benchmark.name)-paper", median(times.paper), "ms")
}
if only == nil || only == "passes" {
    for benchmark in MixtureBenchmark.all {
        for isShared in [false, true] {
            for (arithmetic, times) in benchmark.passes(repetitions: 9, isShared: isShared) {
                let name = "pass-\(benchmark.name)-\(arithmetic)" + (isShared ? "-overlapping" : "")
                report(name + "-sums", median(times.sums), "ms")
                report(name + "-density", median(times.scores), "ms")
            }
        }
    }
}
