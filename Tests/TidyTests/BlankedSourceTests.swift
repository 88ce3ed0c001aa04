import Testing

@Suite struct BlankedSourceTests {
    @Test func `comments and strings are blanked and code stays`() {
        let source = """
            let a = "try! \\(b("x")) fatalError(" // try!
            /* fatalError( /* nested */ still */ let c = #"raw "quote" \\(no)"#
            func `print(all)`() {}
            """
        let text = BlankedSource(source).text
        #expect(!text.contains("try!"))
        #expect(!text.contains("fatalError"))
        #expect(!text.contains("print"))
        #expect(!text.contains("quote"))
        #expect(text.contains("let a ="))
        #expect(text.contains("let c ="))
        #expect(text.utf8.count == source.utf8.count)
    }

    @Test func `a function spans from its keyword to its brace`() {
        let source = """
            protocol P {
                func required() -> Int

                var x: Int { get }
            }
            struct S {
                init(
                    closure: () -> Void = { }
                ) {
                    closure()
                }
                func long() {
                    if true {
                    }
                }
            }
            """
        let spans = BlankedSource(source).functionSpans()
        #expect(spans.map(\.firstLine) == [7, 12])
        #expect(spans.map(\.lineCount) == [5, 4])
    }

    @Test func `imports are read with their modifiers`() {
        let file = SourceFile(
            path: "Sources/Wire/A.swift",
            text: "package import Models\nimport struct NIOCore.ByteBuffer\n// import X\n")
        #expect(ImportRules.imports(of: file) == ["Models", "NIOCore"])
    }
}
