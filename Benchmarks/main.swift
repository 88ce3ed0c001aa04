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
            try folder.map { try LassoBenchmark.problem(dimension, in: $0) }
            ?? LassoBenchmark.problem(dimension)
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
if only == nil || only == "lasso-rounds" {
    for (rowCount, columnCount, patternCount) in [(20_000, 20, 10), (10_000, 50, 5), (10_000, 100, 3)] {
        let mixture = MixtureBenchmark(
            name: "rounds", rowCount: rowCount, columnCount: columnCount, patternCount: patternCount)
        for sparsity in [0.01, 0.1] {
            let rounds = try LassoRoundsBenchmark(mixture: mixture, sparsity: sparsity).run(rounds: 15)
            let (cold, warm) = (rounds.reduce(0) { $0 + $1.cold }, rounds.reduce(0) { $0 + $1.warm })
            let name = "lasso-rounds-\(columnCount)-\(sparsity)"
            let sweeps = (rounds.reduce(0) { $0 + $1.coldSweeps }, rounds.reduce(0) { $0 + $1.warmSweeps })
            report("\(name)-cold", cold / 15, "ms a round, \(sweeps.0) sweeps in all")
            report("\(name)-warm", warm / 15, "ms a round, \(sweeps.1) sweeps in all")
            report("\(name)-ratio", cold / warm, "")
        }
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
// autoencoder [vae.csv] [initial-weights.json]: throughput, and the loss after ten epochs from given weights.
if only == nil || only == "autoencoder" {
    let arguments = CommandLine.arguments
    let benchmark = try AutoencoderBenchmark(path: arguments.count > 2 ? arguments[2] : nil)
    let result = benchmark.train()
    report("autoencoder-steps", median(result.rates) / 1e6, "M rows/s")
    report("autoencoder-steps-best", (result.rates.max() ?? 0) / 1e6, "M rows/s")
    report("autoencoder-negative-elbo", result.loss, "nats")
    report("autoencoder-rounds", median(try benchmark.rounds()) / 1e6, "M rows/s")
    report("autoencoder-scores-at-mean", median(benchmark.scoring()) / 1e6, "M rows/s")
    if arguments.count > 3 {
        let losses = try benchmark.losses(from: arguments[3])
        report("autoencoder-negative-elbo-given-weights", losses.reduce(0, +) / Double(losses.count), "nats")
    }
}
// autoencoder-quality FOLDER: the development sets, three seeds.
if only == "autoencoder-quality", CommandLine.arguments.count > 2 {
    try AutoencoderQuality.report(folder: CommandLine.arguments[2], seeds: [1, 2, 3])
}
// privacy TRIALS FOLDER…: membership inference and reconstruction on the rows of each folder.
if only == "privacy", CommandLine.arguments.count > 3, let trials = Int(CommandLine.arguments[2]) {
    for folder in CommandLine.arguments.dropFirst(3) {
        let name = folder.split(separator: "/").last.map(String.init) ?? folder
        try PrivacyAttacks(folder: folder).report(name: name, trialCount: trials)
    }
}
