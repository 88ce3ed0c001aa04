import Wire

/// GET: its sender wants what has this hash, a masked sum or a state, from a byte on.
package struct GetMessage: Sendable, Equatable {
    /// The digest of a vote, or a state hash; 32 bytes.
    package let hash: [UInt8]
    /// The first byte that is wanted.
    package let offset: UInt32

    /// Bytes on the wire.
    package static let byteCount = 1 + FieldLength.hash + 4

    package init(hash: [UInt8], offset: UInt32) {
        precondition(hash.count == FieldLength.hash, "a hash of \(hash.count) bytes")
        self.hash = hash
        self.offset = offset
    }

    func write(to writer: inout ByteWriter) {
        writer.write(MessageType.get.rawValue)
        writer.write(bytes: hash)
        writer.write(offset)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        hash = try reader.readBytes(count: FieldLength.hash)
        offset = try reader.readUInt32()
    }
}

/// PART: some bytes of a masked sum (SUM) or of a state (STATE); whoever asked for them by their hash checks the whole.
package struct PartMessage: Sendable, Equatable {
    /// What GET asked for, 32 bytes.
    package let hash: [UInt8]
    /// Bytes of the whole.
    package let total: UInt32
    /// Bytes before these.
    package let offset: UInt32
    package let bytes: [UInt8]

    package init(hash: [UInt8], total: UInt32, offset: UInt32, bytes: [UInt8]) {
        precondition(hash.count == FieldLength.hash, "a hash of \(hash.count) bytes")
        self.hash = hash
        self.total = total
        self.offset = offset
        self.bytes = bytes
    }

    /// Bytes on the wire.
    package var byteCount: Int { 1 + FieldLength.hash + 12 + bytes.count }

    /// Bytes that one PART carries at most, so that it is no longer than the longest DATA, or 1 KiB.
    package static func payloadLimit(vectorCountMax: Int) -> Int { max(8 * vectorCountMax - 64, 512) }

    func write(to writer: inout ByteWriter) {
        writer.write(MessageType.part.rawValue)
        writer.write(bytes: hash)
        writer.write(total)
        writer.write(offset)
        writer.write(UInt32(bytes.count))
        writer.write(bytes: bytes)
    }

    init(from reader: inout ByteReader, limits: MessageLimits) throws(WireError) {
        hash = try reader.readBytes(count: FieldLength.hash)
        total = try reader.readUInt32()
        offset = try reader.readUInt32()
        let count = Int(try reader.readUInt32())
        let limit = Self.payloadLimit(vectorCountMax: limits.vectorCountMax)
        guard count <= limit else { throw .lengthOverLimit(length: count, limit: limit) }
        guard UInt64(offset) + UInt64(count) <= UInt64(total) else {
            throw .invalidValue(field: .partOffset, value: UInt64(offset))
        }
        bytes = try reader.readBytes(count: count)
    }
}

extension WireField {
    /// Where a PART begins.
    static let partOffset = WireField("offset of PART")
}
