import Foundation
import Testing

/// The whole help text of every verb, as people see it.
///
/// `COLLABDICT_SNAPSHOTS=write swift test --filter HelpTests` writes the files anew; read the difference before committing it.
@Suite struct HelpTests {
    private static let folder = Repository.root.appending(path: "Tests/EndToEndTests/Snapshots")

    @Test(arguments: [
        "", "keygen", "network new", "network check", "network show", "topology generate", "topology inspect",
        "audit", "peer", "status", "peers", "privacy", "doctor", "rounds", "simulate", "fit", "score",
        "threshold",
        "evaluate", "release", "patterns",
        "demo",
        "completion",
    ]) func `help says what it said`(_ verb: String) async throws {
        let temporary = try TemporaryFolder()
        let words = verb.split(separator: " ").map(String.init)
        let result = try await CollabDictProcess.run(words + ["--help"], in: temporary.url)
        #expect(result.status == 0)
        #expect(result.error == "")
        let name = verb.isEmpty ? "collabdict" : verb.replacing(" ", with: "-")
        let file = Self.folder.appending(path: "\(name).txt")
        if ProcessInfo.processInfo.environment["COLLABDICT_SNAPSHOTS"] == "write" {
            try Data(result.output.utf8).write(to: file)
        }
        let expected = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(result.output == expected)
    }

    @Test func `a wrong verb is a usage error with code 2`() async throws {
        let temporary = try TemporaryFolder()
        let result = try await CollabDictProcess.run(["frobnicate"], in: temporary.url)
        #expect(result.status == 2)
        #expect(result.output == "")
        #expect(result.error.contains("frobnicate"))
    }

    @Test func `a usage error under --json is one JSON object`() async throws {
        let temporary = try TemporaryFolder()
        let result = try await CollabDictProcess.run(["simulate", "--json", "--frob"], in: temporary.url)
        #expect(result.status == 2)
        let answer = try result.json()
        #expect(answer["schema"] as? String == "collabdict.simulate/1")
        #expect(answer["ok"] as? Bool == false)
        #expect(answer["exitCode"] as? Int == 2)
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func `every shell has a completion script`(_ shell: String)
        async throws
    {
        let temporary = try TemporaryFolder()
        let result = try await CollabDictProcess.run(["completion", shell], in: temporary.url)
        #expect(result.status == 0)
        #expect(result.output.contains("collabdict"))
    }
}
