import Wire

/// PING: where its sender stands, each second on every link of the control graph.
package struct PingMessage: Sendable, Equatable {
    package let round: UInt64
    package let attempt: UInt32
    /// The sender's phase, as `Learning` numbers them.
    package let phase: UInt8
    package let step: UInt32
    /// Whether the sender waits for others, and so is not to blame for standing still.
    package let isWaiting: Bool

    /// Bytes on the wire, of PONG too.
    package static let byteCount = FieldLength.head + 1 + 4 + 1

    package init(round: UInt64, attempt: UInt32, phase: UInt8, step: UInt32, isWaiting: Bool) {
        self.round = round
        self.attempt = attempt
        self.phase = phase
        self.step = step
        self.isWaiting = isWaiting
    }

    func write(to writer: inout ByteWriter, as type: MessageType = .ping) {
        writer.write(type.rawValue)
        writer.write(round)
        writer.write(attempt)
        writer.write(phase)
        writer.write(step)
        writer.write(UInt8(isWaiting ? 1 : 0))
    }

    init(from reader: inout ByteReader) throws(WireError) {
        round = try reader.readUInt64()
        attempt = try reader.readUInt32()
        phase = try reader.readUInt8()
        step = try reader.readUInt32()
        isWaiting = try reader.readFlag(.waitingFlag)
    }
}

/// PONG: the answer to a PING, with the same fields about the one who answers.
package struct PongMessage: Sendable, Equatable {
    package let round: UInt64
    package let attempt: UInt32
    /// The sender's phase, as `Learning` numbers them.
    package let phase: UInt8
    package let step: UInt32
    /// Whether the sender waits for others, and so is not to blame for standing still.
    package let isWaiting: Bool

    package init(round: UInt64, attempt: UInt32, phase: UInt8, step: UInt32, isWaiting: Bool) {
        self.round = round
        self.attempt = attempt
        self.phase = phase
        self.step = step
        self.isWaiting = isWaiting
    }

    init(_ ping: PingMessage) {
        self.init(
            round: ping.round, attempt: ping.attempt, phase: ping.phase, step: ping.step,
            isWaiting: ping.isWaiting)
    }

    func write(to writer: inout ByteWriter) {
        PingMessage(round: round, attempt: attempt, phase: phase, step: step, isWaiting: isWaiting)
            .write(to: &writer, as: .pong)
    }
}
