import Foundation
import Testing

/// Files whose rows are more than memory should hold.
@Suite struct LargeFileTests {
    /// Two clusters of three columns by a linear congruence; every 50th row lacks a cell.
    private static func rows(_ count: Int) -> String {
        var state: UInt64 = 1
        var text = "a,b,c\n"
        for row in 0..<count {
            let cells = (0..<3).map { column in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                if row % 50 == 7 && column == row % 3 { return "" }
                return "\(Double(state >> 40) / 1e7 + (row.isMultiple(of: 3) ? 2 : 0))"
            }
            text += cells.joined(separator: ",") + "\n"
        }
        return text
    }

    @Test(arguments: ["graphical-mixture", "autoencoder"])
    func `a fit from blocks on disk writes the same model as one from memory`(kind: String) async throws {
        let folder = try TemporaryFolder()
        // 20,000 rows of three columns are 1.4 MB in three copies.
        _ = try folder.write(Self.rows(20_000), to: "rows.csv")
        var models: [Data] = []
        for memory in ["1", "1024"] {
            let fit = try await CollabDictProcess.run(
                [
                    "fit", "--data", "rows.csv", "--output", "model.json", "--memory", memory, "--set",
                    "model.kind=\(kind)", "--set", "rounds.maximum=5",
                ], in: folder.url, environment: ["TMPDIR": folder.url.path(percentEncoded: false)])
            #expect(fit.status == 0, "\(fit.error)")
            #expect(fit.output.contains("read from disk in blocks") == (memory == "1"))
            models.append(try Data(contentsOf: folder.url.appending(path: "model.json")))
        }
        #expect(models[0] == models[1])
        let left = try FileManager.default.contentsOfDirectory(
            atPath: folder.url.path(percentEncoded: false))
        #expect(left.contains("model.json") && !left.contains { $0.contains("collabdict-rows") })
    }

    @Test func `rows on disk cannot be held out, and no folder for them is a data error`() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(Self.rows(20_000), to: "rows.csv")
        let fit = try await CollabDictProcess.run(
            ["fit", "--data", "rows.csv", "--output", "model.json", "--set", "rounds.maximum=1"],
            in: folder.url)
        #expect(fit.status == 0, "\(fit.error)")
        let together = try await CollabDictProcess.run(
            [
                "fit", "--data", "rows.csv", "--memory", "1", "--together", "model.json", "--set",
                "rounds.maximum=1",
            ], in: folder.url)
        #expect(together.status == 8 && together.error.contains("--test"))
        let homeless = try await CollabDictProcess.run(
            ["fit", "--data", "rows.csv", "--memory", "1"], in: folder.url,
            environment: ["TMPDIR": "/nowhere"])
        #expect(homeless.status == 8 && homeless.error.contains("/nowhere"))
        let wrong = try await CollabDictProcess.run(
            ["fit", "--data", "rows.csv", "--memory", "0"], in: folder.url)
        #expect(wrong.status == 2 && wrong.error.contains("--memory 0"))
    }
}
