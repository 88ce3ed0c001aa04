import Foundation
import Models
import Testing
import Topology

@testable import Agreement

@Suite struct TopologyFileTests {
    private func problems(_ text: String, _ overrides: String...) -> [ConfigurationProblem] {
        SampleFiles.problems { _ = try SampleFiles.topology(text, overrides) }
    }

    @Test func `an empty file is all defaults`() throws {
        #expect(try SampleFiles.topology("") == TopologyFile())
        #expect(try SampleFiles.topology("# nothing\n") == TopologyFile())
        #expect(try SampleFiles.topology("simulation:\ntopology:\n") == TopologyFile())
        #expect(try TopologyFile(overrides: []) == TopologyFile())
    }

    @Test func `the example of the manual is read`() throws {
        let file = try SampleFiles.topology(
            """
            simulation:
              participants: 31
              seed: 1
              data: {generator: heterogeneous-clusters, rows: 500, columns: 8, clusters: 5}   # or {directory: data/clinics}
              network: {latency: 20ms, jitter: 5ms, loss: 0}
              faults: [{at: round 3, peer: 4, kind: crash, for: 2 rounds}]
            """)
        #expect(file.simulation.participantCount == 31)
        #expect(file.simulation.data == .generated(GeneratedData()))
        #expect(file.simulation.network == SimulatedNetwork())
        #expect(file.simulation.faults == [PlannedFault(round: 3, peer: 4, kind: .crash, roundCount: 2)])
        #expect(file.settings == AgreementSettings())
    }

    @Test func `a folder of data starts at the file's own, or here when set`() throws {
        let text = "simulation: {data: {directory: data/clinics}}"
        #expect(try SampleFiles.topology(text).simulation.data == .directory("topologies/data/clinics"))
        let set = try SampleFiles.topology("", ["simulation.data.directory=data/wards"])
        #expect(set.simulation.data == .directory("data/wards"))
        let absolute = try SampleFiles.topology("simulation: {data: {directory: /data}}")
        #expect(absolute.simulation.data == .directory("/data"))
    }

    @Test func `rows can be limited and settings set`() throws {
        let file = try SampleFiles.topology(
            "topology: {family: cycle-inverse-chords}",
            ["data.limit=20", "simulation.seed=7", "topology.family=ring", "simulation.participants=5"])
        #expect(file.rowLimit == 20)
        #expect(file.simulation.seed == 7)
        #expect(file.simulation.participantCount == 5)
        #expect(file.settings.topology == GraphRecipe(family: .ring))
    }

    @Test(arguments: [
        ("simulation: {participants: 1}", "simulation.participants"),
        ("simulation: {participants: 65536}", "simulation.participants"),
        ("simulation: {data: {generator: clusters}}", "simulation.data.generator"),
        ("simulation: {data: {directory: d, rows: 5}}", "simulation.data.directory"),
        ("simulation: {data: {rows: 1}}", "simulation.data.rows"),
        ("simulation: {network: {latency: 20}}", "simulation.network.latency"),
        ("simulation: {network: {loss: 1}}", "simulation.network.loss"),
        ("simulation: {network: {losses: 1}}", "simulation.network.losses"),
        ("simulation: {faults: crash}", "simulation.faults"),
        ("simulation: {faults: [crash]}", "simulation.faults[0]"),
        ("simulation: {faults: [{at: 3, peer: 1, kind: crash}]}", "simulation.faults[0].at"),
        ("simulation: {faults: [{at: 3 rounds, peer: 1, kind: crash}]}", "simulation.faults[0].at"),
        ("simulation: {faults: [{at: round -1, peer: 1, kind: crash}]}", "simulation.faults[0].at"),
        ("simulation: {faults: [{at: round 3, kind: crash}]}", "simulation.faults[0].peer"),
        ("simulation: {faults: [{at: round 3, peer: 1}]}", "simulation.faults[0].kind"),
        ("simulation: {faults: [{at: round 3, peer: 1, kind: lie}]}", "simulation.faults[0].kind"),
        (
            "simulation: {faults: [{at: round 3, peer: 1, kind: crash, for: 0 rounds}]}",
            "simulation.faults[0].for"
        ),
        (
            "simulation: {faults: [{at: round 3, peer: 1, kind: crash, for: round 2}]}",
            "simulation.faults[0].for"
        ),
        (
            "simulation: {participants: 4, faults: [{at: round 3, peer: 4, kind: crash}]}",
            "simulation.faults[0].peer"
        ),
        ("columns: [x]", "columns"), ("data: {limit: 0}", "data.limit"),
        ("data: {directory: d}", "data.directory"),
        ("version: 2", "version"), ("network: a b", "network"),
    ])
    func `what is wrong is named`(text: String, key: String) {
        let found = problems(text)
        #expect(found.map(\.key) == [key])
        #expect(found.allSatisfy { $0.message.hasPrefix("topologies/sample.yaml:1:") })
    }

    @Test func `explicit edges are checked where the number of participants is known`() throws {
        #expect(problems("topology: {edges: [[0,1]]}").isEmpty)
        #expect(
            problems("topology: {edges: [[0,1]]}\nsimulation: {participants: 3}").map(\.key)
                == ["topology.edges"])
    }

    @Test func `the id follows settings, seed and size, not the data`() throws {
        let file = try SampleFiles.topology("")
        let id = file.networkID(participantCount: 31)
        #expect(file.networkID(participantCount: 30) != id)
        #expect(try SampleFiles.topology("", ["simulation.seed=2"]).networkID(participantCount: 31) != id)
        #expect(try SampleFiles.topology("", ["rounds.maximum=2"]).networkID(participantCount: 31) != id)
        let elsewhere = try SampleFiles.topology("simulation: {data: {directory: d}}")
        #expect(elsewhere.networkID(participantCount: 31) == id)
    }

    @Test func `agreements and topology files are told apart`() throws {
        let agreement = try SampleFiles.agreement("score: paper")
        let first = try NetworkFile(yaml: Array(agreement.utf8), path: "n.yaml")
        #expect(first == .agreement(try SampleFiles.read(agreement)))
        #expect(first.settings.score == .paper)
        let second = try NetworkFile(yaml: Array("score: paper".utf8), path: "t.yaml")
        #expect(second == .topology(try SampleFiles.topology("score: paper")))
    }

    @Test func `all topologies of the repository check`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("topologies").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            $0.hasSuffix(".yaml")
        }
        #expect(!names.isEmpty)
        for name in names.sorted() {
            #expect(SampleFiles.problems { _ = try TopologyFile(file: "\(folder)/\(name)") } == [], "\(name)")
        }
    }
}
