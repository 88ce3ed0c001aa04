import Testing
import Wire

@Suite struct ByteWriterTests {
    @Test func `integers are written little-endian`() {
        var writer = ByteWriter()
        writer.write(UInt8(0x01))
        writer.write(UInt16(0x0302))
        writer.write(UInt32(0x0706_0504))
        writer.write(UInt64(0x0f0e_0d0c_0b0a_0908))
        #expect(writer.bytes == Array(1...15))
    }

    @Test func `doubles are written as their bits, one by one or many at once`() {
        var single = ByteWriter()
        single.write(1.0)
        single.write(-0.0)
        var many = ByteWriter()
        many.write(doubles: [1.0, -0.0])
        #expect(single.bytes == [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x80])
        #expect(many.bytes == single.bytes)
    }

    @Test func `empty lists add nothing`() {
        var writer = ByteWriter()
        writer.write(doubles: [])
        writer.write(words: [])
        writer.write(bytes: [])
        #expect(writer.bytes.isEmpty)
    }
}
