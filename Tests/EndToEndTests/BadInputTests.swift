import Foundation
import Testing

/// Bad input: a message that names the place, the exit code of docs/interface.md, and nothing changed on disk.
@Suite struct BadInputTests {
    /// One bad command line.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let files: [String: String]
        let arguments: [String]
        let status: Int32
        /// What the message must hold.
        let says: [String]
    }

    static let cases: [Case] = [
        Case(
            testDescription: "an unknown key",
            files: ["t.yaml": "topology: {family: ring}\nmodel: {paterns: 3}\n"],
            arguments: ["topology", "inspect", "t.yaml"], status: 4,
            says: ["t.yaml:2:", "paterns", "patterns"]),
        Case(
            testDescription: "a family that there is not", files: ["t.yaml": "topology: {family: rings}\n"],
            arguments: ["topology", "inspect", "t.yaml"], status: 4, says: ["t.yaml:1:", "rings", "ring"]),
        Case(
            testDescription: "an alias", files: ["t.yaml": "a: &x 1\nb: *x\n"],
            arguments: ["topology", "inspect", "t.yaml"], status: 4, says: ["t.yaml:"]),
        Case(
            testDescription: "a value out of range", files: ["t.yaml": "model: {patterns: 0}\n"],
            arguments: ["topology", "inspect", "t.yaml"], status: 4, says: ["t.yaml:1:", "patterns", "0"]),
        Case(
            testDescription: "a file that is not there", files: [:],
            arguments: ["topology", "inspect", "t.yaml"],
            status: 4, says: ["t.yaml"]),
        Case(
            testDescription: "a --set without a value", files: ["t.yaml": ""],
            arguments: ["topology", "inspect", "t.yaml", "--set", "model"], status: 4, says: ["model"]),
        Case(
            testDescription: "edges that leave somebody out",
            files: ["t.yaml": "topology: {edges: [[0, 1]]}\nsimulation: {participants: 3}\n"],
            arguments: ["topology", "inspect", "t.yaml"], status: 4, says: ["3 participants"]),
        Case(
            testDescription: "a key that is none", files: [:],
            arguments: [
                "network", "new", "--name", "n", "--columns", "a", "--participant",
                "north=cd1abc@localhost:7440",
                "--participant", "south=cd1abc@localhost:7441",
            ], status: 5, says: ["cd1abc"]),
        Case(
            testDescription: "an agreement of nobody", files: ["n.yaml": "version: 1\nnetwork: x\n"],
            arguments: ["network", "check", "n.yaml"], status: 4, says: ["columns", "participants"]),
    ]

    @Test(arguments: cases) func `bad input is named and changes nothing`(_ bad: Case) async throws {
        let folder = try TemporaryFolder()
        for (name, text) in bad.files { _ = try folder.write(text, to: name) }
        let result = try await CollabDictProcess.run(bad.arguments, in: folder.url)
        #expect(result.status == bad.status, "\(result.error)")
        #expect(result.output == "")
        for word in bad.says { #expect(result.error.contains(word), "\(result.error)") }
        #expect(result.error.contains("fix: "))
        #expect(folder.names == bad.files.keys.sorted())
        let answer = try await CollabDictProcess.run(bad.arguments + ["--json"], in: folder.url)
        let object = try answer.json()
        #expect(object["exitCode"] as? Int == Int(bad.status))
        #expect(answer.status == bad.status)
    }
}
