import Foundation
import Testing

/// `score --explain`, `patterns` and `fit --together` on the clinics' data.
@Suite struct InsightVerbTests {
    private static let train = Repository.path("topologies/data/clinics/p00_train.csv")
    private static let test = Repository.path("topologies/data/clinics/p00_test.csv")

    /// The model that all clinics learnt together, as p00 has it.
    private func together(in folder: TemporaryFolder) async throws {
        let result = try await CollabDictProcess.run(
            [
                "simulate", Repository.path("topologies/clinics-7.yaml"), "--output", "models", "--set",
                "model.patterns=4", "--set", "rounds.maximum=4",
            ], in: folder.url)
        #expect(result.status == 0, "\(result.error)")
    }

    private let model = "models/p00.json"

    @Test func `an explanation follows every score, and changes none`() async throws {
        let folder = try TemporaryFolder()
        try await together(in: folder)
        let plain = try await CollabDictProcess.run(
            ["score", "--model", model, "--data", Self.test], in: folder.url)
        let explained = try await CollabDictProcess.run(
            ["score", "--model", model, "--data", Self.test, "--explain"], in: folder.url)
        #expect(explained.status == 0, "\(explained.error)")
        let lines = explained.output.split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(lines.map { String($0[0]) } == plain.output.split(separator: "\n").map(String.init))
        // Score and flag, three columns, the patterns.
        #expect(lines.allSatisfy { $0.count == 5 && $0[4].hasPrefix("patterns ") })
        #expect(lines.allSatisfy { $0[1].contains(" expected ") && $0[1].contains(" ± ") })
    }

    @Test func `an explanation is in the file's own names and units`() async throws {
        let folder = try TemporaryFolder()
        try await together(in: folder)
        let answer = try await CollabDictProcess.run(
            ["score", "--model", model, "--data", Self.test, "--explain", "--json"], in: folder.url
        ).data()
        let explanations = try #require(answer["explanations"] as? [[String: Any]])
        #expect(explanations.count == (answer["scores"] as? [Any])?.count)
        let header = try #require(
            try String(contentsOfFile: Self.test, encoding: .utf8).split(whereSeparator: \.isNewline).first)
        let names = header.split(separator: ",").map(String.init).filter { $0 != "label" }
        for explanation in explanations {
            let columns = try #require(explanation["columns"] as? [[String: Any]])
            #expect(Set(columns.compactMap { $0["name"] as? String }) == Set(names))
            let contributions = columns.compactMap { $0["contribution"] as? Double }
            #expect(contributions == contributions.sorted(by: >) && contributions.count == 30)
            let patterns = try #require(explanation["patterns"] as? [[String: Any]])
            let total = patterns.compactMap { $0["weight"] as? Double }.reduce(0, +)
            #expect(abs(total - 1) < 1e-12)
        }
    }

    @Test func `a changed cell is the first column that is named`() async throws {
        let folder = try TemporaryFolder()
        try await together(in: folder)
        let lines = try String(contentsOfFile: Self.test, encoding: .utf8).split(whereSeparator: \.isNewline)
        let names = lines[0].split(separator: ",").map(String.init)
        var cells = lines[1].split(separator: ",").map(String.init)
        let column = try #require(names.firstIndex(of: "mean_texture"))
        cells[column] = "1000"
        _ = try folder.write("\(lines[0])\n\(cells.joined(separator: ","))\n", to: "row.csv")
        let answer = try await CollabDictProcess.run(
            ["score", "--model", model, "--data", "row.csv", "--explain", "--json"], in: folder.url
        ).data()
        let explanations = try #require(answer["explanations"] as? [[String: Any]])
        let first = try #require((explanations[0]["columns"] as? [[String: Any]])?.first)
        #expect(first["name"] as? String == "mean_texture")
        #expect(first["value"] as? Double == 1000)
        // The mean texture of the clinics' rows lies between 9 and 40.
        let expected = try #require(first["expected"] as? Double)
        #expect(expected > 0 && expected < 60)
    }

    @Test func `an autoencoder explains itself too, without patterns`() async throws {
        let folder = try TemporaryFolder()
        _ = try await CollabDictProcess.run(
            [
                "fit", "--data", Self.train, "--output", "model.json", "--set", "model.kind=autoencoder",
                "--set",
                "rounds.maximum=3", "--set", "score=density",
            ], in: folder.url)
        let result = try await CollabDictProcess.run(
            ["score", "--model", "model.json", "--data", Self.test, "--explain"], in: folder.url)
        #expect(result.status == 0, "\(result.error)")
        let lines = result.output.split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(lines.count == 45 && lines.allSatisfy { $0.count == 4 })
        let patterns = try await CollabDictProcess.run(["patterns", "--model", "model.json"], in: folder.url)
        #expect(patterns.status == 8)
        #expect(patterns.error.contains("autoencoder"))
    }

    @Test func `patterns lists what the model file holds`() async throws {
        let folder = try TemporaryFolder()
        try await together(in: folder)
        let answer = try await CollabDictProcess.run(
            ["patterns", "--model", model, "--smallest", "0", "--format", "json"], in: folder.url)
        #expect(try answer.json()["schema"] as? String == "collabdict.patterns/1")
        let patterns = try #require(try answer.data()["patterns"] as? [[String: Any]])
        let file = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: folder.url.appending(path: model)))
                as? [String: Any])
        func values(_ part: String, _ name: String) throws -> [Double] {
            let arrays = try #require(file[part] as? [String: [String: Any]])
            return try #require(arrays[name]?["values"] as? [Double])
        }
        let active = try values("shared", "active")
        let weights = try values("private", "weights")
        let slots = active.indices.filter { active[$0] == 1 }
        #expect(patterns.compactMap { $0["pattern"] as? Int } == slots)
        #expect(patterns.compactMap { $0["weight"] as? Double } == slots.map { weights[$0] })
        let table = try await CollabDictProcess.run(["patterns", "--model", model], in: folder.url)
        #expect(table.output.split(separator: "\n").count == slots.count + 1)
        let edges = try #require(patterns[0]["edges"] as? [[String: Any]])
        #expect(edges.allSatisfy { abs($0["partialCorrelation"] as? Double ?? 9) <= 1 })
        let strong = try await CollabDictProcess.run(
            ["patterns", "--model", model, "--pattern", "\(slots[0])", "--smallest", "0.5", "--json"],
            in: folder.url
        ).data()
        let kept = try #require((strong["patterns"] as? [[String: Any]])?.first?["edges"] as? [[String: Any]])
        #expect(
            kept.count == edges.count { abs($0["partialCorrelation"] as? Double ?? 0) >= 0.5 }
                && kept.count > 0)
    }

    @Test func `a graph in GraphViz's language is valid, whatever columns are called`() async throws {
        let folder = try TemporaryFolder()
        let names = [#""a ""quoted"" name""#, #"back\slash\"#, "graph", #""x -- y; }""#]
        let rows = (0..<60).map { row in
            let x = Double(row * 37 % 60) / 10
            let y = Double(row * 17 % 60) / 10
            return "\(x),\(x + 0.3 * y),\(y),\(Double(row * 7 % 60))"
        }
        _ = try folder.write(
            ([names.joined(separator: ",")] + rows).joined(separator: "\n") + "\n", to: "rows.csv")
        let fit = try await CollabDictProcess.run(
            ["fit", "--data", "rows.csv", "--output", "model.json", "--set", "model.patterns=1"],
            in: folder.url)
        #expect(fit.status == 0, "\(fit.error)")
        let result = try await CollabDictProcess.run(
            ["patterns", "--model", "model.json", "--pattern", "0", "--format", "dot"], in: folder.url)
        #expect(result.status == 0, "\(result.error)")
        // The statements of the DOT grammar that are written: strings end at the first quote without a backslash.
        let string = #/"(?:[^"\\]|\\.)*"/#
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines.first == #"graph "pattern 0" {"# && lines.last == "}")
        let node = try Regex(#"  c\d+ \[label="(?:[^"\\]|\\.)*"\];"#)
        let edge = try Regex(
            #"  c\d+ -- c\d+ \[label="-?\d\.\d\d", penwidth=\d\.\d\d, style=(?:solid|dashed)\];"#)
        let other = ["  label=\"pattern 0\";", "  node [shape=ellipse];"]
        for line in lines.dropFirst().dropLast() {
            #expect(
                other.contains(line) || line.wholeMatch(of: node) != nil || line.wholeMatch(of: edge) != nil,
                "\(line)")
        }
        #expect(lines.count { $0.wholeMatch(of: node) != nil } == 4)
        #expect(lines.contains { $0.wholeMatch(of: edge) != nil })
        let labels = lines.compactMap {
            $0.wholeMatch(of: node) == nil ? nil : $0.firstMatch(of: string)?.output
        }
        #expect(
            labels.map(String.init) == [
                #""a \"quoted\" name""#, #""back\\slash\\""#, #""graph""#, #""x -- y; }""#,
            ])
    }

    @Test func `a pattern that is not there, and a drawing of all of them, are refused`() async throws {
        let folder = try TemporaryFolder()
        try await together(in: folder)
        let missing = try await CollabDictProcess.run(
            ["patterns", "--model", model, "--pattern", "99"], in: folder.url)
        #expect(missing.status == 2 && missing.error.contains("no pattern 99"))
        let all = try await CollabDictProcess.run(
            ["patterns", "--model", model, "--format", "dot"], in: folder.url)
        #expect(all.status == 2 && all.error.contains("--pattern"))
    }

    @Test func `joining pays for a clinic of twenty rows, on rows new to both models`() async throws {
        let folder = try TemporaryFolder()
        try await together(in: folder)
        let answer = try await CollabDictProcess.run(
            ["fit", "--data", Self.train, "--together", model, "--test", Self.test, "--json"], in: folder.url
        ).data()
        let figures = try #require(answer["together"] as? [String: Any])
        #expect(
            Set(figures.keys) == [
                "heldOut", "rows", "anomalies", "alone", "together", "logLikelihoodGain", "standardError",
                "likelierTogether", "upperBound", "verdict",
            ])
        #expect(figures["heldOut"] as? String == "test" && figures["upperBound"] as? Bool == false)
        #expect(figures["rows"] as? Int == 45 && figures["anomalies"] as? Int == 14)
        let alone = try #require(figures["alone"] as? [String: Any])
        let together = try #require(figures["together"] as? [String: Any])
        let gain = try #require(figures["logLikelihoodGain"] as? Double)
        let difference =
            try #require(together["logLikelihood"] as? Double) - #require(alone["logLikelihood"] as? Double)
        #expect(abs(gain - difference) < 1e-9 && gain > 0)
        #expect(figures["verdict"] as? String == "together")
        // The same as evaluate says of either model.
        let evaluated = try await CollabDictProcess.run(
            ["evaluate", "--model", model, "--data", Self.test, "--json"], in: folder.url
        ).data()
        #expect(evaluated["rocAuc"] as? Double == together["rocAuc"] as? Double)
    }

    @Test func `without a test file own rows are held out, and the bound is named`() async throws {
        let folder = try TemporaryFolder()
        try await together(in: folder)
        let arguments = ["fit", "--data", Self.train, "--together", model]
        let text = try await CollabDictProcess.run(arguments, in: folder.url)
        #expect(text.status == 0, "\(text.error)")
        #expect(text.output.contains("upper bound") && text.output.contains("joining"))
        let first = try await CollabDictProcess.run(arguments + ["--json"], in: folder.url).data()
        let second = try await CollabDictProcess.run(arguments + ["--json"], in: folder.url).data()
        let figures = try #require(first["together"] as? [String: Any])
        #expect(figures["upperBound"] as? Bool == true && figures["rows"] as? Int == 20)
        #expect(
            figures["logLikelihoodGain"] as? Double
                == (second["together"] as? [String: Any])?["logLikelihoodGain"] as? Double)
        let orphan = try await CollabDictProcess.run(
            ["fit", "--data", Self.train, "--test", Self.test], in: folder.url)
        #expect(orphan.status == 2 && orphan.error.contains("--together"))
    }
}
