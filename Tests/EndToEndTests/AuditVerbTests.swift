import Foundation
import Testing

@Suite struct AuditVerbTests {
    private func audit(_ words: [String]) async throws -> [String: Any] {
        let folder = try TemporaryFolder()
        return try await CollabDictProcess.run(
            ["audit", Repository.path("topologies/cycle-inverse-chords-31.yaml"), "--json"] + words,
            in: folder.url
        ).data()
    }

    @Test func `with masks nobody is exposed and only the sum is known`() async throws {
        let data = try await audit([])
        #expect((data["exposed"] as? [String]) == [])
        #expect((data["coalition"] as? [String])?.count == 1)
        #expect(data["rankDeficit"] as? Int == 29)
        #expect(data["breachProbability"] as? Double == 0)
        // 1 − 1/30: all that is known of one of 30 is their sum.
        #expect(abs(try #require(data["posteriorVariance"] as? Double) - 29.0 / 30) < 1e-6)
        let without = try #require(data["withoutMasks"] as? [String: Any])
        #expect((without["exposed"] as? [String])?.count == 30)
    }

    /// Without masks: mathematics.md §4.2 and §4.4.
    @Test func `without masks a given coalition exposes everybody`() async throws {
        let data = try await audit([
            "--set", "consensus.protection.masks=false", "--set", "consensus.protection.chunks=3",
            "--coalition", "3,p07,30",
        ])
        #expect((data["coalition"] as? [String]) == ["p03", "p07", "p30"])
        #expect((data["exposed"] as? [String])?.count == 28)
        #expect(data["rankDeficit"] as? Int == 0)
        #expect(abs(try #require(data["breachProbability"] as? Double) - 1.8e-2) < 0.05e-2)
        #expect(try #require(data["posteriorVariance"] as? Double) < 0.0025)
        #expect(data["sessions"] as? Int == 9)
    }

    /// protocol.md §2.3: 16 of 30 shares open a self mask among 31.
    @Test func `an attempt that loses a member tells nothing with self masks, and who is lost without`()
        async throws
    {
        let sealed = try #require(try await audit([])["abortedAttempt"] as? [String: Any])
        #expect(sealed["sharesToOpen"] as? Int == 16)
        #expect(sealed["lossesTried"] as? Int == 30)
        #expect((sealed["exposed"] as? [String]) == [])
        #expect((sealed["exposedWithoutSelfMasks"] as? [String])?.count == 30)
        let bare = try #require(
            try await audit(["--set", "consensus.protection.self-masks=false"])["abortedAttempt"]
                as? [String: Any])
        #expect((bare["exposed"] as? [String])?.count == 30)
        let many = (0..<16).map(String.init).joined(separator: ",")
        let opened = try #require(try await audit(["--coalition", many])["abortedAttempt"] as? [String: Any])
        #expect((opened["exposed"] as? [String])?.count == 15)
    }

    @Test func `exact sums are audited by the partial sums that are seen`() async throws {
        let open = ["--set", "consensus.protection.masks=false", "--set", "consensus.method=exact"]
        let data = try await audit(open)
        // One chunk a round, three rounds: a partner or two of each.
        #expect((1...6).contains((data["exposed"] as? [String])?.count ?? 0))
        let masked = try await audit(["--set", "consensus.method=exact"])
        #expect((masked["exposed"] as? [String]) == [])
    }

    @Test func `the text names the verdict, the coalition and the bound`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CollabDictProcess.run(
            ["audit", Repository.path("topologies/clinics-7.yaml")], in: folder.url)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("nobody's own values"))
        #expect(result.output.contains("first message"))
        #expect(result.output.contains("not differential privacy"))
    }

    @Test(arguments: [([2, 9], 0), ([2, 9, 30], 0), ([2, 9, 30, 11], 27)])
    func `with Shamir's shares a coalition beyond the threshold exposes everybody, others nobody`(
        coalition: [Int], exposed: Int
    ) async throws {
        let data = try await audit([
            "--set", "consensus.method=exact", "--set", "consensus.protection={shamir: {threshold: 3}}",
            "--coalition", coalition.map(String.init).joined(separator: ","),
        ])
        #expect((data["exposed"] as? [String])?.count == exposed)
        #expect(data["shamirThreshold"] as? Int == 3)
        #expect(data["masks"] as? Bool == false)
        #expect(data["breachProbability"] as? Double == (exposed == 0 ? 0 : 1))
        let verdict = try #require(data["verdict"] as? String)
        #expect(verdict.contains("4 or more together recover everybody's own values"))
    }

    @Test(arguments: ["31", "nobody", "0,,1", ""]) func `an unknown colluder is a usage error`(_ text: String)
        async throws
    {
        let folder = try TemporaryFolder()
        let result = try await CollabDictProcess.run(
            [
                "audit", Repository.path("topologies/cycle-inverse-chords-31.yaml"), "--coalition", text,
                "--json",
            ], in: folder.url)
        #expect(result.status == 2)
        #expect(try result.json()["ok"] as? Bool == false)
    }
}
