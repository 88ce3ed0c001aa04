/// Puts integers, doubles and bytes one after another, little-endian, into one array.
package struct ByteWriter: Sendable {
    /// Everything written so far.
    package private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: the bytes expected, so that the array is allocated once.
    package init(reservingCapacity capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Appends one byte.
    package mutating func write(_ value: UInt8) {
        bytes.append(value)
    }

    /// Appends two bytes, little-endian.
    package mutating func write(_ value: UInt16) {
        append(little: value)
    }

    /// Appends four bytes, little-endian.
    package mutating func write(_ value: UInt32) {
        append(little: value)
    }

    /// Appends eight bytes, little-endian.
    package mutating func write(_ value: UInt64) {
        append(little: value)
    }

    /// Appends the bit pattern of a double, eight bytes, little-endian; NaN and −0 keep their bits.
    package mutating func write(_ value: Double) {
        append(little: value.bitPattern)
    }

    /// Appends the bytes as they are, without their count.
    package mutating func write(bytes more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    /// Appends `8 · values.count` bytes: the bit patterns, little-endian, without their count.
    package mutating func write(doubles values: [Double]) {
        let start = grow(by: values.count * MemoryLayout<UInt64>.size)
        let source = values.span
        var target = bytes.mutableSpan
        var raw = unsafe target.mutableBytes
        for index in source.indices {
            raw.storeBytes(
                of: source[index].bitPattern.littleEndian, toByteOffset: start + 8 * index, as: UInt64.self)
        }
    }

    /// Appends `8 · words.count` bytes, little-endian, without their count.
    package mutating func write(words: [UInt64]) {
        let start = grow(by: words.count * MemoryLayout<UInt64>.size)
        let source = words.span
        var target = bytes.mutableSpan
        var raw = unsafe target.mutableBytes
        for index in source.indices {
            raw.storeBytes(of: source[index].littleEndian, toByteOffset: start + 8 * index, as: UInt64.self)
        }
    }

    /// Adds zero bytes and gives the offset of the first.
    private mutating func grow(by count: Int) -> Int {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: count))
        return start
    }

    private mutating func append<Value: FixedWidthInteger>(little value: Value) {
        for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}
