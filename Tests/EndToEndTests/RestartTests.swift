import Foundation
import Testing

/// A daemon that dies by `kill -9` resumes from its checkpoint, and the run ends as if nothing had been.
@Suite(.serialized) struct RestartTests {
    /// A path of three with the paper's weights: sessions of some ninety steps, long enough to be met in the middle.
    private static let settings = [
        "topology.edges=[[0,1],[1,2]]", "consensus.weights=paper", "rounds.maximum=40", "rounds.tolerance=0",
        "model.starts=1", "model.patterns=3", "deadlines.grace=1s",
    ]

    /// Ports that differ between processes and suites.
    private static func firstPort(_ offset: Int) -> Int {
        12_000 + Int(ProcessInfo.processInfo.processIdentifier) % 400 * 12 + offset
    }

    private func run(killing: Bool, port: Int) async throws -> (
        hashes: [String], parameters: [String: [Double]]
    ) {
        let network = try await PeerNetwork(firstPort: Self.firstPort(port), settings: Self.settings)
        for name in PeerNetwork.names { try network.start(name) }
        if killing {
            // Between the first rounds, wherever the daemon happens to be.
            for round in [8, 16] {
                _ = try await network.wait(for: "p01") { ($0["round"] as? Int ?? 0) >= round }
                await network.kill("p01")
                try network.start("p01")
            }
            // In the middle of a session.
            _ = try await network.wait(for: "p02") { status in
                (status["round"] as? Int ?? 0) >= 20 && (status["session"] as? [String: Any]) != nil
            }
            await network.kill("p02")
            let stalled = try #require(try await network.status("p00"))
            #expect(stalled["phase"] as? String != "finished")
            try network.start("p02")
        }
        let hashes = try await network.finish()
        let parameters = try network.sharedParameters("p00")
        let codes = await network.stop()
        #expect(codes == [0, 0, 0])
        return (hashes, parameters)
    }

    @Test func `a run with three killed daemons ends like an undisturbed one`() async throws {
        let quiet = try await run(killing: false, port: 0)
        let disturbed = try await run(killing: true, port: 3)
        #expect(Set(quiet.hashes).count == 1)
        #expect(Set(disturbed.hashes).count == 1)
        #expect(quiet.parameters.keys.sorted() == disturbed.parameters.keys.sorted())
        // Fresh masks move the last digits, hence the hash.
        let tolerance = 1e-4
        for (name, values) in quiet.parameters {
            let others = try #require(disturbed.parameters[name])
            try #require(values.count == others.count)
            let largest = zip(values, others).map { abs($0 - $1) / max(1, abs($0)) }.max() ?? 0
            #expect(largest <= tolerance, "\(name)")
        }
    }

    @Test func `with Shamir's shares a run with killed daemons ends in the state of an undisturbed one`()
        async throws
    {
        let settings = [
            "consensus.method=exact", "consensus.protection={shamir: {threshold: 1}}", "rounds.maximum=300",
            "rounds.tolerance=0", "model.starts=1", "model.patterns=3", "deadlines.grace=1s",
        ]
        var hashes: [String] = []
        let runs: [(victims: [(name: String, round: Int)], port: Int)] = [
            ([], 6), ([("p01", 20), ("p02", 90), ("p00", 180)], 9),
        ]
        for (victims, port) in runs {
            let network = try await PeerNetwork(firstPort: Self.firstPort(port), settings: settings)
            for name in PeerNetwork.names { try network.start(name) }
            for (name, round) in victims {
                _ = try await network.wait(for: name) { ($0["round"] as? Int ?? 0) >= round }
                await network.kill(name)
                try network.start(name)
            }
            hashes += try await network.finish()
            let codes = await network.stop()
            #expect(codes == [0, 0, 0])
        }
        #expect(hashes.count == 6 && Set(hashes).count == 1)
    }

    @Test func `status of a daemon that is not running exits with 3`() async throws {
        let network = try await PeerNetwork(firstPort: Self.firstPort(6), settings: [])
        let result = try await CollabDictProcess.run(
            ["status", "--config", "p00.yaml"], in: network.folder.url)
        #expect(result.status == 3)
        #expect(result.output == "")
    }
}
