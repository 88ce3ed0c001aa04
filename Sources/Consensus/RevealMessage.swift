package import Wire

/// REVEAL: the seed of its sender's self mask in a decided attempt. Flooded and signed, checked against the
/// sender's READY.
package struct RevealMessage: SignedFlood, Sendable, Equatable {
    package let round: UInt64
    package let attempt: UInt32
    /// The member's place in the agreement's order.
    package let sender: UInt16
    /// What the commitment in READY binds its sender to, 32 bytes.
    package let seed: [UInt8]
    /// Ed25519 over ``signedBytes(networkID:)``, 64 bytes.
    package var signature: [UInt8]

    /// Bytes on the wire.
    package static let byteCount = FieldLength.head + 2 + FieldLength.half + FieldLength.signature

    /// - Parameter signature: 64 bytes; zeros until the message is signed.
    package init(
        round: UInt64, attempt: UInt32, sender: UInt16, seed: [UInt8],
        signature: [UInt8] = [UInt8](repeating: 0, count: 64)
    ) {
        precondition(seed.count == FieldLength.half, "a seed of \(seed.count) bytes")
        precondition(signature.count == FieldLength.signature, "a signature of \(signature.count) bytes")
        self.round = round
        self.attempt = attempt
        self.sender = sender
        self.seed = seed
        self.signature = signature
    }

    package func writeUnsigned(to writer: inout ByteWriter) {
        writer.write(MessageType.reveal.rawValue)
        writer.write(round)
        writer.write(attempt)
        writer.write(sender)
        writer.write(bytes: seed)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        round = try reader.readUInt64()
        attempt = try reader.readUInt32()
        sender = try reader.readUInt16()
        seed = try reader.readBytes(count: FieldLength.half)
        signature = try reader.readBytes(count: FieldLength.signature)
    }
}
