import LinearAlgebra
import Testing

@testable import Datasets

@Suite struct CSVStreamTests {
    /// Feeds a text in pieces and joins the blocks.
    static func joined(
        _ text: [UInt8], pieces: (Int) -> Int, options: CSVOptions
    ) -> Result<[RowTable], DatasetError> {
        var stream = CSVStream(file: "-", options: options)
        var blocks: [RowTable] = []
        var start = 0
        do {
            while start < text.count {
                let end = min(start + pieces(start), text.count)
                if let block = try stream.append(Array(text[start..<end])) { blocks.append(block) }
                start = end
            }
            blocks.append(try stream.finish())
        } catch {
            return .failure(error)
        }
        return .success(blocks)
    }

    static var options: CSVOptions {
        var options = CSVOptions()
        options.columns = ["b", "a"]
        options.labels = .ifPresent
        options.keepsLineNumbers = true
        return options
    }

    static let texts = [
        "\u{FEFF}a,\"b\",id,label\r\n1.5,-2,\"x\r\n\"\"y\",0\r\n\r\n3e1, 4,,1\r\n,6,z,0\r\n7,8,\"\",1",
        "a,b\n1,2\n3,x\n5,6\n", "a,b\n1,2\n3,4,5\n", "a,b\r1,2\r\r3,4", "a,b,c\n1,2,\"open\n5,6\n",
        "a,b\n", "", "a,c\n1,2\n", "\n\n", "\u{FEFF}",
    ]

    @Test(arguments: texts)
    func `where the pieces are cut changes nothing`(text: String) throws {
        let bytes = Array(text.utf8)
        let whole = Self.joined(bytes, pieces: { _ in bytes.count }, options: Self.options)
        for size in [1, 2, 3, 5, 7, 11] {
            let cut = Self.joined(bytes, pieces: { _ in size }, options: Self.options)
            switch (whole, cut) {
            case (.success(let one), .success(let many)):
                #expect(many.flatMap(\.rows.elements) == one.flatMap(\.rows.elements))
                #expect(many.flatMap { $0.labels ?? [] } == one.flatMap { $0.labels ?? [] })
                #expect(many.flatMap(\.lineNumbers) == one.flatMap(\.lineNumbers))
                #expect(many.flatMap(\.droppedLineNumbers) == one.flatMap(\.droppedLineNumbers))
                #expect(
                    many.map(\.droppedRowCount).reduce(0, +) == one.map(\.droppedRowCount).reduce(0, +))
            case (.failure(let one), .failure(let many)):
                #expect(one == many)
            default:
                Issue.record("pieces of \(size) bytes: \(cut), whole: \(whole)")
            }
        }
    }

    @Test func `rows come out as soon as their line is complete`() throws {
        var stream = CSVStream(file: "-", options: CSVOptions())
        #expect(try stream.append(Array("a,".utf8)) == nil)
        #expect(try stream.append(Array("b\n1,2\n3".utf8))?.rows.elements == [1, 2])
        #expect(try stream.append(Array(",4".utf8))?.rows.rowCount == 0)
        #expect(try stream.append(Array("0\n".utf8))?.rows.elements == [3, 40])
        #expect(try stream.append(Array("5,6".utf8))?.rows.rowCount == 0)
        #expect(try stream.finish().rows.elements == [5, 6])
        #expect(stream.rowCount == 3)
    }

    @Test func `random bytes are refused or read, and never trap`() {
        var generator = SeededGenerator(seed: 11, label: "random bytes")
        let alphabet = Array("0123456789.,,,\n\n\r\"-e a?NA\u{FF}\u{0}".utf8) + [0xFF]
        for _ in 0..<2000 {
            let length = Int(generator.next() % 60)
            let bytes =
                Array("a,b\n".utf8)
                + (0..<length).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] }
            let whole = Self.joined(bytes, pieces: { _ in bytes.count }, options: Self.options)
            let cut = Self.joined(bytes, pieces: { _ in 1 }, options: Self.options)
            let left = whole.map { $0.flatMap(\.rows.elements) }
            let right = cut.map { $0.flatMap(\.rows.elements) }
            #expect(left == right, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test func `a row without end is refused before it fills the memory`() {
        var stream = CSVStream(file: "-", options: CSVOptions())
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 22)
        let error = #expect(throws: DatasetError.self) {
            _ = try stream.append(Array("a,b\n1,2\n\"".utf8))
            for _ in 0..<8 { _ = try stream.append(piece) }
        }
        #expect(error?.problem == .rowTooLong(line: 3, byteCountMax: CSVStream.rowByteCountMax))
    }
}
