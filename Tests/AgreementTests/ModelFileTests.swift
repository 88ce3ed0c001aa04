import Agreement
import Detection
import Models
import Testing

@Suite struct ModelFileTests {
    private static let file = ModelFile(
        networkID: String(repeating: "ab", count: 32), participant: "north", round: 12,
        columns: ["radius", "a \"b\""],
        standardisation: Models.Standardisation(mean: [0.1, -2], scale: [1, 1e-300]),
        coordinates: [.shared, .local],
        views: [
            ModelFileView(
                own: nil,
                snapshot: ModelSnapshot(
                    kind: "graphical-mixture",
                    shared: [
                        NamedArray(name: "means", shape: [2, 2], values: [1, 0.5, -3.25, 1e16]),
                        NamedArray(name: "precisions", shape: [0], values: []),
                    ],
                    kept: [NamedArray(name: "weights", shape: [2], values: [0.25, 0.75])]),
                scales: [ScoreScale(median: 2, spread: 0.5)]),
            ModelFileView(
                own: Models.Standardisation(mean: [1, 2], scale: [0.5, 4]),
                snapshot: ModelSnapshot(
                    kind: "graphical-mixture", shared: [NamedArray(name: "means", shape: [1], values: [3])],
                    kept: []), scales: []),
        ],
        own: ModelFile.OwnView(
            view: ModelFileView(
                own: Models.Standardisation(mean: [0, -1], scale: [3, 1]),
                snapshot: ModelSnapshot(
                    kind: "graphical-mixture", shared: [NamedArray(name: "means", shape: [1], values: [7])],
                    kept: []), scales: [ScoreScale(median: -1, spread: 1e-3)]), weight: 0.125),
        score: .density, threshold: 4.5)

    @Test func `a file is read back as it was written`() throws {
        #expect(try ModelFile(bytes: Self.file.encoded()) == Self.file)
    }

    @Test func `layout of the JSON does not count`() throws {
        let text = String(decoding: Self.file.encoded(), as: UTF8.self)
        let spaced = text.replacing("\":", with: "\" : ").replacing(",\"", with: ",\n  \"")
        #expect(try ModelFile(bytes: Array(spaced.utf8)) == Self.file)
    }

    @Test func `one changed digit is found`() throws {
        let text = String(decoding: Self.file.encoded(), as: UTF8.self)
        let changed = text.replacing("0.75", with: "0.76")
        #expect {
            try ModelFile(bytes: Array(changed.utf8))
        } throws: { error in
            if case .hashMismatch = error as? ModelFileError { true } else { false }
        }
    }

    @Test func `no prefix of a file is a file, and none traps`() {
        let bytes = Self.file.encoded()
        for count in 0..<bytes.count - 1 {
            #expect(throws: ModelFileError.self) { try ModelFile(bytes: Array(bytes.prefix(count))) }
        }
    }

    @Test func `a missing part is named`() {
        let bytes = Array("{\"schema\":\"collabdict.model/1\"}".utf8)
        #expect(throws: ModelFileError.malformed(key: "hash")) { try ModelFile(bytes: bytes) }
        #expect(throws: ModelFileError.unknownSchema(found: "x")) {
            try ModelFile(bytes: Array("{\"schema\":\"x\"}".utf8))
        }
    }
}

@Suite struct JSONReaderTests {
    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "-", "1.", "+1", "nul", "\"\\x\"",
        "\"\\ud800\"",
        "1 2", "\"\u{01}\"", "1e999", String(repeating: "[", count: 100_000),
    ]) func `what is not JSON is refused`(_ text: String) {
        #expect(throws: JSONFault.self) { try JSONReader.value(of: Array(text.utf8)) }
    }

    @Test func `every kind of value is read`() throws {
        let text =
            " {\"a\":[1,-2.5e-3,true,false,null,18446744073709551615],\"b\":\"\\u00e9\\ud83d\\ude00\\n\"} "
        let value = try JSONReader.value(of: Array(text.utf8))
        let list: [CanonicalValue] = [
            .integer(1), .number(-0.0025), .bool(true), .bool(false), .null, .seed(.max),
        ]
        #expect(value == .object([("a", .list(list)), ("b", .text("é😀\n"))]))
    }
}
