package import Wire

/// FINISHED: its sender holds the sum with this digest. Flooded and signed.
package struct FinishedMessage: SignedFlood, Sendable, Equatable {
    package let round: UInt64
    package let attempt: UInt32
    /// The member's place in the agreement's order.
    package let sender: UInt16
    /// ``AggregationOutcome/digest``, 32 bytes.
    package let digest: [UInt8]
    /// Ed25519 over ``signedBytes(networkID:)``, 64 bytes.
    package var signature: [UInt8]

    /// Bytes on the wire.
    package static let byteCount = FieldLength.head + 2 + FieldLength.hash + FieldLength.signature

    /// - Parameter signature: 64 bytes; zeros until the message is signed.
    package init(
        round: UInt64, attempt: UInt32, sender: UInt16, digest: [UInt8],
        signature: [UInt8] = [UInt8](repeating: 0, count: 64)
    ) {
        precondition(digest.count == FieldLength.hash, "a digest of \(digest.count) bytes")
        precondition(signature.count == FieldLength.signature, "a signature of \(signature.count) bytes")
        self.round = round
        self.attempt = attempt
        self.sender = sender
        self.digest = digest
        self.signature = signature
    }

    package func writeUnsigned(to writer: inout ByteWriter) {
        writer.write(MessageType.finished.rawValue)
        writer.write(round)
        writer.write(attempt)
        writer.write(sender)
        writer.write(bytes: digest)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        round = try reader.readUInt64()
        attempt = try reader.readUInt32()
        sender = try reader.readUInt16()
        digest = try reader.readBytes(count: FieldLength.hash)
        signature = try reader.readBytes(count: FieldLength.signature)
    }
}
