import ArgumentParser
import Datasets
import Foundation

/// `--memory`.
struct MemoryOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "MiB that rows may take; more are kept in a file and read in blocks. Half of the machine's when left out.",
            valueName: "mib"))
    var memory: Int?

    /// Where rows may be kept: on disk in TMPDIR, or in /var/tmp, as /tmp may be memory.
    var room: RowRoom {
        RowRoom(
            memoryByteCount: memory.map { $0 << 20 },
            folder: ProcessInfo.processInfo.environment["TMPDIR"] ?? "/var/tmp")
    }

    func validate() throws {
        if let memory, !(1...1 << 30).contains(memory) {
            throw ValidationError("'--memory \(memory)' is not between 1 and \(1 << 30)")
        }
    }
}
