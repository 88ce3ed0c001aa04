import Foundation
import Testing

/// Files with missing cells, through the program.
@Suite struct MissingCellVerbTests {
    private func simulate(_ folder: TemporaryFolder, data: String, _ settings: [String] = []) async throws
        -> [String: Any]
    {
        let result = try await CollabDictProcess.run(
            ["simulate", Repository.path("topologies/clinics-7.yaml"), "--data", data, "--json"] + settings,
            in: folder.url)
        #expect(result.status == 0, "\(result.error)")
        return try result.data()
    }

    private static func meanROCAUC(_ data: [String: Any]) throws -> Double {
        let detection = try #require(data["detection"] as? [String: Any])
        let lines = try #require(detection["participants"] as? [[String: Any]])
        let areas = lines.compactMap { $0["rocAuc"] as? Double }
        return areas.reduce(0, +) / Double(areas.count)
    }

    /// The file's text without every fifth cell on average, the last column excepted.
    private static func withHoles(_ text: String, state: inout UInt64) -> String {
        let lines = text.split(whereSeparator: \.isNewline)
        let holed = lines.dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            return cells.enumerated().map { index, cell in
                // Knuth's generator; its upper bits.
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return index + 1 < cells.count && (state >> 33) % 5 == 0 ? "" : String(cell)
            }.joined(separator: ",")
        }
        return ([String(lines[0])] + holed).joined(separator: "\n") + "\n"
    }

    @Test func `a fifth of the clinics' cells less costs little detection`() async throws {
        let folder = try TemporaryFolder()
        let source = URL(filePath: Repository.path("topologies/data/clinics"))
        var state: UInt64 = 1
        for index in 0..<7 {
            for part in ["train", "test"] {
                let name = "p0\(index)_\(part).csv"
                let text = try String(contentsOf: source.appending(path: name), encoding: .utf8)
                _ = try folder.write(Self.withHoles(text, state: &state), to: name)
            }
        }
        let whole = try await simulate(folder, data: source.path(percentEncoded: false))
        let holed = try await simulate(folder, data: ".")
        #expect(holed["stateHashes"] as? Int == 1)
        #expect(try Self.meanROCAUC(holed) > Self.meanROCAUC(whole) - 0.03)
    }

    @Test(arguments: ["graphical-mixture", "autoencoder"])
    func `participants of one row up to as many as columns, with missing cells, end in one state`(
        kind: String
    ) async throws {
        let folder = try TemporaryFolder()
        var state: UInt64 = 7
        for count in 1...4 {
            let rows = (0..<count).map { row in
                "\(row * 7 % 5),\(row + count),\((row * row + 3 * count) % 11),\(0.5 * Double(row - count)),0"
            }
            let text = "a,b,c,d,label\n" + rows.joined(separator: "\n") + "\n"
            _ = try folder.write(Self.withHoles(text, state: &state), to: "p\(count)_train.csv")
            _ = try folder.write("a,b,c,d,label\n1,,3,4,0\n90,2,,-7,1\n1,2,3,4,0\n", to: "p\(count)_test.csv")
        }
        let data = try await simulate(
            folder, data: ".", ["--set", "model.kind=\(kind)", "--set", "rounds.maximum=3"])
        #expect(data["stateHashes"] as? Int == 1)
        #expect(data["participants"] as? Int == 4)
    }
}
