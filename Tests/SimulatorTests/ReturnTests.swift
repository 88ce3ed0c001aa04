import Agreement
import Simulator
import Testing

/// Participants that are killed at any point of a round and start again.
@Suite struct ReturnTests {
    /// A round takes a second or two, longer than it takes to make a connection.
    private static func scenario(_ method: String) throws -> Scenario {
        let yaml = """
            topology: {family: cycle-inverse-chords}
            consensus: {method: \(method)}
            standardise: shared
            score: density
            model: {patterns: 2, initialise: scatter, shape: own, starts: 1}
            rounds: {maximum: 14, tolerance: 0}
            simulation:
              participants: 11
              data: {generator: heterogeneous-clusters, rows: 20, columns: 4, clusters: 2}
              network: {latency: 100ms}
            """
        return try Scenario(file: try TopologyFile(yaml: Array(yaml.utf8), path: "returns.yaml"))
    }

    @Test(arguments: [0.5, 4, 10])
    func `a participant killed anywhere in a round misses two whole rounds at most once it is back`(
        secondsAway: Double
    ) throws {
        var scenario = try Self.scenario("exact")
        // About 120 directives are those of a whole round.
        for directives in stride(from: 0, to: 120, by: 6) {
            scenario.faults = [
                Fault(
                    at: .round(1), participant: directives % 11, kind: .crash,
                    length: .time(.seconds(secondsAway)), directivesLeft: directives)
            ]
            let outcome = try scenario.outcome()
            #expect(Set(outcome.stateHashes).count == 1)
            #expect(outcome.returns.count == 1, "after \(directives) directives")
            // The round under way when it starts is not a whole one.
            #expect(outcome.returns.allSatisfy { $0.roundCount <= 3 }, "\(outcome.returns), \(directives)")
        }
    }
}
