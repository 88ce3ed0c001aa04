import Foundation
import Testing

/// The house style of CONTRIBUTING.md that no compiler and no formatter checks.
@Suite struct TidyTests {
    /// Lines of a file, and of a function from its first line to its closing brace.
    static let fileLineLimit = 400
    static let functionLineLimit = 70

    @Test func `the source tree is found`() {
        #expect(SourceTree.swiftFiles.count > 40)
        #expect(SourceTree.swiftFiles.contains { $0.path == "Sources/LinearAlgebra/Matrix.swift" })
    }

    @Test func `no file is longer than 400 lines`() {
        let long = SourceTree.swiftFiles.filter { $0.text.utf8.count { $0 == 10 } > Self.fileLineLimit }
        #expect(long.map(\.path) == [])
    }

    @Test func `no function is longer than 70 lines`() {
        var long: [String] = []
        for file in SourceTree.swiftFiles {
            for span in BlankedSource(file.text).functionSpans() where span.lineCount > Self.functionLineLimit
            {
                long.append("\(file.path):\(span.firstLine): \(span.lineCount) lines")
            }
        }
        #expect(long == [])
    }

    @Test func `no room imports what its row of the table forbids`() {
        var found: [String] = []
        for file in SourceTree.swiftFiles where file.isSource {
            guard let room = file.room else { continue }
            let forbidden = ImportRules.forbidden[room] ?? []
            for module in ImportRules.imports(of: file) {
                if forbidden.contains(module) { found.append("\(file.path) imports \(module)") }
                if let only = ImportRules.onlyImporter[module], only != room {
                    found.append("\(file.path) imports \(module), which is \(only)'s alone")
                }
            }
        }
        #expect(found == [])
    }

    @Test func `every room has a row in the table`() {
        let rooms = Set(SourceTree.swiftFiles.filter(\.isSource).compactMap(\.room))
        #expect(rooms.filter { ImportRules.forbidden[$0] == nil }.sorted() == [])
    }

    /// A pattern that code must not hold, and the rooms that may all the same.
    struct Ban: Sendable, CustomTestStringConvertible {
        let name: String
        let pattern: String
        var sourcesOnly = false
        var exempt: @Sendable (SourceFile) -> Bool = { _ in false }
        var testDescription: String { name }
    }

    static let bans: [Ban] = [
        Ban(name: "a forced try", pattern: #"\btry!"#),
        Ban(name: "a trap without numbers", pattern: #"\bfatalError\("#),
        Ban(
            name: "printing outside the command line", pattern: #"(?<![.\w])(debugPrint|print)\("#,
            exempt: { $0.room == "CollabDictCLI" }),
        Ban(
            name: "an unseeded draw",
            pattern: #"\.random\((?![^)]*using:)|\.shuffled\(\s*\)|\.randomElement\(\s*\)"#),
        Ban(name: "the system's generator", pattern: #"\bSystemRandomNumberGenerator\b"#, sourcesOnly: true),
        Ban(name: "the wall clock", pattern: #"(?<![.\w])Date\(\s*\)|\bDate\.now\b"#),
        Ban(name: "a task that nobody waits for", pattern: #"\bTask\.detached\b"#),
        Ban(
            name: "a pointer outside its two rooms",
            pattern: #"\bUnsafe\w*Pointer\b|\bOpaquePointer\b|\bUnmanaged\b|\bwithUnsafe\w+"#,
            sourcesOnly: true,
            exempt: {
                $0.room == "Sodium" || $0.path.hasPrefix("Sources/LinearAlgebra/BLASBuffers")
            }),
        Ban(name: "a borrowed guarantee", pattern: #"@preconcurrency\b"#),
        Ban(
            name: "a name that says nothing",
            pattern: #"\b(struct|class|enum|actor|protocol)\s+\w*(Utils?|Helpers?|Manager)\b"#),
        Ban(name: "a test named by method", pattern: #"\bfunc test[A-Z_]"#),
    ]

    @Test(arguments: bans) func `code holds none of the banned calls`(_ ban: Ban) throws {
        let pattern = try NSRegularExpression(pattern: ban.pattern)
        var found: [String] = []
        for file in SourceTree.swiftFiles where !ban.exempt(file) && (file.isSource || !ban.sourcesOnly) {
            found += Self.places(of: pattern, in: file, text: file.code)
        }
        #expect(found == [])
    }

    @Test func `tests never sleep`() throws {
        let pattern = try NSRegularExpression(pattern: #"\bTask\.sleep\b|\bu?sleep\(|Thread\.sleep"#)
        var found: [String] = []
        for file in SourceTree.swiftFiles where !file.isSource {
            found += Self.places(of: pattern, in: file, text: file.code)
        }
        #expect(found == [])
    }

    @Test func `nothing is left to be mended later`() throws {
        let pattern = try NSRegularExpression(pattern: "\\b(FIX" + "ME|TO" + "DO|XX" + "X)\\b")
        #expect(SourceTree.texts.flatMap { Self.places(of: pattern, in: $0, text: $0.text) } == [])
    }

    @Test func `no text names a folder of somebody's machine`() throws {
        let pattern = try NSRegularExpression(pattern: #"(?<![\w.])/(work|home|root|Users)/"#)
        #expect(SourceTree.texts.flatMap { Self.places(of: pattern, in: $0, text: $0.text) } == [])
    }

    @Test func `error cases carry facts, not sentences`() throws {
        let header = try NSRegularExpression(pattern: #"\benum\s+\w+\s*:[^{\n]*\bError\b"#)
        let sentence = try NSRegularExpression(
            pattern: #"\bcase\s+\w+\(\s*((message|reason|description|detail|text|what)\s*:\s*)?String\s*\)"#)
        var found: [String] = []
        for file in SourceTree.swiftFiles where file.isSource {
            let code = file.code
            guard header.firstMatch(in: code, range: NSRange(code.startIndex..., in: code)) != nil else {
                continue
            }
            found += Self.places(of: sentence, in: file, text: code)
        }
        #expect(found == [])
    }

    @Test func `an unchecked promise says what keeps it`() {
        var found: [String] = []
        for file in SourceTree.swiftFiles where file.isSource {
            let lines = file.lines
            let code = file.code.split(separator: "\n", omittingEmptySubsequences: false)
            for index in code.indices
            where code[index].contains("@unchecked Sendable") || code[index].contains("nonisolated(unsafe)") {
                let above = lines[max(0, index - 8)...index]
                if !above.contains(where: { $0.contains("SAFETY:") }) {
                    found.append("\(file.path):\(index + 1)")
                }
            }
        }
        #expect(found == [])
    }

    @Test func `no type is named like its module`() throws {
        var found: [String] = []
        for file in SourceTree.swiftFiles where file.isSource {
            guard let room = file.room else { continue }
            let pattern = try NSRegularExpression(
                pattern: "^(package |public )?(final )?(struct|class|enum|actor|protocol) \(room)\\b",
                options: .anchorsMatchLines)
            found += Self.places(of: pattern, in: file, text: file.code)
        }
        #expect(found == [])
    }

    /// `path:line` of every match.
    private static func places(of pattern: NSRegularExpression, in file: SourceFile, text: String) -> [String]
    {
        let matches = pattern.matches(in: text, range: NSRange(text.startIndex..., in: text))
        return matches.compactMap { match in
            guard let range = Range(match.range, in: text) else { return nil }
            let line = text[..<range.lowerBound].utf8.count { $0 == 10 } + 1
            return "\(file.path):\(line): \(text[range])"
        }
    }
}
