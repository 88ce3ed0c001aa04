package import Wire

/// SUMSHARE: its sender's share of the sum of a decided attempt. Flooded and signed, checked against the commitment that
/// the sender gave before the votes.
package struct SumShareMessage: SignedFlood, Sendable, Equatable {
    package let round: UInt64
    package let attempt: UInt32
    /// The member's place in the agreement's order.
    package let sender: UInt16
    package let share: SumShare
    /// Ed25519 over ``signedBytes(networkID:)``, 64 bytes.
    package var signature: [UInt8]

    /// - Parameter signature: 64 bytes; zeros until the message is signed.
    package init(
        round: UInt64, attempt: UInt32, sender: UInt16, share: SumShare,
        signature: [UInt8] = [UInt8](repeating: 0, count: 64)
    ) {
        precondition(signature.count == FieldLength.signature, "a signature of \(signature.count) bytes")
        self.round = round
        self.attempt = attempt
        self.sender = sender
        self.share = share
        self.signature = signature
    }

    /// Bytes on the wire.
    package var byteCount: Int { Self.byteCount(vectorCount: share.residues.count) }

    /// Bytes on the wire of a share of so many residues.
    package static func byteCount(vectorCount: Int) -> Int {
        FieldLength.head + 2 + FieldLength.salt + 4 + 8 * vectorCount + FieldLength.signature
    }

    package func writeUnsigned(to writer: inout ByteWriter) {
        writer.write(MessageType.sumShare.rawValue)
        writer.write(round)
        writer.write(attempt)
        writer.write(sender)
        writer.write(bytes: share.salt)
        writer.write(UInt32(share.residues.count))
        writer.write(words: share.residues)
    }

    init(from reader: inout ByteReader, limits: MessageLimits) throws(WireError) {
        round = try reader.readUInt64()
        attempt = try reader.readUInt32()
        sender = try reader.readUInt16()
        let salt = try reader.readBytes(count: FieldLength.salt)
        let count = Int(try reader.readUInt32())
        guard count <= limits.vectorCountMax else {
            throw .lengthOverLimit(length: count, limit: limits.vectorCountMax)
        }
        share = SumShare(salt: salt, residues: try reader.readResidues(count: count))
        signature = try reader.readBytes(count: FieldLength.signature)
    }
}
