import Foundation
import Testing

@Suite struct TopologyVerbTests {
    /// λ2, λmax, diameter and steps to 1e-9 of the cycle with inverse chords, from an independent numpy program.
    struct Row: Sendable, CustomTestStringConvertible {
        let participants: Int
        let lambda2: Double
        let lambdaMax: Double
        let diameter: Int
        let paper: Int
        let maxDegree: Int
        let optimal: Int
        let chebyshev: Int
        let exact: Int
        var testDescription: String { "\(participants) participants" }
    }

    static let rows: [Row] = [
        Row(
            participants: 7, lambda2: 0.8851, lambdaMax: 4.861, diameter: 3, paper: 154, maxDegree: 83,
            optimal: 57, chebyshev: 24, exact: 4),
        Row(
            participants: 31, lambda2: 0.2258, lambdaMax: 5.510, diameter: 6, paper: 2_835, maxDegree: 357,
            optimal: 253, chebyshev: 53, exact: 6),
        Row(
            participants: 101, lambda2: 0.1318, lambdaMax: 5.889, diameter: 10, paper: 15_866, maxDegree: 619,
            optimal: 463, chebyshev: 72, exact: 8),
        Row(
            participants: 1009, lambda2: 0.0761, lambdaMax: 5.910, diameter: 16, paper: 274_790,
            maxDegree: 1_079, optimal: 805, chebyshev: 94, exact: 11),
    ]

    @Test(arguments: rows) func `inspect reports the known figures of the chords`(_ row: Row) async throws {
        let folder = try TemporaryFolder()
        let data = try await CollabDictProcess.run(
            [
                "topology", "inspect", Repository.path("topologies/cycle-inverse-chords-31.yaml"), "--set",
                "simulation.participants=\(row.participants)", "--json",
            ], in: folder.url
        ).data()
        let printed = 0.0005  // the table prints four digits
        #expect(abs(try #require(data["lambda2"] as? Double) - row.lambda2) < printed)
        #expect(abs(try #require(data["lambdaMax"] as? Double) - row.lambdaMax) < printed)
        #expect(data["diameter"] as? Int == row.diameter)
        let steps = try #require(data["stepsTo"] as? [String: Any])
        #expect(steps["paper"] as? Int == row.paper)
        #expect(steps["maxDegree"] as? Int == row.maxDegree)
        #expect(steps["optimal"] as? Int == row.optimal)
        #expect(steps["chebyshev"] as? Int == row.chebyshev)
        #expect(steps["exact"] as? Int == row.exact)
    }

    /// Steps without masks and with them as the sessions of 31 plan them; mathematics.md §4.3 for what is recovered.
    @Test func `inspect compares all methods for the agreement at hand`() async throws {
        let folder = try TemporaryFolder()
        let file = Repository.path("topologies/cycle-inverse-chords-31.yaml")
        let data = try await CollabDictProcess.run(["topology", "inspect", file, "--json"], in: folder.url)
            .data()
        let methods = try #require(data["methods"] as? [[String: Any]])
        #expect(
            methods.map { $0["weights"] as? String ?? $0["route"] as? String }
                == ["paper", "max-degree", "optimal", "chebyshev", "finite", "doubling", "sharing"])
        for method in methods {
            #expect(method["available"] as? Bool == true)
            let open = try #require(method["withoutMasks"] as? [String: Any])
            let masked = try #require(method["withMasks"] as? [String: Any])
            #expect(masked["recovered"] as? Int == 0)
            #expect(try #require(masked["bytesPerPeer"] as? Double) > 0)
            let isExact = method["method"] as? String == "exact"
            #expect(isExact ? (open["recovered"] as? Int ?? 30) <= 2 : open["recovered"] as? Int == 30)
            let stepCount = method["route"] as? String == "sharing" ? 2 : 6
            #expect(open[isExact ? "steps" : "agreementSteps"] as? Int == stepCount)
        }
        let text = try await CollabDictProcess.run(["topology", "inspect", file], in: folder.url)
        #expect(text.output.contains("chebyshev *"))
        #expect(text.output.contains("exact (doubling)") && text.output.contains("exact (sharing)"))
    }

    @Test func `a generated graph is read back with the same figures`() async throws {
        let folder = try TemporaryFolder()
        let made = try await CollabDictProcess.run(
            ["topology", "generate", "g.yaml", "--participants", "31", "--seed", "5"], in: folder.url)
        #expect(made.status == 0)
        let explicit = try await CollabDictProcess.run(
            ["topology", "inspect", "g.yaml", "--json"], in: folder.url
        ).data()
        _ = try folder.write("topology: {seed: 5}\nsimulation: {participants: 31}\n", to: "f.yaml")
        let family = try await CollabDictProcess.run(
            ["topology", "inspect", "f.yaml", "--json"], in: folder.url
        ).data()
        #expect(explicit["lambda2"] as? Double == family["lambda2"] as? Double)
        #expect(explicit["edges"] as? Int == 62)
        let again = try await CollabDictProcess.run(
            ["topology", "generate", "g.yaml", "--participants", "31"], in: folder.url)
        #expect(again.status == 1)
    }

    @Test func `every topology file of the repository checks`() async throws {
        let folder = try TemporaryFolder()
        let all = try FileManager.default.contentsOfDirectory(atPath: Repository.path("topologies"))
        let files = all.filter { $0.hasSuffix(".yaml") }
        #expect(files.count >= 6)
        for file in files.sorted() {
            let result = try await CollabDictProcess.run(
                ["topology", "inspect", Repository.path("topologies/\(file)")], in: folder.url)
            #expect(result.status == 0, "\(file): \(result.error)")
        }
    }
}
