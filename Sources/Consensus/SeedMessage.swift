import Wire

/// SEED: its sender's half of the seed of one edge mask, and a share of the seed of its self mask, for one mask
/// neighbour and one attempt.
package struct SeedMessage: Sendable, Equatable {
    package let round: UInt64
    package let attempt: UInt32
    /// 32 random bytes.
    package let half: [UInt8]
    /// Five residues modulo 2^61 − 1; zeros without self masks.
    package let share: [UInt64]

    /// Bytes on the wire.
    package static let byteCount = FieldLength.head + FieldLength.half + FieldLength.share

    package init(
        round: UInt64, attempt: UInt32, half: [UInt8],
        share: [UInt64] = [UInt64](repeating: 0, count: ShamirShares.limbCount)
    ) {
        precondition(half.count == FieldLength.half, "half a seed of \(half.count) bytes")
        precondition(ShamirShares.isValid(share), "a share of \(share.count) words")
        self.round = round
        self.attempt = attempt
        self.half = half
        self.share = share
    }

    func write(to writer: inout ByteWriter) {
        writer.write(MessageType.seed.rawValue)
        writer.write(round)
        writer.write(attempt)
        writer.write(bytes: half)
        writer.write(words: share)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        round = try reader.readUInt64()
        attempt = try reader.readUInt32()
        half = try reader.readBytes(count: FieldLength.half)
        share = try reader.readShare()
    }
}
