import Testing
import Wire

@Suite struct ByteReaderTests {
    private let sample: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]

    @Test func `integers are read little-endian in turn`() throws {
        var reader = ByteReader(sample)
        #expect(try reader.readUInt8() == 0x01)
        #expect(try reader.readUInt16() == 0x0302)
        #expect(try reader.readUInt32() == 0x0706_0504)
        #expect(try reader.readUInt64() == 0x0f0e_0d0c_0b0a_0908)
        try reader.finish()
    }

    @Test func `what was written is read back to the bit`() throws {
        let doubles = [0.0, -0.0, 1.5, -.infinity, .nan, .leastNonzeroMagnitude, .pi]
        let words: [UInt64] = [0, 1, .max, 0x0123_4567_89ab_cdef]
        var writer = ByteWriter(reservingCapacity: 128)
        writer.write(UInt8(7))
        writer.write(doubles: doubles)
        writer.write(words: words)
        writer.write(bytes: [1, 2, 3])
        writer.write(2.5)
        var reader = ByteReader(writer.bytes)
        #expect(try reader.readUInt8() == 7)
        #expect(try reader.readDoubles(count: 7).map(\.bitPattern) == doubles.map(\.bitPattern))
        #expect(try reader.readWords(count: 4) == words)
        #expect(try reader.readBytes(count: 3) == [1, 2, 3])
        #expect(try reader.readDouble() == 2.5)
        #expect(reader.remaining == 0)
    }

    @Test func `a read past the end says how much was needed and leaves the reader where it was`() throws {
        var reader = ByteReader([1, 2, 3])
        #expect(throws: WireError.truncated(needed: 4, available: 3)) { try reader.readUInt32() }
        #expect(throws: WireError.truncated(needed: 5, available: 3)) { try reader.readBytes(count: 5) }
        #expect(throws: WireError.truncated(needed: 8, available: 3)) { try reader.readDoubles(count: 1) }
        #expect(try reader.readUInt16() == 0x0201)
        #expect(reader.remaining == 1)
    }

    @Test func `a count whose bytes overflow is refused before anything is allocated`() {
        var reader = ByteReader([1, 2, 3])
        #expect(throws: WireError.truncated(needed: .max, available: 3)) {
            try reader.readDoubles(count: .max)
        }
        #expect(throws: WireError.truncated(needed: .max, available: 3)) {
            try reader.readWords(count: .max / 4)
        }
    }

    @Test func `bytes left over are an error`() throws {
        var reader = ByteReader([1, 2, 3], offset: 1)
        #expect(throws: WireError.trailing(count: 2)) { try reader.finish() }
        #expect(try reader.readUInt16() == 0x0302)
        try reader.finish()
    }
}
