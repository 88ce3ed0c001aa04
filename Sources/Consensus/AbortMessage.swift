package import Wire

/// ABORT: its sender gives an attempt up and says whom it takes for lost; perhaps nobody, itself when it leaves. Who hears
/// one answers with its own, once: the roll call. Flooded and signed.
package struct AbortMessage: SignedFlood, Sendable, Equatable {
    package let round: UInt64
    package let attempt: UInt32
    /// The member's place in the agreement's order.
    package let sender: UInt16
    /// Members that the sender accuses.
    package let accused: MemberSet
    /// Ed25519 over ``signedBytes(networkID:)``, 64 bytes.
    package var signature: [UInt8]

    /// - Parameter signature: 64 bytes; zeros until the message is signed.
    package init(
        round: UInt64, attempt: UInt32, sender: UInt16, accused: MemberSet,
        signature: [UInt8] = [UInt8](repeating: 0, count: 64)
    ) {
        precondition(signature.count == FieldLength.signature, "a signature of \(signature.count) bytes")
        self.round = round
        self.attempt = attempt
        self.sender = sender
        self.accused = accused
        self.signature = signature
    }

    /// Bytes on the wire.
    package var byteCount: Int { FieldLength.head + 2 + accused.byteCount + FieldLength.signature }

    package func writeUnsigned(to writer: inout ByteWriter) {
        writer.write(MessageType.abort.rawValue)
        writer.write(round)
        writer.write(attempt)
        writer.write(sender)
        accused.write(to: &writer)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        round = try reader.readUInt64()
        attempt = try reader.readUInt32()
        sender = try reader.readUInt16()
        accused = try MemberSet(from: &reader)
        signature = try reader.readBytes(count: FieldLength.signature)
    }
}
