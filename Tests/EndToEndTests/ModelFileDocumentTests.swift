import Foundation
import Testing

/// The reader of docs/model-file.md, as it stands there, against the program.
@Suite struct ModelFileDocumentTests {
    private static let python = URL(filePath: "/usr/bin/python3")
    private static let train = Repository.path("topologies/data/clinics/p00_train.csv")
    private static let test = Repository.path("topologies/data/clinics/p00_test.csv")

    /// Whether there is a Python with numpy.
    private static var hasNumpy: Bool {
        guard FileManager.default.isExecutableFile(atPath: python.path()) else { return false }
        let process = Process()
        process.executableURL = python
        process.arguments = ["-c", "import numpy"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    /// The blocks of Python in the document, in order.
    private static func snippets() throws -> [String] {
        let text = try String(contentsOfFile: Repository.path("docs/model-file.md"), encoding: .utf8)
        return text.components(separatedBy: "```python\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
    }

    @Test func `the reader has at most ten lines`() throws {
        let snippets = try Self.snippets()
        #expect(snippets.count == 2)
        #expect(snippets[0].split(separator: "\n").count <= 10)
    }

    @Test(
        .enabled(if: hasNumpy, "needs /usr/bin/python3 with numpy"), arguments: [[], ["model.shape=own"]])
    func `the documented reader computes the program's densities and its hash`(settings: [String])
        async throws
    {
        let folder = try TemporaryFolder()
        let fit = try await CollabDictProcess.run(
            ["fit", "--data", Self.train, "--output", "model.json"]
                + (["score=density", "model.patterns=4"] + settings).flatMap { ["--set", $0] },
            in: folder.url)
        #expect(fit.status == 0, "\(fit.error)")
        let scored = try await CollabDictProcess.run(
            ["score", "--model", "model.json", "--data", Self.test, "--json"], in: folder.url
        ).data()
        let expected = try #require(scored["scores"] as? [Double])
        let driver = """
            import csv, sys
            names = [n for n in model["columns"]]
            found = [density([float(row[n]) for n in names]) for row in csv.DictReader(open(sys.argv[1]))]
            """
        let script = try Self.snippets()
        _ = try folder.write(
            script[0] + driver + "\n" + script[1] + "print(json.dumps(found))\n", to: "reader.py")
        let process = Process()
        process.executableURL = Self.python
        process.arguments = ["reader.py", Self.test]
        process.currentDirectoryURL = folder.url
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let found = try #require(try JSONSerialization.jsonObject(with: bytes) as? [Double])
        #expect(found.count == 45 && expected.count == 45)
        // Distances of 30 columns in double precision, added up in different orders.
        for (one, other) in zip(found, expected) { #expect(abs(one - other) <= 1e-9 * max(1, abs(other))) }
    }
}
