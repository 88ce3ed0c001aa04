import Wire

/// SEED: its sender's half of the seed of one edge mask, for one mask neighbour and one attempt.
package struct SeedMessage: Sendable, Equatable {
    package let round: UInt64
    package let attempt: UInt32
    /// 32 random bytes.
    package let half: [UInt8]

    /// Bytes on the wire.
    package static let byteCount = FieldLength.head + FieldLength.half

    package init(round: UInt64, attempt: UInt32, half: [UInt8]) {
        precondition(half.count == FieldLength.half, "half a seed of \(half.count) bytes")
        self.round = round
        self.attempt = attempt
        self.half = half
    }

    func write(to writer: inout ByteWriter) {
        writer.write(MessageType.seed.rawValue)
        writer.write(round)
        writer.write(attempt)
        writer.write(bytes: half)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        round = try reader.readUInt64()
        attempt = try reader.readUInt32()
        half = try reader.readBytes(count: FieldLength.half)
    }
}
