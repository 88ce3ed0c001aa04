import Foundation
import Testing

@Suite struct KeygenTests {
    @Test func `a key file belongs to its owner alone`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CollabDictProcess.run(["keygen", "--output", "north.key"], in: folder.url)
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("cd1"))
        #expect(result.output.hasSuffix("\n"))
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path("north.key"))
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let secret = try String(contentsOfFile: folder.path("north.key"), encoding: .utf8)
        #expect(!result.output.contains(secret.dropFirst(17).prefix(64)))
        #expect(!result.error.contains(secret.dropFirst(17).prefix(64)))
    }

    @Test func `a key is never overwritten`() async throws {
        let folder = try TemporaryFolder()
        _ = try await CollabDictProcess.run(["keygen", "--output", "north.key"], in: folder.url)
        let before = try Data(contentsOf: folder.url.appending(path: "north.key"))
        let result = try await CollabDictProcess.run(["keygen", "--output", "north.key"], in: folder.url)
        #expect(result.status == 5)
        #expect(result.output == "")
        #expect(result.error.contains("north.key"))
        #expect(try Data(contentsOf: folder.url.appending(path: "north.key")) == before)
        #expect(folder.names == ["north.key"])
    }

    @Test func `two keys differ`() async throws {
        let folder = try TemporaryFolder()
        let first = try await CollabDictProcess.run(["keygen", "--output", "a", "--json"], in: folder.url)
            .data()
        let second = try await CollabDictProcess.run(["keygen", "--output", "b", "--json"], in: folder.url)
            .data()
        #expect(first["key"] as? String != second["key"] as? String)
    }
}
