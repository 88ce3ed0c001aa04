import Agreement
import Learning
import Models
import Simulator
import Testing

/// A small network described as users describe one.
private func topology(_ yaml: String) throws -> TopologyFile {
    try TopologyFile(yaml: Array(yaml.utf8), path: "test.yaml")
}

@Suite struct SimulationTests {
    private static let small = """
        topology: {family: cycle-inverse-chords}
        model: {patterns: 3, starts: 2}
        rounds: {maximum: 4, tolerance: 0}
        simulation:
          participants: 7
          data: {generator: heterogeneous-clusters, rows: 60, columns: 4, clusters: 2}
        """

    @Test func `all participants end with the same bits, close to the exact sums`() throws {
        let file = try topology(Self.small)
        let report = try Scenario(file: file).report(settings: file.settings)
        #expect(report.stateHashCount == 1)
        #expect(report.rounds == 4)
        #expect(!report.converged)
        #expect(report.outcome.relativeError <= 1e-9)
        #expect(report.outcome.relativeError > 0)
        let detection = try #require(report.detection)
        #expect(detection.participants.count == 7)
        // Broken dependencies are visible to any model of the patterns.
        #expect(try #require(detection.meanROCAUC) > 0.7)
    }

    @Test(arguments: ["max-degree", "optimal", "finite", "paper"], [true, false])
    func `every kind of weights brings 31 participants to one state within the tolerance`(
        weights: String, masks: Bool
    ) throws {
        let graph = weights == "paper" ? "{family: complete}" : "{family: cycle-inverse-chords}"
        let file = try topology(
            """
            topology: \(graph)
            consensus: {weights: \(weights), protection: {masks: \(masks)}}
            model: {patterns: 2, starts: 1}
            rounds: {maximum: 1, tolerance: 0}
            simulation: {participants: 31, data: {generator: heterogeneous-clusters, rows: 20, columns: 2, clusters: 2}}
            """)
        let report = try Scenario(file: file).report(settings: file.settings)
        #expect(report.stateHashCount == 1)
        #expect(report.outcome.relativeError <= 1e-9)
        #expect(report.outcome.relativeError > 0)
    }

    @Test(arguments: [
        "{family: hypercube}", "{family: random-regular, degree: 3}", "{family: random-regular, degree: 6}",
    ])
    func `hypercubes and random graphs of any degree bring 32 participants to one state`(graph: String) throws
    {
        let file = try topology(
            """
            topology: \(graph)
            model: {patterns: 2, starts: 1}
            rounds: {maximum: 1, tolerance: 0}
            simulation: {participants: 32, data: {generator: heterogeneous-clusters, rows: 20, columns: 2, clusters: 2}}
            """)
        let report = try Scenario(file: file).report(settings: file.settings)
        #expect(report.stateHashCount == 1)
        #expect(report.outcome.relativeError <= 1e-9)
    }

    @Test func `the same file and seed give the same run, another seed another`() throws {
        func run(_ seed: Int) throws -> (hashes: [[UInt8]], bytes: Int, time: Duration) {
            let file = try topology(Self.small + "\n  seed: \(seed)")
            let outcome = try Scenario(file: file).report(settings: file.settings).outcome
            return (outcome.stateHashes, outcome.byteCount, outcome.virtualTime)
        }
        let first = try run(1)
        let again = try run(1)
        let other = try run(2)
        #expect(first.hashes == again.hashes)
        #expect(first.bytes == again.bytes)
        #expect(first.time == again.time)
        #expect(first.hashes != other.hashes)
    }

    @Test func `exact sums are off by a rounding and leave no trace of masks, keys or delays`() throws {
        let source: String = #filePath
        let folder = source.replacing(
            "Tests/SimulatorTests/SimulationTests.swift", with: "topologies/data/clinics")
        let yaml = """
            topology: {family: cycle-inverse-chords}
            consensus: {method: exact}
            model: {patterns: 3, starts: 2}
            rounds: {maximum: 3, tolerance: 0}
            simulation: {participants: 7, data: {directory: \(folder)}, seed: SEED}
            """
        var hashes: [[UInt8]] = []
        for seed in [1, 2] {
            let file = try topology(yaml.replacing("SEED", with: "\(seed)"))
            let report = try Scenario(file: file).report(settings: file.settings)
            #expect(report.stateHashCount == 1)
            // Half a unit of 2^−59 per member, and half a last place of the double that the sum becomes.
            #expect(report.outcome.relativeError <= 0x1p-53)
            #expect(report.outcome.stepsPerSession == 4)
            #expect(report.outcome.agreementSteps <= 3)
            hashes.append(report.outcome.stateHashes[0])
        }
        #expect(hashes[0] == hashes[1])
    }

    @Test(arguments: ["dynamical", "exact"], ["0s", "5ms"])
    func `shared results and copies that are not delivered change nothing`(
        method: String, jitter: String
    ) throws {
        let file = try topology(
            Self.small + "\n  network: {jitter: \(jitter)}\nconsensus: {method: \(method)}")
        let scenario = try Scenario(file: file)
        var short = try Simulation(scenario)
        var full = try Simulation(scenario, takesShortCuts: false)
        let one = try short.run()
        let other = try full.run()
        #expect(one.stateHashes == other.stateHashes)
        #expect(one.messageCount == other.messageCount)
        #expect(one.byteCount == other.byteCount)
        #expect(one.virtualTime == other.virtualTime)
        #expect(one.relativeError == other.relativeError)
        #expect(one.diversities == other.diversities)
        for (left, right) in zip(one.trainers, other.trainers) {
            #expect(left.agreedBytes() == right.agreedBytes())
            #expect(left.keptBytes() == right.keptBytes())
        }
        for (left, right) in zip(one.summaries, other.summaries) {
            #expect(left.stateHash == right.stateHash)
            #expect(left.residual == right.residual)
        }
        #expect(one.summaries.count == other.summaries.count)
    }

    @Test func `messages that arrive together give the exact sums that scattered ones give`() throws {
        func run(_ jitter: String) throws -> SimulationOutcome {
            let file = try topology(
                Self.small + "\n  network: {jitter: \(jitter)}\nconsensus: {method: exact}")
            return try Scenario(file: file).report(settings: file.settings).outcome
        }
        let together = try run("0s")
        let scattered = try run("5ms")
        #expect(together.stateHashes == scattered.stateHashes)
        // Each member passes a flooded message on once, whichever link it came by; but no vote that comes after its own
        // decision, and there are few of these.
        #expect(abs(together.messageCount - scattered.messageCount) <= together.messageCount / 50)
        #expect(abs(together.byteCount - scattered.byteCount) <= together.byteCount / 50)
        #expect(together.virtualTime < scattered.virtualTime)
    }

    @Test func `a fault of a participant that does not exist is refused`() throws {
        let yaml =
            Self.small.replacing("participants: 7", with: "")
            + "\n  faults: [{at: round 1, peer: 40, kind: crash}]"
        let file = try topology(yaml)
        #expect(throws: ScenarioError.self) { _ = try Scenario(file: file) }
    }
}
