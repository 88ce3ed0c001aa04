import Foundation

/// Memory of processes, from the kernel's own files.
enum ProcessMemory {
    /// The most that this process has had resident so far, in bytes.
    static var peakBytes: Int? { kibibytes("VmHWM:", in: "/proc/self/status").map { $0 * 1024 } }

    /// The proportional share of a process: its own pages and its part of the shared ones, in bytes.
    static func proportionalBytes(of process: Int32) -> Int? {
        kibibytes("Pss:", in: "/proc/\(process)/smaps_rollup").map { $0 * 1024 }
    }

    private static func kibibytes(_ key: String, in path: String) -> Int? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(key) {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        }
        return nil
    }
}
