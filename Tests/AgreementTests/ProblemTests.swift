import Testing

@testable import Agreement

@Suite struct ProblemTests {
    /// A line after the shortest agreement, where its problem stands, and what the two sentences say.
    struct Case: CustomTestStringConvertible, Sendable {
        let line: String
        let column: Int
        let key: String
        let message: String
        let fix: String

        init(_ line: String, _ column: Int, _ key: String, _ message: String, _ fix: String) {
            self.line = line
            self.column = column
            self.key = key
            self.message = message
            self.fix = fix
        }

        var testDescription: String { line }
    }

    @Test(arguments: [
        Case(
            "modle: {patterns: 5}", 1, "modle", "there is no key modle",
            "Did you mean model? Known here: version, network, columns, participants, topology, consensus, "
                + "standardise, model, score, privacy, rounds, limits, quorum, deadlines."),
        Case(
            "model: {paterns: 5}", 9, "model.paterns", "there is no key model.paterns",
            "Did you mean model.patterns? Known here: kind, patterns, initialise, shape, sparsity, prior-strength, "
                + "weights-penalty, starts, seed."
        ),
        Case(
            "patterns: 5", 1, "patterns", "there is no key patterns",
            "Did you mean model.patterns? Known here: version, network, columns, participants, topology, "
                + "consensus, standardise, model, score, privacy, rounds, limits, quorum, deadlines."),
        Case(
            "temperature: 5", 1, "temperature", "there is no key temperature",
            "Known here: version, network, columns, participants, topology, consensus, standardise, model, "
                + "score, privacy, rounds, limits, quorum, deadlines."),
        Case(
            "model: {patterns: 5000}", 19, "model.patterns",
            "model.patterns is 5000, but must be a whole number from 1 to 1024",
            "Set model.patterns to a whole number from 1 to 1024."),
        Case(
            "model: {patterns: ten}", 19, "model.patterns", "model.patterns is 'ten', not a whole number",
            "Set model.patterns to a whole number."),
        Case(
            "model: {patterns: \"10\"}", 19, "model.patterns",
            "model.patterns is '10', not a whole number", "Set model.patterns to a whole number."),
        Case(
            "model: {patterns: 1e1}", 19, "model.patterns", "model.patterns is '1e1', not a whole number",
            "Set model.patterns to a whole number."),
        Case(
            "model: {patterns: 99999999999999999999}", 19, "model.patterns",
            "model.patterns is 99999999999999999999, but must be a whole number from 1 to 1024",
            "Set model.patterns to a whole number from 1 to 1024."),
        Case(
            "model: {patterns: }", 19, "model.patterns", "model.patterns is empty, not a whole number",
            "Set model.patterns to a whole number."),
        Case(
            "model: {seed: -1}", 15, "model.seed",
            "model.seed is -1, but must be a whole number from 0 to 18446744073709551615",
            "Set model.seed to a whole number from 0 to 18446744073709551615."),
        Case(
            "consensus: {tolerance: 0x1p-30}", 24, "consensus.tolerance",
            "consensus.tolerance is '0x1p-30', not a number", "Set consensus.tolerance to a number."),
        Case(
            "consensus: {tolerance: nan}", 24, "consensus.tolerance",
            "consensus.tolerance is 'nan', not a number", "Set consensus.tolerance to a number."),
        Case(
            "consensus: {tolerance: 0.5}", 24, "consensus.tolerance",
            "consensus.tolerance is 0.5, but must be a number from 1e-15 to 0.01",
            "Set consensus.tolerance to a number from 1e-15 to 0.01."),
        Case(
            "consensus: {protection: {relabel: yes}}", 35, "consensus.protection.relabel",
            "consensus.protection.relabel is 'yes', not true or false",
            "Set consensus.protection.relabel to true or false."),
        Case(
            "consensus: {protection: {masks: maybe}}", 33, "consensus.protection.masks",
            "consensus.protection.masks is 'maybe', not true or false or {degree: 10}",
            "Set consensus.protection.masks to true or false or {degree: 10}."),
        Case(
            "consensus: {protection: {masks: {}}}", 33, "consensus.protection.masks.degree",
            "consensus.protection.masks.degree is required and missing",
            "Add consensus.protection.masks.degree with a whole number."),
        Case(
            "consensus: {weights: chebishev}", 22, "consensus.weights",
            "consensus.weights is 'chebishev', but must be paper, max-degree, optimal, chebyshev or finite",
            "Did you mean chebyshev? Allowed: paper, max-degree, optimal, chebyshev, finite."),
        Case(
            "score: 3", 8, "score", "score is '3', but must be density, paper, calibrated or elbo",
            "Set score to density, paper, calibrated or elbo."),
        Case(
            "model: [1]", 8, "model", "model is a list, not a mapping (key: value)",
            "Set model to a mapping (key: value)."),
        Case(
            "score: {}", 8, "score", "score is a mapping, not density or paper or calibrated or elbo",
            "Set score to density or paper or calibrated or elbo."),
        Case(
            "deadlines: {session: 30}", 22, "deadlines.session",
            "deadlines.session is '30', not a duration such as 20ms, 30s or 2m",
            "Set deadlines.session to a duration such as 20ms, 30s or 2m."),
        Case(
            "deadlines: {session: 1ms}", 22, "deadlines.session",
            "deadlines.session is 1ms, but must be a duration from 100ms to 24h",
            "Set deadlines.session to a duration from 100ms to 24h."),
        Case(
            "quorum: 1", 9, "quorum", "quorum is 1, but must be a whole number from 2 to 3",
            "Set quorum to a whole number from 2 to 3."),
        Case(
            "quorum: some", 9, "quorum",
            "quorum is 'some', not majority or a whole number from 2 to 3",
            "Set quorum to majority or a whole number from 2 to 3."),
        Case(
            "topology: {family: ring, edges: [[0,1],[1,2]]}", 33, "topology.edges",
            "topology.edges and topology.family exclude each other",
            "Keep topology.edges or topology.family, not both."),
        Case(
            "topology: {edges: [[0,1]]}", 19, "topology.edges",
            "topology.edges is 1 edges, but must be a list of edges that connects all 3 participants",
            "Set topology.edges to a list of edges that connects all 3 participants."),
        Case(
            "topology: {edges: [[0,1],[1,3]]}", 29, "topology.edges[1]",
            "topology.edges[1] is 3, but must be a whole number from 0 to 2",
            "Set topology.edges[1] to a whole number from 0 to 2."),
        Case(
            "topology: {edges: [[0,1],[1,1]]}", 26, "topology.edges[1]",
            "topology.edges[1] is [1, 1], but must be two different participants",
            "Set topology.edges[1] to two different participants."),
        Case(
            "topology: {edges: [[0,1,2]]}", 20, "topology.edges[0]",
            "topology.edges[0] is a list, not a pair such as [0, 1]",
            "Set topology.edges[0] to a pair such as [0, 1]."),
        Case(
            "score: &s density", 8, "score", "score has an anchor or an alias",
            "Write the value out; anchors (&name) and aliases (*name) are not allowed."),
        Case(
            "score: *s", 8, "", "the document has an anchor or an alias",
            "Write the value out; anchors (&name) and aliases (*name) are not allowed."),
        Case(
            "score: !!str density", 8, "score", "score has the tag 'tag:yaml.org,2002:str'", "Remove the tag."
        ),
        Case("score: !secret density", 8, "score", "score has the tag '!secret'", "Remove the tag."),
        Case("model: !!map {}", 8, "model", "model has the tag 'tag:yaml.org,2002:map'", "Remove the tag."),
        Case(
            "score: density\nscore: paper", 1, "score", "the key score stands there twice",
            "Keep one of the two."),
        Case(
            "score: density\n\"score\": paper", 1, "score", "the key score stands there twice",
            "Keep one of the two."),
        Case(
            "[1]: 2", 1, "", "a list or mapping stands where a key should",
            "Write a plain word before the colon."),
    ])
    func `a wrong line is named with what is allowed`(wrong: Case) throws {
        let problems = try SampleFiles.problems(of: SampleFiles.agreement(wrong.line))
        let place = "network.yaml:\(SampleFiles.lineCount + 1):\(wrong.column)"
        #expect(problems.count == 1)
        #expect(problems.first?.key == wrong.key)
        #expect(problems.first?.message == "\(place): \(wrong.message)")
        #expect(problems.first?.fix == wrong.fix)
    }

    @Test func `self masks without masks are refused`() throws {
        let line = "consensus: {protection: {masks: false, self-masks: true}}"
        let problems = try SampleFiles.problems(of: SampleFiles.agreement(line))
        #expect(problems.map(\.key) == ["consensus.protection.self-masks"])
        #expect(problems.first?.message.contains("false where consensus.protection.masks is false") == true)
    }

    /// A gate that reacts to exact sums would itself tell of them.
    @Test func `a gate that acts is refused beside differential privacy`() throws {
        let line = "privacy: {on-violation: suppress, dp: {epsilon: 1, range: [0, 1]}}"
        let problems = try SampleFiles.problems(of: SampleFiles.agreement(line))
        #expect(problems.map(\.key) == ["privacy.on-violation"])
        #expect(
            problems.first?.fault
                == .doesNotCombine(otherKey: "privacy.dp", reason: .gateTellsOfExactSums))
    }

    @Test func `all problems of a file are told at once, in its order`() throws {
        let problems = try SampleFiles.problems(
            of: SampleFiles.agreement("rounds: {maximum: -1}\nlimits: {valeu: 8}\nscore: nice"))
        #expect(Set(problems.map(\.key)) == ["rounds.maximum", "limits.valeu", "score"])
        #expect(ConfigurationProblems(problems).description.split(separator: "\n").count == 3)
    }

    @Test func `an empty agreement names everything it needs`() {
        let problems = SampleFiles.problems(of: "")
        #expect(problems.map(\.key) == ["version", "network", "columns", "participants"])
        #expect(problems.allSatisfy { $0.origin == .wholeFile(path: "network.yaml") })
        #expect(problems.last?.message == "network.yaml: participants is required and missing")
        #expect(problems.last?.fix == "Add participants with a list.")
    }

    @Test func `another version is refused`() throws {
        let text = try SampleFiles.agreement().replacing("version: 1", with: "version: 2")
        let problems = SampleFiles.problems(of: text)
        #expect(
            problems.map(\.message) == [
                "network.yaml:1:10: version is 2, but must be a whole number from 1 to 1"
            ])
    }

    @Test func `bytes that are no text are refused with their offset`() {
        let problems = SampleFiles.problems {
            _ = try NetworkAgreement(yaml: Array("version: 1\nnetwork: ".utf8) + [0xff], path: "n.yaml")
        }
        #expect(problems.map(\.message) == ["n.yaml: the byte at offset 20 is not UTF-8"])
    }

    @Test func `a file over a mebibyte is refused`() {
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: SourceNode.byteLimit + 1)
        let problems = SampleFiles.problems { _ = try NetworkAgreement(yaml: bytes, path: "n.yaml") }
        #expect(problems.map(\.fault) == [.tooLarge(byteLimit: 1 << 20)])
    }

    @Test(arguments: ["a: [1, 2", "a: b: c", "\t- x", "'", "a: 1\n---\nb: 2", "%", "{a: 1}}"])
    func `what is not YAML is refused with its place`(text: String) {
        let problems = SampleFiles.problems(of: text)
        #expect(problems.count == 1)
        guard case .malformed? = problems.first?.fault, case .file? = problems.first?.origin else {
            Issue.record("\(problems)")
            return
        }
    }

    @Test(arguments: ["[1, 2]", "text", "3"])
    func `a document that is no mapping is refused`(text: String) {
        let problems = SampleFiles.problems(of: text)
        #expect(problems.first?.message.contains("the document is") == true)
    }

    @Test func `a hundred problems are told, and not more`() {
        let text = (0..<5_000).map { "k\($0): 1\n" }.joined()
        #expect(SampleFiles.problems(of: text).count == SettingsReader.problemLimit)
    }

    @Test func `deep nesting ends in a problem`() {
        for text in [String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000)] {
            #expect(SampleFiles.problems(of: text).count == 1)
        }
    }

    @Test(arguments: ["\n", "\r\n", "\r", "\u{85}", "\u{2028}", "# 'x'\r", "# x\r", "# é\u{2029}"])
    func `aliases that grow without end are refused in no time`(end: String) {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\(end)"
        for level in 1...12 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\(end)"
        }
        #expect(SampleFiles.problems(of: text).map(\.fault) == [.anchor])
        #expect(SampleFiles.problems(of: text + "? *a12\(end): 1\(end)").map(\.fault) == [.anchor])
        #expect(SampleFiles.problems(of: text + "*a12 : 1\(end)").map(\.fault) == [.anchor])
    }

    @Test func `the first of many aliases is named with its place`() {
        let text = "a: &a [x]\nb: [*a, *a, *a]\nc: [*a, *a]"
        let found = SampleFiles.problems(of: text)
        #expect(found.map(\.origin) == [.file(path: "network.yaml", line: 2, column: 5)])
        #expect(found.map(\.fault) == [.anchor])
    }

    @Test func `stars in comments and text are no aliases`() throws {
        let comments = String(repeating: "# - *one*, *two*\nscore: density # - *x, *y\n", count: 1)
        let text = try SampleFiles.agreement(comments + String(repeating: "# *one, *two\n", count: 9))
        #expect(SampleFiles.problems(of: text).isEmpty)
        let columns = try SampleFiles.agreement().replacing("texture", with: "a * b, 2*c, \"x*y\", \"*z\"")
        #expect(
            try SampleFiles.read(columns).columns == ["radius", "a * b", "2*c", "x*y", "*z", "perimeter"])
    }

    @Test func `a file that is not there or no file is named`() {
        let missing = SampleFiles.problems { _ = try NetworkAgreement(file: "no/such/file.yaml") }
        #expect(missing.map(\.message) == ["no/such/file.yaml: there is no such file"])
        let folder = SampleFiles.problems { _ = try NetworkAgreement(file: ".") }
        #expect(folder.map(\.fault) == [.unreadable(.notAFile)])
    }
}

extension SampleFiles {
    /// The problems of an agreement.
    fileprivate static func problems(of text: String) -> [ConfigurationProblem] {
        problems { _ = try read(text) }
    }
}
