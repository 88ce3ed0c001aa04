import Wire

/// DATA: the sender's vector at one step of one chunk's session.
///
/// Steps `0 ..< steps` are averaging, those after it agreement. All session neighbours get the same array.
package struct DataMessage: Sendable, Equatable {
    package let round: UInt64
    package let attempt: UInt32
    package let chunk: UInt16
    package let step: UInt32
    /// The vector, the constant-1 channel last; as received it may hold anything, NaN included.
    package let values: [Double]

    package init(round: UInt64, attempt: UInt32, chunk: UInt16, step: UInt32, values: [Double]) {
        self.round = round
        self.attempt = attempt
        self.chunk = chunk
        self.step = step
        self.values = values
    }

    /// Bytes on the wire.
    package var byteCount: Int { FieldLength.head + 2 + 4 + 4 + 8 * values.count }

    func write(to writer: inout ByteWriter) {
        writer.write(MessageType.data.rawValue)
        writer.write(round)
        writer.write(attempt)
        writer.write(chunk)
        writer.write(step)
        writer.write(UInt32(values.count))
        writer.write(doubles: values)
    }

    init(from reader: inout ByteReader, limits: MessageLimits) throws(WireError) {
        round = try reader.readUInt64()
        attempt = try reader.readUInt32()
        chunk = try reader.readUInt16()
        step = try reader.readUInt32()
        let count = Int(try reader.readUInt32())
        guard count <= limits.vectorCountMax else {
            throw .lengthOverLimit(length: count, limit: limits.vectorCountMax)
        }
        values = try reader.readDoubles(count: count)
    }
}
