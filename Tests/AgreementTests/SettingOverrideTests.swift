import Models
import Testing
import Topology

@testable import Agreement

@Suite struct SettingOverrideTests {
    private func problems(_ overrides: String...) throws -> [ConfigurationProblem] {
        let text = try SampleFiles.agreement()
        return SampleFiles.problems { _ = try SampleFiles.read(text, overrides) }
    }

    @Test func `a value of any depth is laid over the file`() throws {
        let settings = try SampleFiles.read(
            SampleFiles.agreement("consensus: {tolerance: 1e-6}"),
            [
                "consensus.protection.masks=false", "rounds.maximum=5", "score=paper", "rounds.maximum=6",
                "limits={value: 4}",
            ]
        ).settings
        #expect(settings.consensus.tolerance == 1e-6)
        #expect(settings.consensus.protection.masks == .off)
        #expect(settings.rounds.maximum == 6)
        #expect(settings.score == .paper)
        #expect(settings.valueLimit == 4)
    }

    @Test func `a key below a plain value takes its place`() throws {
        let text = try SampleFiles.agreement("consensus: {protection: {masks: true}}")
        let settings = try SampleFiles.read(text, ["consensus.protection.masks.degree=5"]).settings
        #expect(settings.consensus.protection.masks == .on(degree: 5))
    }

    @Test func `the kind of a model starts from its own defaults, whatever the order`() throws {
        let text = try SampleFiles.agreement("model: {patterns: 3, sparsity: 0.5}")
        for overrides in [
            ["model.starts=1", "model.kind=graphical-mixture"],
            ["model.kind=graphical-mixture", "model.starts=1"],
        ] {
            #expect(
                try SampleFiles.read(text, overrides).settings.model
                    == .graphicalMixture(MixtureSettings(starts: 1)))
        }
        #expect(
            try SampleFiles.read(text, ["model.starts=1"]).settings.model
                == .graphicalMixture(MixtureSettings(patterns: 3, sparsity: 0.5, starts: 1)))
    }

    @Test func `a family replaces edges, and edges a family`() throws {
        let listed = try SampleFiles.agreement("topology: {edges: [[0,1],[1,2]]}")
        #expect(
            try SampleFiles.read(listed, ["topology.family=ring"]).settings.topology
                == GraphRecipe(family: .ring))
        let ring = try SampleFiles.agreement("topology: {family: ring, degree: 3, seed: 2}")
        #expect(
            try SampleFiles.read(ring, ["topology.edges=[[0,1],[0,2]]"]).settings.topology
                == GraphRecipe(edges: [(0, 1), (0, 2)]))
        #expect(
            try SampleFiles.read(ring, ["topology.family=complete"]).settings.topology
                == GraphRecipe(family: .complete, degree: 3, seed: 2))
    }

    @Test func `an unknown key is answered with the nearest`() throws {
        let found = try problems("consensus.protction.masks=false")
        #expect(
            found.map(\.message) == [
                "--set consensus.protction.masks: there is no key consensus.protction"
            ])
        #expect(
            found.map(\.fix) == [
                "Did you mean consensus.protection? Known here: method, weights, tolerance, protection."
            ])
        guard case .unknownKey(let nearest, _)? = try problems("masks=false").first?.fault else {
            Issue.record("no unknown key")
            return
        }
        #expect(nearest == "consensus.protection.masks")
    }

    @Test func `a wrong value is named with its override`() throws {
        #expect(
            try problems("model.patterns=0").map(\.description) == [
                "--set model.patterns: model.patterns is 0, but must be a whole number from 1 to 1024. "
                    + "Set model.patterns to a whole number from 1 to 1024."
            ])
        #expect(try problems("model.patterns=").map(\.key) == ["model.patterns"])
        #expect(try problems("score.x=1").map(\.key) == ["score"])
    }

    @Test func `a value that is no YAML is named with its override`() throws {
        let found = try problems("topology.edges=[[0,1]")
        #expect(found.map(\.origin) == [.override(key: "topology.edges")])
        guard case .malformed? = found.first?.fault else {
            Issue.record("\(found)")
            return
        }
    }

    @Test(arguments: ["", "x", "=1", ".a=1", "a.=1", "a..b=1", "a b=1", "a[0]=1", "ä=1"])
    func `what is no dotted key and value is refused`(argument: String) {
        let found = SampleFiles.problems { _ = try SettingOverride(argument: argument) }
        #expect(found.map(\.fault) == [.malformedOverride(argument: argument)])
        #expect(
            found.first?.fix
                == "Write --set KEY=VALUE with a dotted key, such as --set model.patterns=5.")
    }

    @Test func `the value may hold equals signs`() throws {
        #expect(try SettingOverride(argument: "a=b=c").value == "b=c")
    }
}
