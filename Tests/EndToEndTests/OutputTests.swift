import Foundation
import Testing

/// Where answers and model files go: full devices, links, pipes, modes.
@Suite struct OutputTests {
    private static let full = "/dev/full"

    /// A folder with 40 rows of two columns and a model of them, `model.json`, of a few thousand bytes.
    private func folder() async throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            "a,b\n" + (0..<40).map { "\($0),\($0 * 7 % 13)\n" }.joined(), to: "rows.csv")
        let result = try await fit(in: folder, output: "model.json")
        #expect(result.status == 0, "\(result.error)")
        return folder
    }

    private func fit(
        in folder: TemporaryFolder, output: String, prelude: String? = nil
    ) async throws -> ProcessResult {
        try await CollabDictProcess(
            ["fit", "--data", "rows.csv", "--set", "model.patterns=1", "--output", output], in: folder.url,
            prelude: prelude
        ).result()
    }

    private func mode(_ name: String, in folder: TemporaryFolder) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path(name))
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }

    private func bytes(_ name: String, in folder: TemporaryFolder) throws -> Data {
        try Data(contentsOf: folder.url.appending(path: name))
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: full), "needs /dev/full"),
        arguments: [
            ["fit", "--data", "rows.csv", "--set", "model.patterns=1", "--json"],
            ["score", "--model", "model.json", "--data", "rows.csv"], ["patterns", "--model", "model.json"],
            ["topology", "inspect", "missing.yaml", "--json"], ["completion", "bash"], ["--help"],
        ])
    func `an answer that standard output does not take is a failure`(arguments: [String]) async throws {
        let folder = try await folder()
        let result = try await CollabDictProcess(
            arguments, in: folder.url, prelude: "exec > \(Self.full)"
        ).result()
        #expect(result.status == 1)
        #expect(result.error == "error: standard output cannot be written: no space left\n")
    }

    @Test func `a new model file is its owner's alone, one that is there keeps its mode`() async throws {
        let folder = try await folder()
        #expect(try mode("model.json", in: folder) == 0o600)
        for mode in [0o600, 0o640, 0o644] {
            try Data("old".utf8).write(to: folder.url.appending(path: "old.json"))
            try FileManager.default.setAttributes(
                [.posixPermissions: mode], ofItemAtPath: folder.path("old.json"))
            #expect(try await fit(in: folder, output: "old.json").status == 0)
            #expect(try self.mode("old.json", in: folder) == mode)
            #expect(try bytes("old.json", in: folder) == bytes("model.json", in: folder))
        }
        #expect(folder.names == ["model.json", "old.json", "rows.csv"])
    }

    @Test(arguments: [true, false])
    func `a link is followed and stays a link`(exists: Bool) async throws {
        let folder = try await folder()
        try FileManager.default.createDirectory(
            atPath: folder.path("there"), withIntermediateDirectories: false)
        if exists { _ = try folder.write("old", to: "there/real.json") }
        for (link, target) in [("link.json", "there/second.json"), ("there/second.json", "real.json")] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path(link), withDestinationPath: target)
        }
        #expect(try await fit(in: folder, output: "link.json").status == 0)
        #expect(try bytes("there/real.json", in: folder) == bytes("model.json", in: folder))
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link.json"))
                == "there/second.json")
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("there/second.json"))
                == "real.json")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("there")).sorted()
                == ["real.json", "second.json"])
    }

    @Test func `a pipe is written to and stays a pipe`() async throws {
        let folder = try await folder()
        try #require(unsafe mkfifo(folder.path("pipe"), 0o600) == 0)
        // Opened without waiting for the writer; the model fits into the pipe's 64 KiB.
        let reader = unsafe open(folder.path("pipe"), O_RDONLY | O_NONBLOCK)
        try #require(reader >= 0)
        defer { close(reader) }
        let model = try bytes("model.json", in: folder)
        try #require(model.count < 65_536)
        #expect(try await fit(in: folder, output: "pipe").status == 0)
        var found = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe read(reader, &found, found.count)
        #expect(Data(found.prefix(max(count, 0))) == model)
        let type = try FileManager.default.attributesOfItem(atPath: folder.path("pipe"))[.type]
        #expect(type as? FileAttributeType != .typeRegular)
        #expect(folder.names == ["model.json", "pipe", "rows.csv"])
    }

    @Test func `a model that does not fit on the disk leaves the old one and nothing beside it`()
        async throws
    {
        let folder = try await folder()
        let before = try bytes("model.json", in: folder)
        // Files may have 512 or 1024 bytes, by the shell: fewer than a model has.
        let result = try await fit(
            in: folder, output: "model.json", prelude: "trap '' XFSZ; ulimit -f 1")
        #expect(result.status == 1)
        #expect(result.error.contains("model.json cannot be written: the file would be too large"))
        #expect(try bytes("model.json", in: folder) == before)
        #expect(folder.names == ["model.json", "rows.csv"])
        let missing = try await fit(in: folder, output: "missing/model.json")
        #expect(missing.status == 1 && missing.error.contains("no such file or folder"))
        let place = try await fit(in: folder, output: ".")
        #expect(place.status == 1 && place.error.contains("it is a folder"))
        #expect(folder.names == ["model.json", "rows.csv"])
    }
}
