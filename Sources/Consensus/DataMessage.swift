import Wire

/// DATA: the sender's vector at one step of one chunk's session.
///
/// Steps `0 ..< steps` are averaging or those of the exact sum, those after them agreement. All who are sent the
/// same vector get the same array.
package struct DataMessage: Sendable, Equatable {
    package let round: UInt64
    package let attempt: UInt32
    package let chunk: UInt16
    package let step: UInt32
    /// The vector, the constant-1 channel last.
    package let payload: DataPayload

    package init(round: UInt64, attempt: UInt32, chunk: UInt16, step: UInt32, payload: DataPayload) {
        self.round = round
        self.attempt = attempt
        self.chunk = chunk
        self.step = step
        self.payload = payload
    }

    /// A vector of doubles.
    package init(round: UInt64, attempt: UInt32, chunk: UInt16, step: UInt32, values: [Double]) {
        self.init(round: round, attempt: attempt, chunk: chunk, step: step, payload: .values(values))
    }

    /// Bytes on the wire.
    package var byteCount: Int { FieldLength.head + 2 + 4 + payload.byteCount }

    func write(to writer: inout ByteWriter) {
        writer.write(MessageType.data.rawValue)
        writer.write(round)
        writer.write(attempt)
        writer.write(chunk)
        writer.write(step)
        payload.write(to: &writer)
    }

    init(from reader: inout ByteReader, limits: MessageLimits) throws(WireError) {
        round = try reader.readUInt64()
        attempt = try reader.readUInt32()
        chunk = try reader.readUInt16()
        step = try reader.readUInt32()
        payload = try DataPayload(from: &reader, limits: limits)
    }
}
