import Foundation
import Testing

/// `privacy`, the gate of real daemons, and `release`.
@Suite(.serialized) struct PrivacyVerbTests {
    private static func firstPort(_ offset: Int) -> Int {
        17_000 + Int(ProcessInfo.processInfo.processIdentifier) % 60 * 6 + offset
    }

    private static let quick = [
        "rounds.maximum=3", "rounds.tolerance=0", "model.patterns=2", "deadlines.grace=1s",
    ]

    @Test func `a learning peer says how well its sums hide rows, and who could see them`() async throws {
        let network = try await PeerNetwork(firstPort: Self.firstPort(0), settings: Self.quick)
        for name in PeerNetwork.names { try network.start(name) }
        _ = try await network.finish()
        let asked = try await CollabDictProcess.run(
            ["privacy", "--config", "p00.yaml", "--json"], in: network.folder.url)
        #expect(asked.status == 0, "\(asked.error)")
        #expect(try asked.json()["schema"] as? String == "collabdict.privacy/1")
        let data = try asked.data()
        // 30 columns: max(5, 32), more than the 20 rows there are.
        #expect(data["required"] as? Double == 32)
        #expect(data["action"] as? String == "warn")
        #expect(data["gate"] as? String == "warned")
        #expect(data["visible"] as? String == "network")
        #expect(data["budget"] is NSNull)
        #expect((data["statement"] as? String)?.contains("no DP") == true)
        #expect((data["audit"] as? String)?.isEmpty == false)
        let least = try #require(data["lDiversityMin"] as? Double)
        let most = try #require(data["lDiversityMax"] as? Double)
        #expect(least >= 1 && least <= most && most <= 20)
        #expect((data["patterns"] as? [Any])?.isEmpty == false)
        #expect((data["paper"] as? [String: Any])?["correctedCentres"] is Double)
        #expect(try #require(data["networkRowsMin"] as? Double) >= 1)
        let text = try await CollabDictProcess.run(
            ["privacy", "--config", "p00.yaml"], in: network.folder.url)
        #expect(text.output.contains("ℓ") && text.output.contains("no DP"))
        let rounds = try await CollabDictProcess.run(
            ["rounds", "--config", "p00.yaml", "--json"], in: network.folder.url
        ).data()
        let last = try #require(
            (rounds["rounds"] as? [[String: Any]])?.last { $0["stage"] as? String == "round" })
        #expect(last["gate"] as? String == "warned")
        #expect(last["lDiversityMin"] is Double && last["networkRowsMin"] is Double)
        _ = await network.stop()
        let gone = try await CollabDictProcess.run(
            ["privacy", "--config", "p00.yaml"], in: network.folder.url)
        #expect(gone.status == 3)
    }

    @Test func `a daemon whose gate is closed holds, says so and sends nothing`() async throws {
        let network = try await PeerNetwork(
            firstPort: Self.firstPort(3), settings: Self.quick + ["privacy.on-violation=hold"])
        for name in PeerNetwork.names { try network.start(name) }
        let status = try await network.wait(for: "p00") { $0["phase"] as? String == "held" }
        #expect(status["round"] as? Int == 0)
        #expect((status["privacy"] as? [String: Any])?["gate"] as? String == "held")
        let rounds = try await CollabDictProcess.run(
            ["rounds", "--config", "p00.yaml", "--json"], in: network.folder.url
        ).data()
        #expect((rounds["rounds"] as? [Any])?.isEmpty == true)
        #expect(await network.stop() == [0, 0, 0])
    }

    @Test(arguments: [["demo", "--peers", "3"], ["simulate", Repository.path("topologies/clinics-7.yaml")]])
    func `a verb that waits for a closed gate ends with 7`(arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        let result = try await CollabDictProcess.run(
            arguments + ["--set", "consensus.protection.masks=false", "--json"], in: folder.url)
        #expect(result.status == 7, "\(result.error)")
        let answer = try result.json()
        #expect((answer["error"] as? [String: Any])?["code"] as? String == "PRIVACY_GATE")
    }

    @Test(arguments: ["noise", "suppress"]) func `a simulation counts what its gates did`(action: String)
        async throws
    {
        let folder = try TemporaryFolder()
        let data = try await CollabDictProcess.run(
            [
                "simulate", Repository.path("topologies/clinics-7.yaml"), "--json", "--set",
                "rounds.maximum=2",
                "--set", "privacy={l-diversity: 3, on-violation: \(action)}",
            ], in: folder.url
        ).data()
        let privacy = try #require(data["privacy"] as? [String: Any])
        let counts = [privacy["noiseEvents"] as? Int, privacy["suppressions"] as? Int]
        #expect(
            action == "noise"
                ? (counts[0] ?? 0) > 0 && counts[1] == 0 : counts[0] == 0 && (counts[1] ?? 0) > 0)
        #expect(data["stateHashes"] as? Int == 1)
    }

    @Test func `where every participant leaves its rows out the gate is named`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CollabDictProcess.run(
            [
                "simulate", Repository.path("topologies/clinics-7.yaml"), "--set",
                "privacy.on-violation=suppress",
            ], in: folder.url)
        #expect(result.status == 7)
        #expect(result.error.contains("every participant left its own out"))
    }

    @Test
    func `a release has no private part, says what it promises, scores, and is never drawn twice alike`()
        async throws
    {
        let folder = try TemporaryFolder()
        let train = Repository.path("topologies/data/clinics/p00_train.csv")
        _ = try await CollabDictProcess.run(
            [
                "simulate", Repository.path("topologies/clinics-7.yaml"), "--output", "models", "--set",
                "model.patterns=2", "--set", "rounds.maximum=2",
            ], in: folder.url)
        func release(_ name: String, _ more: [String] = []) async throws -> ProcessResult {
            try await CollabDictProcess.run(
                ["release", "--model", "models/p00.json", "--output", name, "--json"] + more, in: folder.url)
        }
        let answer = try await release("a.json").data()
        #expect(
            (answer["measured"] as? [String: Any])?["dependsOn"] as? [String] == ["counts", "variances"])
        #expect((answer["bounded"] as? [String: Any])?["dependsOn"] as? [String] == ["counts"])
        #expect(try await release("b.json").status == 0)
        #expect(try await release("b.json").status == 1)
        let bytes = try ["a.json", "b.json"].map { try Data(contentsOf: folder.url.appending(path: $0)) }
        #expect(bytes[0] != bytes[1])
        let file = try #require(try JSONSerialization.jsonObject(with: bytes[0]) as? [String: Any])
        #expect((file["private"] as? [String: Any])?.isEmpty == true)
        #expect(file["threshold"] is NSNull && file["participant"] is NSNull)
        #expect(file["views"] as? [String] == ["shared"])
        let note = try #require(file["release"] as? [String: Any])
        #expect(note.keys.sorted() == ["advantage", "radius", "scale", "statement"])
        #expect(note["advantage"] as? Double == 0.02)
        #expect((note["statement"] as? String)?.contains("not a DP guarantee for the model file") == true)
        let scores = try await CollabDictProcess.run(
            ["score", "--model", "a.json", "--data", train], in: folder.url)
        #expect(scores.status == 0)
        #expect(scores.output.split(separator: "\n").count == 20)
        let again = try await CollabDictProcess.run(
            ["release", "--model", "a.json", "--output", "c.json"], in: folder.url)
        #expect(again.status == 1)
        #expect(try await release("d.json", ["--seed", "1"]).status == 2)
        #expect(try await release("d.json", ["--scale", "3", "--advantage", "0.1"]).status == 2)
        // One pattern of 140 rows in 30 columns: 62 numbers, √(62/(2π·140))/0.02.
        #expect(answer["numbers"] as? Int == 62)
        #expect(abs((answer["scale"] as? Double ?? 0) - 13.27) < 0.05)
        let own = try #require(
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: folder.url.appending(path: "models/p00.json"))) as? [String: Any])
        let units = try [own, file].map { model in
            let moments = try #require(model["standardisation"] as? [String: [Double]])
            return (moments["mean"] ?? []) + (moments["scale"] ?? [])
        }
        #expect(units[0].count == 60 && zip(units[0], units[1]).allSatisfy { $0 != $1 })
        let few = try await release("e.json", ["--l-diversity", "1000"])
        #expect(few.status == 7)
        #expect(folder.names == ["a.json", "b.json", "models"])
    }

    @Test func `an autoencoder is not released`() async throws {
        let folder = try TemporaryFolder()
        let train = Repository.path("topologies/data/clinics/p00_train.csv")
        _ = try await CollabDictProcess.run(
            [
                "fit", "--data", train, "--output", "own.json", "--set", "model.kind=autoencoder", "--set",
                "rounds.maximum=1",
            ], in: folder.url)
        let result = try await CollabDictProcess.run(
            ["release", "--model", "own.json", "--output", "a.json", "--json"], in: folder.url)
        #expect(result.status == 1)
        #expect((try result.json()["error"] as? [String: Any])?["code"] as? String == "NO_RELEASE")
        #expect(folder.names == ["own.json"])
    }
}
