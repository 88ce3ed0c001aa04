import Foundation
import Testing

/// `doctor` before, beside and without daemons.
@Suite(.serialized) struct DoctorVerbTests {
    private static func firstPort(_ offset: Int) -> Int {
        22_000 + Int(ProcessInfo.processInfo.processIdentifier) % 400 * 12 + offset
    }

    private func doctor(_ network: PeerNetwork, _ name: String = "p00") async throws -> ProcessResult {
        try await CollabDictProcess.run(
            ["doctor", "--config", "\(name).yaml", "--json"], in: network.folder.url)
    }

    private func checks(_ result: ProcessResult) throws -> [String: [String: Any]] {
        let list = try #require(try result.data()["checks"] as? [[String: Any]])
        return Dictionary(
            uniqueKeysWithValues: list.compactMap { check in
                (check["subject"] as? String).map { ($0, check) }
            })
    }

    @Test func `with all others running everything passes, before the daemon and beside it`() async throws {
        let network = try await PeerNetwork(firstPort: Self.firstPort(0), settings: ["rounds.maximum=2"])
        for name in ["p01", "p02"] { try network.start(name) }
        for name in ["p01", "p02"] { _ = try await network.wait(for: name) { _ in true } }
        let before = try await doctor(network)
        #expect(before.status == 0, "\(before.output)")
        let found = try checks(before)
        let subjects = [
            "configuration", "agreement", "key", "membership", "state", "disk", "rows", "listen", "graph",
            "peer p01", "peer p02", "descriptors", "memory lock",
        ]
        #expect(Set(found.keys) == Set(subjects))
        #expect(found.values.allSatisfy { $0["passed"] as? Bool == true && $0["fix"] is NSNull })
        #expect(found["state"].map { "\($0["message"] ?? "")".contains("will be made") } == true)

        try network.start("p00")
        _ = try await network.finish()
        let beside = try await doctor(network)
        #expect(beside.status == 0, "\(beside.output)")
        let later = try checks(beside)
        #expect(later["listen"].map { "\($0["message"] ?? "")".contains("running daemon") } == true)
        #expect(later["database"]?["passed"] as? Bool == true)
        // A look from outside costs the daemons no session.
        let peers = try await CollabDictProcess.run(
            ["peers", "--config", "p00.yaml", "--json"], in: network.folder.url
        ).data()
        let states = (peers["peers"] as? [[String: Any]])?.compactMap { $0["state"] as? String }
        #expect(states == ["self", "connected", "connected"])
        #expect(await network.stop() == [0, 0, 0])
        let text = try await CollabDictProcess.run(
            ["doctor", "--config", "p00.yaml"], in: network.folder.url)
        #expect(text.status == 6)
        let lines = text.output.split(separator: "\n")
        #expect(
            lines.allSatisfy { $0.hasPrefix("PASSED") || $0.hasPrefix("PROBLEM") || $0.contains("fix: ") })
        #expect(lines.count { $0.hasPrefix("PROBLEM  peer") } == 2)
    }

    /// One thing that is wrong, and how `doctor` names it.
    struct Trouble: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let subject: String
        let status: Int32
        let says: String
        let make: @Sendable (TemporaryFolder) throws -> Void
    }

    static let troubles: [Trouble] = [
        Trouble(
            testDescription: "an unknown key in peer.yaml", subject: "configuration", status: 4, says: "lisen"
        ) {
            _ = try $0.write("lisen: 1\n", to: "p00.yaml")
        },
        Trouble(testDescription: "no agreement", subject: "agreement", status: 4, says: "network.yaml") {
            try FileManager.default.removeItem(atPath: $0.path("network.yaml"))
        },
        Trouble(testDescription: "a key that others can read", subject: "key", status: 5, says: "644") {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: $0.path("p00.key"))
        },
        Trouble(testDescription: "no key", subject: "key", status: 5, says: "missing") {
            try FileManager.default.removeItem(atPath: $0.path("p00.key"))
        },
        Trouble(
            testDescription: "a file for a state folder", subject: "state", status: 4, says: "is not a folder"
        ) {
            _ = try $0.write("", to: "p00")
        },
        Trouble(testDescription: "the key of another", subject: "membership", status: 5, says: "p01") {
            try FileManager.default.removeItem(atPath: $0.path("p00.key"))
            try FileManager.default.copyItem(atPath: $0.path("p01.key"), toPath: $0.path("p00.key"))
        },
        Trouble(
            testDescription: "a state folder that others may enter", subject: "state", status: 4, says: "755"
        ) {
            try FileManager.default.createDirectory(
                atPath: $0.path("p00"), withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o755])
        },
        Trouble(testDescription: "a database that is none", subject: "state", status: 1, says: "database") {
            try FileManager.default.createDirectory(
                atPath: $0.path("p00"), withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700])
            _ = try $0.write(String(repeating: "no database ", count: 1_000), to: "p00/collabdict.sqlite")
        },
        Trouble(
            testDescription: "a column that is not there", subject: "rows", status: 8, says: "mean_radius"
        ) {
            _ = try $0.write("a,b\n1,2\n", to: "rows.csv")
            let text = try String(contentsOfFile: $0.path("p00.yaml"), encoding: .utf8)
            let lines = text.split(separator: "\n").map {
                $0.hasPrefix("data:") ? "data: {train: rows.csv}" : $0
            }
            _ = try $0.write(lines.joined(separator: "\n"), to: "p00.yaml")
        },
    ]

    @Test(arguments: troubles) func `a problem is named with its fix, and sets the exit code`(
        _ trouble: Trouble
    ) async throws {
        let network = try await PeerNetwork(firstPort: Self.firstPort(3), settings: [])
        try trouble.make(network.folder)
        let result = try await doctor(network)
        #expect(result.status == trouble.status, "\(result.output)")
        let answer = try result.json()
        #expect(answer["ok"] as? Bool == false && answer["exitCode"] as? Int == Int(trouble.status))
        let check = try #require(try checks(result)[trouble.subject])
        #expect(check["passed"] as? Bool == false)
        #expect("\(check["message"] ?? "")".contains(trouble.says), "\(check)")
        #expect((check["fix"] as? String)?.isEmpty == false)
    }

    @Test func `a port that is taken is a problem`() async throws {
        let network = try await PeerNetwork(firstPort: Self.firstPort(6), settings: [])
        try network.start("p01")
        _ = try await network.wait(for: "p01") { _ in true }
        let text = try String(contentsOfFile: network.folder.path("p00.yaml"), encoding: .utf8)
        let port = Self.firstPort(6)
        _ = try network.folder.write(
            text.replacing("listen: \"127.0.0.1:\(port)\"", with: "listen: \"127.0.0.1:\(port + 1)\""),
            to: "p00.yaml")
        let check = try #require(try checks(try await doctor(network))["listen"])
        #expect(check["passed"] as? Bool == false)
        #expect("\(check["message"] ?? "")".contains("\(port + 1)"))
        await network.kill("p01")
    }
}
