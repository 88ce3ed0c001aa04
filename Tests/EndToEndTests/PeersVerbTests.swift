import Foundation
import Testing

/// `peers` asks a real daemon about its links.
@Suite(.serialized) struct PeersVerbTests {
    private static func firstPort(_ offset: Int) -> Int {
        17_000 + Int(ProcessInfo.processInfo.processIdentifier) % 400 * 12 + offset
    }

    private static let settings = [
        "rounds.maximum=3", "rounds.tolerance=0", "model.patterns=2", "topology.edges=[[0,1],[1,2]]",
        "consensus.method=exact",
    ]

    private func peers(_ network: PeerNetwork, of name: String) async throws -> [[String: Any]] {
        let result = try await CollabDictProcess.run(
            ["peers", "--config", "\(name).yaml", "--json"], in: network.folder.url)
        return try #require(try result.data()["peers"] as? [[String: Any]])
    }

    @Test func `every participant has a line: state, path, round trip, last seen, bytes`() async throws {
        let network = try await PeerNetwork(firstPort: Self.firstPort(0), settings: Self.settings)
        for name in PeerNetwork.names { try network.start(name) }
        _ = try await network.finish()
        // PINGs leave each second.
        var middle = try await peers(network, of: "p01")
        for _ in 0..<2_000 where middle.count(where: { $0["roundTripSeconds"] is Double }) < 2 {
            middle = try await peers(network, of: "p01")
        }
        #expect(middle.compactMap { $0["name"] as? String } == PeerNetwork.names)
        #expect(middle.compactMap { $0["state"] as? String } == ["connected", "self", "connected"])
        #expect(middle[1]["path"] is NSNull && middle[1]["lastSeenSeconds"] is NSNull)
        for peer in [middle[0], middle[2]] {
            #expect(peer["path"] as? String == "direct")
            let trip = try #require(peer["roundTripSeconds"] as? Double)
            #expect(trip > 0 && trip < 10)
            #expect(try #require(peer["lastSeenSeconds"] as? Double) < 10)
            #expect(try #require(peer["sentBytes"] as? Int) > 1_000)
            #expect(try #require(peer["receivedBytes"] as? Int) > 1_000)
            #expect(peer["handshakes"] as? Int == 1)
            #expect((peer["key"] as? String)?.hasPrefix("cd1") == true)
        }
        // At the end of the path the other end is reached over the middle, unless masks have made a link.
        let end = try await peers(network, of: "p00")
        let far = try #require(end.last)
        let expected = far["state"] as? String == "unlinked" ? "relayed" : "direct"
        #expect(far["path"] as? String == expected)

        await network.kill("p02")
        var seen = try await peers(network, of: "p01")
        for _ in 0..<2_000 where seen[2]["state"] as? String == "connected" {
            seen = try await peers(network, of: "p01")
        }
        #expect(seen[2]["state"] as? String == "down")
        #expect(seen[2]["roundTripSeconds"] is NSNull)
        #expect(seen[2]["lastSeenSeconds"] is Double)
        let text = try await CollabDictProcess.run(["peers", "--config", "p01.yaml"], in: network.folder.url)
        let lines = text.output.split(separator: "\n")
        #expect(lines.count == 4 && lines[0].hasPrefix("name"))
        #expect(lines[3].hasPrefix("p02") && lines[3].contains("down"))
        _ = await network.stop()
    }

    @Test func `peers of a daemon that is not running exits with 3`() async throws {
        let network = try await PeerNetwork(firstPort: Self.firstPort(6), settings: [])
        let result = try await CollabDictProcess.run(
            ["peers", "--config", "p00.yaml", "--json"], in: network.folder.url)
        #expect(result.status == 3)
        #expect(try result.json()["schema"] as? String == "collabdict.peers/1")
    }
}
