import Foundation
import Testing

/// Real peer processes on loopback.
@Suite(.serialized) struct DemoVerbTests {
    @Test func `three real peers learn one model and leave nothing behind`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CollabDictProcess.run(
            ["demo", "--peers", "3", "--set", "rounds.maximum=3", "--set", "model.starts=1", "--json"],
            in: folder.url, environment: ["TMPDIR": folder.url.path()])
        #expect(result.status == 0, "\(result.error)\(result.output)")
        let data = try result.data()
        #expect(data["peers"] as? Int == 3)
        #expect(data["stateHashes"] as? Int == 1)
        #expect(data["rounds"] as? Int == 3)
        #expect(data["exitedCleanly"] as? Bool == true)
        #expect(data["handshakes"] as? Int == 3)
        #expect(try #require(data["pssBytesPerPeer"] as? Double) < 40 * 1024 * 1024)
        #expect(folder.names == [])
    }

    /// With exact sums masks and message order change no bit, and an autoencoder's draws come of seed and rows.
    @Test func `eight real peers end in the state of eight simulated ones`() async throws {
        let folder = try TemporaryFolder()
        let common = [
            Repository.path("topologies/autoencoder-8.yaml"), "--set", "rounds.maximum=2",
            "--set", "simulation.data.rows=50", "--json",
        ]
        let simulated = try await CollabDictProcess.run(["simulate"] + common, in: folder.url)
        #expect(simulated.status == 0, "\(simulated.error)")
        let real = try await CollabDictProcess.run(["demo"] + common, in: folder.url)
        #expect(real.status == 0, "\(real.error)\(real.output)")
        let (one, other) = (try simulated.data(), try real.data())
        #expect(one["stateHashes"] as? Int == 1 && other["stateHashes"] as? Int == 1)
        #expect(try #require(one["stateHash"] as? String) == other["stateHash"] as? String)
    }

    @Test func `the text ends with the clinics alone and together`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CollabDictProcess.run(
            ["demo", "--peers", "3", "--set", "rounds.maximum=1", "--set", "model.starts=1"], in: folder.url)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("steps per session"))
        #expect(result.output.contains("state hash"))
        let last = result.output.split(separator: "\n").suffix(5)
        #expect(last.first?.contains("ROC-AUC alone") == true)
        #expect(last.last?.hasPrefix("mean") == true)
    }

    @Test func `an interrupted demo leaves no process and no key`() async throws {
        let folder = try TemporaryFolder()
        let demo = try CollabDictProcess(
            ["demo", "--set", "rounds.tolerance=0", "--set", "rounds.maximum=100000"], in: folder.url,
            environment: ["TMPDIR": folder.url.path()])
        var peers: [String] = []
        while peers.count < 7, demo.isRunning {
            await Task.yield()
            peers = Self.processes(naming: folder.url.path())
        }
        demo.signal(SIGTERM)
        let result = await demo.result()
        #expect(result.status == 128 + SIGTERM)
        #expect(folder.names == [])
        // A killed child is gone from the table once its new parent has collected it.
        var attempts = 0
        while !Self.processes(naming: folder.url.path()).isEmpty, attempts < 100_000 {
            await Task.yield()
            attempts += 1
        }
        #expect(Self.processes(naming: folder.url.path()) == [])
    }

    /// Process numbers whose command line names the folder as a peer's.
    private static func processes(naming folder: String) -> [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.filter { entry in
            guard Int(entry) != nil, let line = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline")
            else {
                return false
            }
            let words = String(decoding: line, as: UTF8.self)
            return words.contains("peer") && words.contains(folder.dropLast(folder.hasSuffix("/") ? 1 : 0))
        }
    }
}
