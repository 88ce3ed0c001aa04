import Foundation
import Testing

@Suite struct SimulateVerbTests {
    private func run(_ arguments: [String]) async throws -> ProcessResult {
        let folder = try TemporaryFolder()
        return try await CollabDictProcess.run(
            [
                "simulate", Repository.path("topologies/clinics-7.yaml"), "--set", "rounds.maximum=3",
                "--set",
                "rounds.tolerance=0", "--set", "model.starts=1", "--json",
            ]
                + arguments, in: folder.url)
    }

    @Test func `two runs print the same bytes but for time and memory, whatever the threads`() async throws {
        let first = try await run([])
        let second = try await run(["--threads", "3"])
        #expect(first.status == 0, "\(first.error)")
        #expect(try Self.withoutMeasurements(first) == Self.withoutMeasurements(second))
    }

    @Test func `another seed gives other masks and the same sums`() async throws {
        let first = try await run([]).data()
        let second = try await run(["--seed", "2"]).data()
        // Fresh masks move the last digits only.
        let difference =
            try #require(first["logLikelihood"] as? Double) - #require(second["logLikelihood"] as? Double)
        #expect(abs(difference) < 1e-5)
    }

    @Test(arguments: ["--seed", "--data", "--label", "--output"])
    func `what a run of many seeds would ignore is refused`(option: String) async throws {
        let result = try await run(["--seeds", "0..1", option, "7"])
        #expect(result.status == 2)
        #expect(result.output.contains("\(option) does not go with --seeds"), "\(result.output)")
    }

    @Test func `faults for no run of many seeds are refused`() async throws {
        let result = try await run(["--faults", Repository.path("topologies/lossy-31.yaml")])
        #expect(result.status == 2)
        #expect(result.output.contains("--faults goes with --seeds"), "\(result.output)")
    }

    @Test func `all members end in one state, near the exact sums`() async throws {
        let data = try await run([]).data()
        let consensus = try #require(data["consensus"] as? [String: Any])
        #expect(data["participants"] as? Int == 7)
        #expect(data["stateHashes"] as? Int == 1)
        #expect(try #require(consensus["relativeError"] as? Double) <= 1e-8)
        #expect(try #require(consensus["stepsPerSession"] as? Int) <= 90)
        #expect(data["rounds"] as? Int == 3)
        let detection = try #require(data["detection"] as? [String: Any])
        #expect((detection["participants"] as? [Any])?.count == 7)
        #expect(
            Set(data.keys) == [
                "participants", "rounds", "converged", "logLikelihood", "patternsActive", "warning",
                "consensus",
                "methods", "stateHashes", "stateHash",
                "privacy", "detection", "faults", "wallSeconds", "virtualSeconds", "peakMemoryBytes",
            ])
    }

    @Test func `Shamir's shares end in one state with the exact sum, in two steps`() async throws {
        let shared = [
            "--set", "consensus.method=exact", "--set", "consensus.protection={shamir: {threshold: 3}}",
        ]
        let data = try await run(shared).data()
        let consensus = try #require(data["consensus"] as? [String: Any])
        #expect(data["stateHashes"] as? Int == 1)
        #expect(consensus["stepsPerSession"] as? Int == 2)
        // Encoding loses at most 2^−(f + 1) an entry, f = 57, and the double a last place of sum/S.
        #expect(try #require(consensus["relativeError"] as? Double) <= 0x1p-58 + 0x1p-53)
        let masked = try await run(["--set", "consensus.method=exact"]).data()
        let difference =
            try #require(data["logLikelihood"] as? Double) - #require(masked["logLikelihood"] as? Double)
        // The two encodings differ in the last bits, which some forty rounds of EM carry on.
        #expect(abs(difference) < 1e-6)
    }

    @Test func `what does not combine exits with 4 and names both keys`() async throws {
        let result = try await run(["--set", "consensus.protection={shamir: {threshold: 3}}"])
        #expect(result.status == 4)
        #expect(result.output.contains("consensus.protection.shamir does not combine with consensus.method"))
    }

    /// The answer without the two figures that may differ.
    private static func withoutMeasurements(_ result: ProcessResult) throws -> String {
        result.output
            .replacing(try Regex("\"wallSeconds\":[^,}]+"), with: "")
            .replacing(try Regex("\"peakMemoryBytes\":[^,}]+"), with: "")
    }

    @Test func `a collapse of the autoencoder is named, and 31 members end in one state`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CollabDictProcess.run(
            [
                "simulate", Repository.path("topologies/autoencoder-8.yaml"), "--json",
                "--set", "simulation.participants=31", "--set", "simulation.data.rows=40",
                "--set", "rounds.maximum=6", "--set", "score=density",
                "--set", "model.beta=100", "--set", "model.learning-rate=0.05",
            ], in: folder.url)
        #expect(result.status == 0, "\(result.error)")
        let data = try result.data()
        #expect(data["stateHashes"] as? Int == 1)
        #expect(try #require(data["warning"] as? String).hasPrefix("posterior collapse: "))
    }
}
