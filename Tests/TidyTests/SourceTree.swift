import Foundation

/// One text file of the repository.
struct SourceFile: Sendable {
    /// Relative to the package root, with forward slashes.
    let path: String
    let text: String
    /// ``text`` with comments, strings and backticked names blanked out; empty unless it is Swift.
    let code: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = path.hasSuffix(".swift") ? BlankedSource(text).text : ""
    }

    /// `Sources/Wire/ByteReader.swift` lies in room `Wire`; nil outside `Sources` and `Tests`.
    var room: String? {
        let parts = path.split(separator: "/")
        guard parts.count >= 3, parts[0] == "Sources" || parts[0] == "Tests" else { return nil }
        return String(parts[1])
    }

    var isSource: Bool { path.hasPrefix("Sources/") }
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
}

/// The files that the style is checked on.
enum SourceTree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every Swift file of `Sources`, `Tests`, `Benchmarks` and `Fuzz`, sorted by path.
    static let swiftFiles: [SourceFile] = files(
        below: ["Sources", "Tests", "Benchmarks", "Fuzz"], endings: ["swift"])

    /// Every text that a reader or a program takes from the repository, this room's own rules left out.
    static let texts: [SourceFile] =
        swiftFiles.filter { $0.room != "TidyTests" }
        + files(
            below: ["docs", "scripts", "topologies", ".ci"],
            endings: ["md", "sh", "py", "yaml", "json", "run"])
        + ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", "Package.swift", ".ci/run"].compactMap(
            file)

    private static func files(below folders: [String], endings: Set<String>) -> [SourceFile] {
        var paths: [String] = []
        for folder in folders {
            let walk = FileManager.default.enumerator(atPath: root.appending(path: folder).path())
            while let entry = walk?.nextObject() as? String {
                let ending = entry.split(separator: ".").last.map(String.init) ?? ""
                if endings.contains(ending) { paths.append("\(folder)/\(entry)") }
            }
        }
        return paths.sorted().compactMap(file)
    }

    private static func file(_ path: String) -> SourceFile? {
        guard let data = FileManager.default.contents(atPath: root.appending(path: path).path()) else {
            return nil
        }
        return SourceFile(path: path, text: String(decoding: data, as: UTF8.self))
    }
}
