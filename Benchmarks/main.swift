import Foundation
import GraphicalMixture

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
// `Benchmarks lasso FOLDER` takes the inputs of the yardsticks; without a folder it makes its own.
if only == nil || only == "lasso" {
    let folder = CommandLine.arguments.dropFirst(2).first
    for dimension in LassoBenchmark.dimensions {
        let problem =
            try folder.map { try LassoBenchmark.problem(dimension, in: $0) } ?? LassoBenchmark.problem(dimension)
        for accuracy in [1e-4, GraphicalLassoLimits.accuracy] {
            let times = try LassoBenchmark.run(problem, accuracy: accuracy, milliseconds: 300)
            let name = "lasso-\(dimension)-\(accuracy)"
            report("\(name)-cold", median(times.cold), "ms, \(times.sweeps.cold) sweeps")
            report("\(name)-cold-best", times.cold.min() ?? 0, "ms")
            report("\(name)-warm", median(times.warm), "ms, \(times.sweeps.warm) sweeps")
            let gap = times.gap.map { ", above the least objective known \($0)" } ?? ""
            report("\(name)-density", times.density, "certificate \(times.certificate)\(gap)")
        }
    }
}
for benchmark in MixtureBenchmark.all where only == nil || only == benchmark.name {
    let times = try benchmark.run(rounds: 10)
    report("mixture-\(benchmark.name)-e-step", median(times.update), "ms")
    report("mixture-\(benchmark.name)-e-step-best", times.update.min() ?? 0, "ms")
    report("mixture-\(benchmark.name)-m-step", median(times.optimise), "ms")
    report("mixture-\(benchmark.name)-scores", median(times.score), "ms")
}
