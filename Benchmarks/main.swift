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
