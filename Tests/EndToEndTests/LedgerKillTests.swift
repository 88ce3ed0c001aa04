import Foundation
import LinearAlgebra
import Testing

/// A private run of real daemons of which one dies by `kill -9` again and again: what has left it is always counted.
@Suite(.serialized) struct LedgerKillTests {
    /// Kills in the suite; `COLLABDICT_KILLS=200` for the long check.
    private static let killCount =
        ProcessInfo.processInfo.environment["COLLABDICT_KILLS"].flatMap(Int.init) ?? 5
    private static let rounds = 60
    /// Moments, sizes 1 and 2 of the dictionary, rounds at 4, calibration.
    private static let exchangeCount = 1 + 2 + rounds + 1
    private static let epsilon = 50.0
    private static let victim = "p01"

    private static func firstPort(_ offset: Int) -> Int {
        20_000 + Int(ProcessInfo.processInfo.processIdentifier) % 400 * 12 + offset
    }

    private static let settings = [
        "consensus.method=exact", "quorum=3", "deadlines.grace=1s", "model.patterns=4",
        "rounds.maximum=\(rounds)", "privacy.dp.epsilon=\(epsilon)", "privacy.dp.range=[0, 5000]",
    ]

    /// The lines beside a peer's folder: exchange and digest of every vector that it has counted.
    private func ledger(_ name: String, _ network: PeerNetwork) -> [String] {
        let data = FileManager.default.contents(atPath: network.folder.path("\(name).ledger")) ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func exchange(of line: String) -> Int {
        let fields = line.split(separator: " ")
        return fields.count == 5 ? Int(fields[2]) ?? -1 : -1
    }

    /// Exchanges whose sums a peer has: nobody has one without the vectors of all three.
    private func completed(_ name: String, _ network: PeerNetwork) async throws -> Int {
        try await network.status(name)?["round"] as? Int ?? 0
    }

    private func budget(_ name: String, _ network: PeerNetwork) async throws -> [String: Any] {
        let answer = try await CollabDictProcess.run(
            ["privacy", "--config", "\(name).yaml", "--json"], in: network.folder.url
        ).data()
        return try #require(answer["budget"] as? [String: Any])
    }

    /// Kills the victim up to `limit` times while three daemons learn.
    ///
    /// - Returns: how often.
    private func learn(
        _ network: PeerNetwork, kills limit: Int, using generator: inout SeededGenerator
    ) async throws -> Int {
        for name in PeerNetwork.names { try network.start(name) }
        var kills = 0
        var counted: [String] = []
        while kills < limit {
            // Now and then while it starts, else some vectors later, wherever it happens to be.
            if Int.random(in: 0..<4, using: &generator) > 0 {
                let target = counted.count + Int.random(in: 1...2, using: &generator)
                let status = try await network.wait(for: Self.victim) { status in
                    ledger(Self.victim, network).count >= target
                        || status["phase"] as? String == "finished"
                }
                if status["phase"] as? String == "finished" { break }
            }
            for _ in 0..<Int.random(in: 0..<4, using: &generator) {
                _ = try await network.status(Self.victim)
            }
            await network.kill(Self.victim)
            kills += 1
            // The others have the sums of these exchanges, and no more can leave a dead process.
            var seen = 0
            for name in ["p00", "p02"] { seen = max(seen, try await completed(name, network)) }
            let lines = ledger(Self.victim, network)
            let exchanges = Set(lines.map(exchange))
            #expect(
                Set(0..<seen).isSubset(of: exchanges), "kill \(kills): \(seen) sums, \(exchanges.sorted())")
            #expect(lines.starts(with: counted), "kill \(kills): a line is gone")
            #expect(exchanges.count == lines.count, "kill \(kills): noise was drawn twice")
            counted = lines
            try network.start(Self.victim)
        }
        return kills
    }

    @Test
    func
        `a private daemon killed at any moment has counted what left it, and the run spends its budget once`()
        async throws
    {
        var generator = SeededGenerator(seed: 12, label: "ledger kills")
        var kills = 0
        var runs = 0
        while kills < Self.killCount {
            let network = try await PeerNetwork(
                firstPort: Self.firstPort(3 * (runs % 3)), settings: Self.settings)
            kills += try await learn(network, kills: Self.killCount - kills, using: &generator)
            runs += 1
            #expect(Set(try await network.finish()).count == 1)
            let budgets = try await [budget("p00", network), budget(Self.victim, network)]
            let spent = budgets.compactMap { $0["spent"] as? Double }
            // The victim has spent what the one that was never killed has: all of it, and no more.
            #expect(spent.count == 2 && spent[0] == spent[1] && spent[0] <= Self.epsilon)
            #expect(spent.allSatisfy { $0 > 0.99 * Self.epsilon })
            let lines = ledger(Self.victim, network)
            #expect(lines.map(exchange).sorted() == Array(0..<Self.exchangeCount))
            #expect(await network.stop() == [0, 0, 0])
        }
    }

    @Test func `folders put back from a copy cannot spend the budget again: learning stops`() async throws {
        let network = try await PeerNetwork(firstPort: Self.firstPort(9), settings: Self.settings)
        for name in PeerNetwork.names { try network.start(name) }
        _ = try await network.wait(for: Self.victim) { ($0["round"] as? Int ?? 0) >= 3 }
        for name in PeerNetwork.names { await network.kill(name) }
        for name in PeerNetwork.names {
            // A socket cannot be copied, and a dead daemon's is of no use.
            try? FileManager.default.removeItem(atPath: network.folder.path("\(name)/control.sock"))
            try FileManager.default.copyItem(
                atPath: network.folder.path(name), toPath: network.folder.path("\(name).copy"))
        }
        for name in PeerNetwork.names { try network.start(name) }
        _ = try await network.finish()
        _ = await network.stop()
        let spent = PeerNetwork.names.map { ledger($0, network) }
        for name in PeerNetwork.names {
            try FileManager.default.removeItem(atPath: network.folder.path(name))
            try FileManager.default.moveItem(
                atPath: network.folder.path("\(name).copy"), toPath: network.folder.path(name))
            try network.start(name)
        }
        // Who finds out first leaves, and the others hold, as none of three can be spared.
        var refusals: [String] = []
        for _ in 0..<3_000 where refusals.isEmpty {
            for name in PeerNetwork.names {
                if let error = try await network.status(name)?["lastError"] as? String {
                    refusals.append(error)
                }
            }
        }
        #expect(!refusals.isEmpty && refusals.allSatisfy { $0.contains("budget") }, "\(refusals)")
        for name in PeerNetwork.names {
            #expect(try await budget(name, network)["spent"] as? Double ?? .infinity <= Self.epsilon)
        }
        #expect(PeerNetwork.names.map { ledger($0, network) } == spent)
        _ = await network.stop()
    }
}
