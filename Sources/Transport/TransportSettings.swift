package import NIOCore
package import Sodium

/// A host, by name or number, and a TCP port.
package struct TransportAddress: Sendable, Equatable {
    package var host: String
    /// 0…65,535; 0 lets the system choose when listening.
    package var port: Int

    package init(host: String, port: Int) {
        precondition((0...65_535).contains(port), "port \(port) of \(host)")
        self.host = host
        self.port = port
    }
}

/// One participant as the transport needs it.
package struct TransportMember: Sendable, Equatable {
    /// Its name in the agreement, for log lines.
    package var name: String
    package var identity: PublicIdentity
    /// Where it listens.
    package var address: TransportAddress

    package init(name: String, identity: PublicIdentity, address: TransportAddress) {
        self.name = name
        self.identity = identity
        self.address = address
    }
}

/// Everything that a peer's transport is told at the start.
package struct TransportSettings: Sendable {
    /// Hash of the agreement, 32 bytes: part of every handshake.
    package var networkID: [UInt8]
    /// All participants; a participant is its index here.
    package var members: [TransportMember]
    /// The own index.
    package var member: Int
    /// Where to listen.
    package var listen: TransportAddress
    /// Members whose links are wanted from the start: the neighbours in the control graph.
    package var neighbours: [Int]
    /// Bytes of the longest message that any peer sends.
    package var messageLimit: Int
    /// The figures of the limits.
    package var limits = TransportLimits()

    package init(
        networkID: [UInt8], members: [TransportMember], member: Int, listen: TransportAddress,
        neighbours: [Int], messageLimit: Int
    ) {
        precondition(networkID.count == 32, "network id of \(networkID.count) bytes, not 32")
        precondition(members.indices.contains(member), "member \(member) of \(members.count)")
        precondition(messageLimit > 0, "messages of \(messageLimit) bytes")
        self.networkID = networkID
        self.members = members
        self.member = member
        self.listen = listen
        self.neighbours = neighbours
        self.messageLimit = messageLimit
    }
}

/// The ceilings of what anybody may cost this peer, and the times of its own attempts.
package struct TransportLimits: Sendable {
    /// From the connection to the other side's first record, whatever arrives in between.
    package var handshakeDeadline = TimeAmount.seconds(3)
    /// First pause between dials; doubled by each failure.
    package var backOffBase = TimeAmount.milliseconds(100)
    /// Longest pause between dials.
    package var backOffCap = TimeAmount.seconds(30)
    /// A confirmed session of this length makes the next failure the first one again.
    package var backOffReset = TimeAmount.seconds(30)
    /// Age of a session at which its dialler makes a new one.
    package var sessionAge = TimeAmount.hours(1)
    /// How long the other side's BYE is waited for.
    package var farewell = TimeAmount.milliseconds(500)
    /// Unfinished handshakes of strangers.
    package var unfinishedHandshakes = 32
    /// Unfinished handshakes of one address, and of one roster key's address.
    package var unfinishedPerAddress = 4
    /// Connections a second of strangers, and the burst.
    package var strangersPerSecond = 500.0
    /// Connections a second from addresses that the roster names, and the burst; their own bucket.
    package var namedPerSecond = 2_000.0
    /// Messages of the longest kind that may wait at one link for the peer's shell.
    package var messagesIn = 2
    /// Messages of the longest kind that may wait for one link's socket.
    package var messagesOut = 4
    /// Bytes that any queue may hold, however short the messages are.
    package var queueFloor = 1 << 20

    package init() {}
}
