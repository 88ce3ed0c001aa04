import Foundation

/// One life of `StorageVictim`, a process that saves checkpoints.
struct Victim {
    /// 137 for one that was killed, or died by a torn write.
    let status: Int32
    /// What it said, line by line.
    let lines: [String]

    /// The last round that it said to be on the disk.
    var acknowledged: UInt64 { number(after: "stored ").last ?? 0 }
    /// The round that it found; nil where it did not come so far.
    var loaded: UInt64? { number(after: "loaded ").first }

    private func number(after prefix: String) -> [UInt64] {
        lines.filter { $0.hasPrefix(prefix) }.compactMap {
            $0.dropFirst(prefix.count).split(separator: " ").first.flatMap { UInt64($0) }
        }
    }

    /// Beside the test bundle, as all products are.
    private static let binary: URL = {
        let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let beside = bundle.appending(path: "StorageVictim")
        guard !FileManager.default.isExecutableFile(atPath: beside.path()) else { return beside }
        let runner = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        return runner.appending(path: "StorageVictim")
    }()

    /// Runs the process to its end.
    ///
    /// - Parameters:
    ///   - killAfter: kill it once it has said so many lines; nil lets it live.
    init(
        folder: String, rounds: Int, environment: [String: String] = [:], killAfter: Int? = nil
    ) throws {
        let process = Process()
        process.executableURL = Self.binary
        process.arguments = [folder, "\(rounds)"]
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        var said: [UInt8] = []
        while let data = try pipe.fileHandleForReading.read(upToCount: 64), !data.isEmpty {
            said += data
            if let killAfter, said.count(where: { $0 == 10 }) >= killAfter {
                kill(process.processIdentifier, SIGKILL)
            }
        }
        process.waitUntilExit()
        status = process.terminationReason == .uncaughtSignal ? 137 : process.terminationStatus
        // A line without its end was cut off: the commit before it counts all the same.
        lines = String(decoding: said, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

/// The library of `Faults/disk-faults.c`, built by whatever C compiler is here; nil where there is none.
enum DiskFaults {
    static let library: String? = {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Faults/disk-faults.c")
        let result = FileManager.default.temporaryDirectory.appending(
            path: "disk-faults-\(ProcessInfo.processInfo.processIdentifier).so")
        for compiler in ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"]
        where FileManager.default.isExecutableFile(atPath: compiler) {
            let process = Process()
            process.executableURL = URL(filePath: compiler)
            process.arguments = ["-shared", "-fPIC", "-O1", "-o", result.path(), source.path(), "-ldl"]
            guard (try? process.run()) != nil else { continue }
            process.waitUntilExit()
            if process.terminationStatus == 0 { return result.path() }
        }
        return nil
    }()

    /// Preloads the library; `mark` is made when the fault has happened.
    static func environment(_ kind: String, call: Int, mark: String) -> [String: String] {
        ["LD_PRELOAD": library ?? "", "DISK_FAULT": "\(kind):\(call)", "DISK_FAULT_MARK": mark]
    }
}
