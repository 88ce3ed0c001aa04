package import SecureChannel

/// What happens at a peer's links, in order.
package enum TransportEvent: Sendable, Equatable {
    /// The link to a member is confirmed: messages may be sent, older ones may be lost.
    case linkUp(Int)
    /// The link to a member is gone.
    case linkDown(Int, LinkEnd)
    /// A whole message of a confirmed member.
    case message([UInt8], from: Int)
}

/// Why a link ended.
package enum LinkEnd: Sendable, Equatable {
    /// The other side said goodbye.
    case farewell
    /// The connection ended without a goodbye: a failure, never the end of the data.
    case truncated
    /// The other side sent what no honest peer sends.
    case fault(ChannelFault)
    /// The other side does not read: more than the bound waits for its socket.
    case notReading(byteCount: Int)
    /// A newer session with the same member has been confirmed.
    case replaced
    /// The shell cut it.
    case cut
    /// This peer is leaving.
    case leaving
}

/// Why the transport cannot start.
package enum TransportError: Error, Equatable {
    /// The address cannot be listened at; `code` is an `errno` value.
    case cannotListen(TransportAddress, code: Int32)
    /// The host of an address to listen at is not known here.
    case unknownHost(TransportAddress)
}

/// What went over the links since the start.
package struct TransportCounters: Sendable, Equatable {
    /// The share of one member.
    package struct Member: Sendable, Equatable {
        /// Bytes written to its sockets, framing included.
        package var sentBytes: UInt64 = 0
        /// Bytes read from its sockets, framing included.
        package var receivedBytes: UInt64 = 0
        /// Messages sent.
        package var sentMessages: UInt64 = 0
        /// Messages received.
        package var receivedMessages: UInt64 = 0
        /// Sessions confirmed.
        package var handshakes: UInt64 = 0
    }

    /// By member.
    package var members: [Member]
    /// Connections that were closed without an answer, at accept or in the handshake.
    package var rejected: UInt64 = 0

    /// Sums over members.
    package var total: Member {
        members.reduce(into: Member()) { sum, member in
            sum.sentBytes += member.sentBytes
            sum.receivedBytes += member.receivedBytes
            sum.sentMessages += member.sentMessages
            sum.receivedMessages += member.receivedMessages
            sum.handshakes += member.handshakes
        }
    }
}
