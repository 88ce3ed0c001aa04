import Foundation
import Testing

/// `fit`, `score` and `evaluate` on one clinic's files.
@Suite struct ModelVerbTests {
    private static let train = Repository.path("topologies/data/clinics/p00_train.csv")
    private static let test = Repository.path("topologies/data/clinics/p00_test.csv")

    private func fitted(in folder: TemporaryFolder) async throws -> [String: Any] {
        try await CollabDictProcess.run(
            ["fit", "--data", Self.train, "--set", "model.patterns=2", "--output", "model.json", "--json"],
            in: folder.url
        ).data()
    }

    @Test func `a fitted model scores every row and is evaluated`() async throws {
        let folder = try TemporaryFolder()
        let fit = try await fitted(in: folder)
        #expect(fit["rows"] as? Int == 20)
        #expect(fit["columns"] as? Int == 30)
        #expect(try #require(fit["iterations"] as? Int) > 0)
        let seconds = try #require(fit["seconds"] as? [String: Any])
        #expect(Set(seconds.keys) == ["read", "initialise", "localUpdate", "optimise", "total"])

        let scores = try await CollabDictProcess.run(
            ["score", "--model", "model.json", "--data", Self.test], in: folder.url)
        #expect(scores.status == 0, "\(scores.error)")
        let lines = scores.output.split(separator: "\n")
        #expect(lines.count == 45)
        #expect(lines.allSatisfy { $0.hasSuffix(",0") || $0.hasSuffix(",1") })

        let streamed = try await CollabDictProcess.run(
            ["score", "--model", "model.json", "--data", "-"], in: folder.url, input: URL(filePath: Self.test)
        )
        #expect(streamed.output == scores.output)

        let figures = try await CollabDictProcess.run(
            ["evaluate", "--model", "model.json", "--data", Self.test, "--label", "label", "--json"],
            in: folder.url
        ).data()
        #expect(figures["rows"] as? Int == 45)
        #expect(figures["anomalies"] as? Int == 14)
        #expect(try #require(figures["rocAuc"] as? Double) > 0.5)
        #expect(
            Set(figures.keys) == [
                "rows", "anomalies", "rocAuc", "averagePrecision", "precision", "recall", "f1", "threshold",
            ])
    }

    @Test func `the same rows and settings give the same model file`() async throws {
        let folder = try TemporaryFolder()
        _ = try await fitted(in: folder)
        let first = try Data(contentsOf: folder.url.appending(path: "model.json"))
        _ = try await fitted(in: folder)
        #expect(try Data(contentsOf: folder.url.appending(path: "model.json")) == first)
    }

    @Test func `a threshold is set from normal rows and written into a copy`() async throws {
        let folder = try TemporaryFolder()
        _ = try await fitted(in: folder)
        let before = try Data(contentsOf: folder.url.appending(path: "model.json"))
        let answer = try await CollabDictProcess.run(
            [
                "threshold", "--model", "model.json", "--data", Self.test, "--false-alarms", "0.1",
                "--output",
                "copy.json", "--json",
            ], in: folder.url
        ).data()
        // 31 of the 45 test rows are normal: three may raise an alarm.
        #expect(answer["rows"] as? Int == 31)
        #expect(answer["alarms"] as? Int == 3)
        #expect(try Data(contentsOf: folder.url.appending(path: "model.json")) == before)
        let figures = try await CollabDictProcess.run(
            ["evaluate", "--model", "copy.json", "--data", Self.test, "--json"], in: folder.url
        ).data()
        #expect(figures["threshold"] as? Double == answer["threshold"] as? Double)
    }

    @Test func `two ways to set a threshold at once are refused`() async throws {
        let folder = try TemporaryFolder()
        let result = try await CollabDictProcess.run(
            [
                "threshold", "--model", "model.json", "--data", "rows.csv", "--sigma", "3", "--percentile",
                "95",
            ], in: folder.url)
        #expect(result.status == 2)
        #expect(result.error.contains("--false-alarms"))
    }

    @Test func `a threshold below 0 is a number like any other, and what is none is refused`() async throws {
        let folder = try TemporaryFolder()
        _ = try await fitted(in: folder)
        let score = ["score", "--model", "model.json", "--data", Self.test, "--threshold"]
        let all = try await CollabDictProcess.run(score + ["-1e9"], in: folder.url)
        #expect(all.status == 0, "\(all.error)")
        #expect(all.output.split(separator: "\n").allSatisfy { $0.hasSuffix(",1") })
        for value in ["nan", "inf", "-inf"] {
            let result = try await CollabDictProcess.run(score + [value], in: folder.url)
            #expect(result.status == 2 && result.error.contains("--threshold"), "\(result.error)")
        }
        let below = try await CollabDictProcess.run(
            ["threshold", "--model", "model.json", "--data", Self.test, "--sigma", "-0.5"], in: folder.url)
        #expect(below.status == 0, "\(below.error)")
    }

    @Test func `a fit says that privacy towards others does not apply`() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("a\n" + (0..<40).map { "\($0 * 7 % 13)\n" }.joined(), to: "rows.csv")
        let result = try await CollabDictProcess.run(
            ["fit", "--data", "rows.csv", "--set", "privacy.dp={epsilon: 1, range: [0, 13]}"], in: folder.url)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("note: nothing leaves the machine, so privacy.dp does not apply"))
    }

    @Test func `a changed model file is refused`() async throws {
        let folder = try TemporaryFolder()
        _ = try await fitted(in: folder)
        let text = try String(contentsOfFile: folder.path("model.json"), encoding: .utf8)
        _ = try folder.write(text.replacing("\"round\":", with: "\"round\":1"), to: "model.json")
        let result = try await CollabDictProcess.run(
            ["score", "--model", "model.json", "--data", Self.test], in: folder.url)
        #expect(result.status == 8)
        #expect(result.output == "")
        #expect(result.error.contains("hash"))
    }

    @Test func `a row that is no row is named, and no model is written`() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("a,b\n1,2\n3,four\n", to: "rows.csv")
        let result = try await CollabDictProcess.run(
            ["fit", "--data", "rows.csv", "--output", "model.json"], in: folder.url)
        #expect(result.status == 8)
        #expect(result.error.contains("rows.csv:3"))
        #expect(result.error.contains("'b'"))
        #expect(result.error.contains("'four'"))
        #expect(folder.names == ["rows.csv"])
    }

    @Test func `a row with a missing cell gives a score, one without any cell an empty line`() async throws {
        let folder = try TemporaryFolder()
        let rows = (0..<40).map { "\($0),\($0 * 7 % 13)" }.joined(separator: "\n")
        _ = try folder.write("a,b\n\(rows)\n", to: "rows.csv")
        _ = try await CollabDictProcess.run(
            ["fit", "--data", "rows.csv", "--output", "model.json", "--set", "model.patterns=1"],
            in: folder.url)
        _ = try folder.write("a,b\n1,2\n,3\n,\n4,5\n", to: "new.csv")
        let result = try await CollabDictProcess.run(
            ["score", "--model", "model.json", "--data", "new.csv"], in: folder.url)
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 5)
        #expect(lines[2] == "")
        #expect([0, 1, 3].allSatisfy { lines[$0].contains(",") })
    }
}
