/// Why a connection is given up.
///
/// None of it is ever told to the peer: the shell closes the socket, counts the fault and says so in one log line.
/// No case carries a key, a secret or a byte of a message.
package enum ChannelFault: Error, Equatable {
    // The handshake
    /// A handshake message has exactly one legal length.
    case handshakeLength(length: Int, expected: Int)
    /// A first message with this ephemeral key has been accepted before.
    case replayedHandshake
    /// The peer presents our own key: somebody sends our messages back to us.
    case ownKey
    /// The peer's key is genuine and not on the roster.
    case unknownKey
    /// A tag of a handshake message is wrong: another network, another key, or a stranger.
    case handshakeRejected
    /// A Diffie–Hellman result is zero: the peer sent a point of small order.
    case zeroSharedSecret
    /// The payload of a handshake message is not the agreed zeros.
    case handshakePayload
    /// A handshake was asked for a step out of its order, or after a fault.
    case handshakeOrder

    // Records
    /// A record is shorter than header and tag, or longer than the longest message needs.
    case recordLength(Int)
    /// The tag of the record with this number is wrong.
    case recordRejected(number: UInt64)
    /// The counter of this direction is used up.
    case nonceExhausted
    /// No record has this type.
    case recordType(UInt8)
    /// A field of a record's header holds what it must not.
    case recordHeader(RecordHeaderField, value: UInt32, expected: UInt32)
    /// A message grows beyond what was agreed.
    case messageOverLimit(length: Int, limit: Int)
    /// The first record must be HELLO, and only the first.
    case helloOrder(recordType: UInt8)
    /// HELLO has another length, version or session.
    case helloRejected
    /// BYE in the middle of a message: the rest of it was cut off.
    case byeInsideMessage(received: Int)
}

/// The fields of a record's header that a receiver checks.
package enum RecordHeaderField: Sendable, Equatable {
    case flags, reserved, messageIdentifier, offset, bodyLength
}
