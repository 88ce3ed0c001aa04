import Foundation
import Testing

/// Without `--json` the verbs say the same for people.
@Suite(.serialized) struct ReadableOutputTests {
    private static let firstPort = 17_000 + Int(ProcessInfo.processInfo.processIdentifier) % 400 * 12 + 9

    private func run(_ arguments: [String], in folder: URL) async throws -> ProcessResult {
        let result = try await CollabDictProcess.run(arguments, in: folder)
        #expect(result.status == 0, "\(arguments): \(result.error)")
        return result
    }

    /// The `data` and the text of one question.
    private func both(
        _ arguments: [String], in folder: URL
    ) async throws -> (data: [String: Any], text: String) {
        let data = try await run(arguments + ["--json"], in: folder).data()
        return (data, try await run(arguments, in: folder).output)
    }

    @Test func `an agreement is checked and shown with its id, its participants and its defaults`()
        async throws
    {
        let network = try await PeerNetwork(firstPort: Self.firstPort, settings: [])
        let folder = network.folder.url
        let check = try await both(["network", "check"], in: folder)
        let id = try #require(check.data["networkId"] as? String)
        #expect(id.count == 64)
        #expect(check.data["participants"] as? Int == 3)
        #expect(check.data["columns"] as? Int == 30)
        #expect(check.text.contains("network.yaml is in order: 3 participants, 30 columns"))
        #expect(check.text.contains(id))
        #expect(check.text.contains("each learns the sum of the other two"))

        let show = try await both(["network", "show"], in: folder)
        #expect(show.data["networkId"] as? String == id && show.text.contains(id))
        let agreement = try #require(show.data["agreement"] as? [String: Any])
        #expect((agreement["participants"] as? [Any])?.count == 3)
        for (index, name) in PeerNetwork.names.enumerated() {
            let line = show.text.split(separator: "\n").first { $0.hasPrefix(name) }
            #expect(line?.contains("127.0.0.1:\(Self.firstPort + index)") == true)
            #expect(line?.contains("cd1") == true)
        }
        // A default that nobody has written down.
        #expect(show.text.contains("\"tolerance\":1e-09") || show.text.contains("\"tolerance\":1e-9"))
    }

    @Test func `two participants are told that each learns the other's sums`() async throws {
        let folder = try TemporaryFolder()
        var participants: [String] = []
        for (index, name) in ["north", "south"].enumerated() {
            let key = try await run(["keygen", "--output", name, "--json"], in: folder.url).data()["key"]
            participants += ["--participant", "\(name)=\(key ?? "")@localhost:\(7440 + index)"]
        }
        _ = try await run(
            ["network", "new", "--name", "n", "--columns", "a", "--set", "quorum=2"] + participants,
            in: folder.url)
        let check = try await run(["network", "check"], in: folder.url)
        #expect(check.output.contains("of two participants, each learns the other's sums"))
        #expect(!check.output.contains("three"))
    }

    @Test func `a running peer says its round, its state and its privacy to people too`() async throws {
        let network = try await PeerNetwork(
            firstPort: Self.firstPort,
            settings: ["rounds.maximum=3", "rounds.tolerance=0", "model.patterns=2"])
        for name in PeerNetwork.names { try network.start(name) }
        let hashes = try await network.finish()
        let folder = network.folder.url

        let status = try await both(["status", "--config", "p01.yaml"], in: folder)
        #expect(status.text.contains("state hash   \(hashes[1])"))
        #expect(status.text.contains("phase        finished"))
        #expect(status.text.contains("round        \(try #require(status.data["round"] as? Int))"))
        #expect(status.text.contains(try #require(status.data["networkId"] as? String)))

        let rounds = try await both(["rounds", "--config", "p01.yaml"], in: folder)
        let lines = try #require(rounds.data["rounds"] as? [[String: Any]])
        // One line a round under a heading.
        #expect(rounds.text.split(separator: "\n").count >= lines.count + 1)

        let privacy = try await both(["privacy", "--config", "p01.yaml"], in: folder)
        #expect(privacy.text.contains("not differential privacy"))
        #expect(privacy.data["gate"] is String)
        #expect(await network.stop() == [0, 0, 0])
    }

    @Test func `a sweep over seeds counts faults, hours and returns`() async throws {
        let folder = try TemporaryFolder()
        let sweep = try await both(
            ["simulate", Repository.path("topologies/sweep-31.yaml"), "--seeds", "3..4"], in: folder.url)
        #expect(sweep.data["seeds"] as? Int == 2 && sweep.data["violations"] as? Int == 0)
        #expect(sweep.text.contains("2, no invariant violated"))
        #expect(sweep.text.contains("history     \(try #require(sweep.data["history"] as? String))"))
        let faults = try #require(sweep.data["faults"] as? [String: Int])
        for (kind, count) in faults where count > 0 { #expect(sweep.text.contains("\(kind) \(count)")) }
        #expect(sweep.text.contains("\(try #require(sweep.data["messages"] as? Int)) messages"))
    }

    @Test(arguments: ["5", "5..3", "a..b", "1..2..3"])
    func `what is no range of seeds is refused with an example`(range: String) async throws {
        let folder = try TemporaryFolder()
        let result = try await CollabDictProcess.run(
            ["simulate", Repository.path("topologies/sweep-31.yaml"), "--seeds", range], in: folder.url)
        #expect(result.status == 2)
        #expect(result.error.contains("'\(range)' is no range of seeds"))
        #expect(result.error.contains("--seeds 0..99"))
    }
}
