package import Wire

/// JOIN: its sender stands outside the roster, holds this state, and asks to be let in. Flooded and signed.
package struct JoinMessage: SignedFlood, Sendable, Equatable {
    /// The round that begins with the state.
    package let round: UInt64
    /// The participant's place in the agreement's order.
    package let sender: UInt16
    /// The hash of the state, 32 bytes.
    package let stateHash: [UInt8]
    /// Ed25519 over ``signedBytes(networkID:)``, 64 bytes.
    package var signature: [UInt8]

    /// Bytes on the wire.
    package static let byteCount = FieldLength.head + 2 + FieldLength.hash + FieldLength.signature

    /// - Parameter signature: 64 bytes; zeros until the message is signed.
    package init(
        round: UInt64, sender: UInt16, stateHash: [UInt8],
        signature: [UInt8] = [UInt8](repeating: 0, count: 64)
    ) {
        precondition(stateHash.count == FieldLength.hash, "a state hash of \(stateHash.count) bytes")
        precondition(signature.count == FieldLength.signature, "a signature of \(signature.count) bytes")
        self.round = round
        self.sender = sender
        self.stateHash = stateHash
        self.signature = signature
    }

    /// No attempt is meant: the field is 0.
    package func writeUnsigned(to writer: inout ByteWriter) {
        writer.write(MessageType.join.rawValue)
        writer.write(round)
        writer.write(UInt32(0))
        writer.write(sender)
        writer.write(bytes: stateHash)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        round = try reader.readUInt64()
        let attempt = try reader.readUInt32()
        guard attempt == 0 else { throw .invalidValue(field: .joinAttempt, value: UInt64(attempt)) }
        sender = try reader.readUInt16()
        stateHash = try reader.readBytes(count: FieldLength.hash)
        signature = try reader.readBytes(count: FieldLength.signature)
    }
}

extension WireField {
    /// The attempt of a JOIN, which is none.
    static let joinAttempt = WireField("attempt of JOIN")
}
