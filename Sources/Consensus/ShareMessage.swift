package import Wire

/// SHARE: its sender's share of the seed of a member that has not revealed it, in a decided attempt. Flooded and
/// signed.
package struct ShareMessage: SignedFlood, Sendable, Equatable {
    package let round: UInt64
    package let attempt: UInt32
    /// The member's place in the agreement's order.
    package let sender: UInt16
    /// The place of the member whose seed it is.
    package let owner: UInt16
    /// Five residues modulo 2^61 − 1.
    package let share: [UInt64]
    /// Ed25519 over ``signedBytes(networkID:)``, 64 bytes.
    package var signature: [UInt8]

    /// Bytes on the wire.
    package static let byteCount = FieldLength.head + 2 + 2 + FieldLength.share + FieldLength.signature

    /// - Parameter signature: 64 bytes; zeros until the message is signed.
    package init(
        round: UInt64, attempt: UInt32, sender: UInt16, owner: UInt16, share: [UInt64],
        signature: [UInt8] = [UInt8](repeating: 0, count: 64)
    ) {
        precondition(ShamirShares.isValid(share), "a share of \(share.count) words")
        precondition(signature.count == FieldLength.signature, "a signature of \(signature.count) bytes")
        self.round = round
        self.attempt = attempt
        self.sender = sender
        self.owner = owner
        self.share = share
        self.signature = signature
    }

    package func writeUnsigned(to writer: inout ByteWriter) {
        writer.write(MessageType.share.rawValue)
        writer.write(round)
        writer.write(attempt)
        writer.write(sender)
        writer.write(owner)
        writer.write(words: share)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        round = try reader.readUInt64()
        attempt = try reader.readUInt32()
        sender = try reader.readUInt16()
        owner = try reader.readUInt16()
        share = try reader.readShare()
        signature = try reader.readBytes(count: FieldLength.signature)
    }
}
