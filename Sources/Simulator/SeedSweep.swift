package import Agreement
import Learning
package import LinearAlgebra

/// Many runs of one network under faults, a seed each.
package struct SeedSweep: Sendable {
    /// What a run showed.
    package struct Run: Sendable {
        package let seed: UInt64
        package let outcome: SimulationOutcome
    }

    /// A run that broke an invariant or came to no end; the seed repeats it.
    package struct Broken: Error {
        package let seed: UInt64
        package let cause: SimulationError
    }

    private let file: TopologyFile
    private let faults: [Fault]?
    /// The time in which drawn faults begin.
    private let span: Duration

    /// - Parameters:
    ///   - file: the network; its seed is replaced.
    ///   - faults: the same in every run; nil for faults drawn from the seed, which begin anywhere in the time that the
    ///     file's own run takes without faults, and a quarter of it more.
    /// - Throws: ``ScenarioError``, ``SimulationError``.
    package init(file: TopologyFile, faults: [Fault]?) throws {
        self.file = file
        self.faults = faults
        guard faults == nil else {
            span = .zero
            return
        }
        var scenario = try Scenario(file: file)
        scenario.faults = []
        span = try scenario.outcome().virtualTime * 5 / 4
    }

    /// One run.
    ///
    /// - Throws: ``ScenarioError``; ``Broken``.
    package func run(seed: UInt64) throws -> Run {
        var file = file
        file.simulation.seed = seed
        var scenario = try Scenario(file: file)
        let count = scenario.participants.count
        let quorum = scenario.learning.quorum
        scenario.faults =
            faults ?? FaultPlan.draw(participantCount: count, quorum: quorum, span: span, seed: seed)
        do throws(SimulationError) {
            return Run(seed: seed, outcome: try scenario.outcome())
        } catch {
            throw Broken(seed: seed, cause: error)
        }
    }

    /// Runs of all seeds, in order; threads change nothing but the time.
    ///
    /// - Parameters:
    ///   - runner: runs seeds side by side.
    ///   - onRun: called for every run, in the order of seeds.
    /// - Throws: what the first broken run throws.
    package func run(
        seeds: ClosedRange<UInt64>, on runner: any ParallelRunner, onRun: (Run) -> Void
    ) throws {
        var first = seeds.lowerBound
        while true {
            let last = min(first.addingReportingOverflow(63).partialValue, seeds.upperBound)
            let batch = Array(first...max(first, last))
            let results = runner.map(count: batch.count) { index in Result { try run(seed: batch[index]) } }
            for result in results { onRun(try result.get()) }
            guard last < seeds.upperBound, last >= first else { return }
            first = last + 1
        }
    }
}
