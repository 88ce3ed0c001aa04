/// The participants and this peer's links to them: `GET /v1/peers`, and the `data` of `peers --json`.
package struct PeersReport: Codable, Sendable, Equatable {
    /// How a participant stands to this peer.
    package enum State: String, Codable, Sendable {
        /// This peer itself.
        case own = "self"
        /// The link is up.
        case connected
        /// A link is wanted and there is none.
        case down
        /// No link is wanted: no edge of any session joins the two so far.
        case unlinked
    }

    /// How messages reach a participant.
    package enum Path: String, Codable, Sendable {
        /// Over a link of its own.
        case direct
        /// Floods reach it over the links of others.
        case relayed
    }

    /// One participant.
    package struct Line: Codable, Sendable, Equatable {
        /// Its name in the agreement.
        package var name: String
        /// Its public key, `cd1…`.
        package var key: String
        /// Where it listens, by the agreement.
        package var address: String
        /// How it stands to this peer.
        package var state: State
        /// How messages reach it; `null` for this peer itself.
        @Nullable package var path: Path?
        /// From the last PING to its PONG; `null` without a link, or before the first answer.
        @Nullable package var roundTripSeconds: Double?
        /// Since it last said anything over a link of its own; `null` where it never has.
        @Nullable package var lastSeenSeconds: Double?
        /// Bytes sent to it since this daemon started, framing included.
        package var sentBytes: UInt64
        /// Bytes received from it.
        package var receivedBytes: UInt64
        /// Sessions confirmed with it.
        package var handshakes: UInt64

        package init(
            name: String, key: String, address: String, state: State, path: Path?, roundTripSeconds: Double?,
            lastSeenSeconds: Double?, sentBytes: UInt64, receivedBytes: UInt64, handshakes: UInt64
        ) {
            self.name = name
            self.key = key
            self.address = address
            self.state = state
            self.path = path
            self.roundTripSeconds = roundTripSeconds
            self.lastSeenSeconds = lastSeenSeconds
            self.sentBytes = sentBytes
            self.receivedBytes = receivedBytes
            self.handshakes = handshakes
        }
    }

    /// In the order of the agreement.
    package var peers: [Line]

    package init(peers: [Line]) {
        self.peers = peers
    }
}
