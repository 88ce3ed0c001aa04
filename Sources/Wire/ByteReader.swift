/// Takes integers, doubles and bytes off the front of an array, little-endian.
///
/// Every read checks what is left before it allocates or moves; after an error the reader stands where it stood.
package struct ByteReader: Sendable {
    private let bytes: [UInt8]
    private var offset: Int

    /// - Parameters:
    ///   - bytes: the message.
    ///   - offset: where to start, 0…`bytes.count`.
    package init(_ bytes: [UInt8], offset: Int = 0) {
        precondition(
            offset >= 0 && offset <= bytes.count, "offset \(offset) in a message of \(bytes.count) bytes")
        self.bytes = bytes
        self.offset = offset
    }

    /// The bytes not yet read.
    package var remaining: Int { bytes.count - offset }

    /// Takes one byte.
    ///
    /// - Throws: ``WireError/truncated(needed:available:)``.
    package mutating func readUInt8() throws(WireError) -> UInt8 {
        try readInteger()
    }

    /// Takes two bytes, little-endian.
    ///
    /// - Throws: ``WireError/truncated(needed:available:)``.
    package mutating func readUInt16() throws(WireError) -> UInt16 {
        try readInteger()
    }

    /// Takes four bytes, little-endian.
    ///
    /// - Throws: ``WireError/truncated(needed:available:)``.
    package mutating func readUInt32() throws(WireError) -> UInt32 {
        try readInteger()
    }

    /// Takes eight bytes, little-endian.
    ///
    /// - Throws: ``WireError/truncated(needed:available:)``.
    package mutating func readUInt64() throws(WireError) -> UInt64 {
        try readInteger()
    }

    /// Takes the bit pattern of a double; it may be NaN or infinite, the caller checks.
    ///
    /// - Throws: ``WireError/truncated(needed:available:)``.
    package mutating func readDouble() throws(WireError) -> Double {
        Double(bitPattern: try readInteger())
    }

    /// Takes `count ≥ 0` bytes.
    ///
    /// - Throws: ``WireError/truncated(needed:available:)``, before anything is allocated.
    package mutating func readBytes(count: Int) throws(WireError) -> [UInt8] {
        let range = try advance(by: count, unit: 1)
        return Array(bytes[range])
    }

    /// Takes `count ≥ 0` doubles; they may be NaN or infinite, the caller checks.
    ///
    /// - Throws: ``WireError/truncated(needed:available:)``, before anything is allocated.
    package mutating func readDoubles(count: Int) throws(WireError) -> [Double] {
        let range = try advance(by: count, unit: 8)
        let raw = unsafe bytes.span.bytes.extracting(range)
        return [Double](capacity: count) { output in
            for index in 0..<count {
                output.append(Double(bitPattern: Self.word(index, of: raw)))
            }
        }
    }

    /// Takes `count ≥ 0` words of eight bytes, little-endian.
    ///
    /// - Throws: ``WireError/truncated(needed:available:)``, before anything is allocated.
    package mutating func readWords(count: Int) throws(WireError) -> [UInt64] {
        let range = try advance(by: count, unit: 8)
        let raw = unsafe bytes.span.bytes.extracting(range)
        return [UInt64](capacity: count) { output in
            for index in 0..<count {
                output.append(Self.word(index, of: raw))
            }
        }
    }

    /// Says that the message is complete.
    ///
    /// - Throws: ``WireError/trailing(count:)`` when bytes are left.
    package func finish() throws(WireError) {
        guard remaining == 0 else { throw .trailing(count: remaining) }
    }

    private mutating func readInteger<Value: FixedWidthInteger>() throws(WireError) -> Value {
        let range = try advance(by: 1, unit: Value.bitWidth / 8)
        var value: Value = 0
        for index in range.reversed() {
            value = (value &<< 8) | Value(truncatingIfNeeded: bytes[index])
        }
        return value
    }

    /// Steps over `count` units and gives the range of their bytes.
    private mutating func advance(by count: Int, unit: Int) throws(WireError) -> Range<Int> {
        precondition(count >= 0, "a count of \(count)")
        let (length, overflow) = count.multipliedReportingOverflow(by: unit)
        guard !overflow, length <= remaining else {
            throw .truncated(needed: overflow ? Int.max : length, available: remaining)
        }
        defer { offset += length }
        return offset..<(offset + length)
    }

    /// The eight bytes from `8 · index`, little-endian; out of range traps.
    private static func word(_ index: Int, of raw: borrowing RawSpan) -> UInt64 {
        // Any eight bytes are a UInt64, and the span checks its bounds: nothing here can go wrong unnoticed.
        UInt64(littleEndian: unsafe raw.unsafeLoadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    }
}
