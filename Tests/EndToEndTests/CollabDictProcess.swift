import Foundation
import Testing

/// How a run of the real binary ended.
struct ProcessResult: Sendable {
    let status: Int32
    let output: String
    let error: String
}

/// The real binary, beside the test bundle, run in a folder of its own.
final class CollabDictProcess: Sendable {
    /// `.build/release/collabdict` or its debug twin: whatever was built with these tests.
    static let binary: URL = {
        let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let beside = bundle.appending(path: "collabdict")
        guard !FileManager.default.isExecutableFile(atPath: beside.path()) else { return beside }
        let runner = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        return runner.appending(path: "collabdict")
    }()

    private let process: Process
    private let ended: AsyncStream<Int32>
    private let folder: URL
    private let name = UUID().uuidString

    /// Starts the binary.
    ///
    /// - Parameters:
    ///   - folder: the working folder; output goes to files there.
    ///   - input: a file for standard input; nothing when left out.
    ///   - program: another product beside the tests.
    ///   - prelude: what a shell does first, such as `ulimit -n 40`; nil for no shell.
    init(
        _ arguments: [String], in folder: URL, input: URL? = nil, environment: [String: String] = [:],
        program: String? = nil, prelude: String? = nil
    ) throws {
        self.folder = folder
        process = Process()
        let binary =
            program.map { Self.binary.deletingLastPathComponent().appending(path: $0) } ?? Self.binary
        if let prelude {
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments =
                ["-c", "\(prelude); exec \"$0\" \"$@\"", binary.path()] + arguments
        } else {
            process.executableURL = binary
            process.arguments = arguments
        }
        process.currentDirectoryURL = folder
        var variables = ProcessInfo.processInfo.environment
        variables["COLUMNS"] = "80"
        variables["COLLABDICT_CONFIG"] = nil
        process.environment = variables.merging(environment) { $1 }
        for stream in ["out", "err"] {
            _ = FileManager.default.createFile(
                atPath: folder.appending(path: "\(name).\(stream)").path(), contents: nil)
        }
        process.standardInput = try input.map { try FileHandle(forReadingFrom: $0) } ?? FileHandle.nullDevice
        let output = try FileHandle(forWritingTo: folder.appending(path: "\(name).out"))
        let error = try FileHandle(forWritingTo: folder.appending(path: "\(name).err"))
        process.standardOutput = output
        process.standardError = error
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        ended = stream
        process.terminationHandler = { finished in
            continuation.yield(finished.terminationStatus)
            continuation.finish()
        }
        try process.run()
        // The process has its own; these would stay open as long as anything holds on to `process`.
        try output.close()
        try error.close()
    }

    /// Waits for the end.
    func result() async -> ProcessResult {
        var status: Int32 = -1
        for await value in ended { status = value }
        return ProcessResult(status: status, output: text("out"), error: text("err"))
    }

    /// What standard error holds so far.
    var errorText: String { text("err") }

    var isRunning: Bool { process.isRunning }
    var processIdentifier: Int32 { process.processIdentifier }

    /// Sends a signal.
    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    private func text(_ stream: String) -> String {
        let data = FileManager.default.contents(atPath: folder.appending(path: "\(name).\(stream)").path())
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    /// Runs the binary to its end.
    static func run(
        _ arguments: [String], in folder: URL, input: URL? = nil, environment: [String: String] = [:]
    ) async throws -> ProcessResult {
        try await CollabDictProcess(arguments, in: folder, input: input, environment: environment).result()
    }
}

/// A folder that is gone when the test is.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        // A socket's path must stay under 108 bytes.
        let name = "cd-" + UUID().uuidString.prefix(8)
        url = FileManager.default.temporaryDirectory.appending(path: name)
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path() }

    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: url.appending(path: name))
        return path(name)
    }

    /// Names in the folder, but for the outputs of processes.
    var names: [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: url.path())) ?? []
        return all.filter { !$0.hasSuffix(".out") && !$0.hasSuffix(".err") }.sorted()
    }
}

/// Files of the repository that the product is run on.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func path(_ name: String) -> String { root.appending(path: name).path() }
}

extension ProcessResult {
    /// The one JSON object of the answer.
    func json() throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
        return try #require(value as? [String: Any], "\(output)\(error)")
    }

    /// Its `data`.
    func data() throws -> [String: Any] {
        try #require(try json()["data"] as? [String: Any], "\(output)\(error)")
    }
}
