/// The ephemeral keys of the first messages that were accepted, the last 1,024 of each member.
///
/// A first message is the one thing of this handshake that can be sent again; with this it costs no
/// Diffie–Hellman. Membership only is asked, so the set's order never shows.
package struct ReplayCache: Sendable {
    /// How many are kept for each member.
    package static let capacity = 1_024

    private var known: Set<[UInt8]> = []
    private var ring: [Int: (keys: [[UInt8]], oldest: Int)] = [:]

    package init() {}

    /// Whether this ephemeral key has been accepted before.
    package func contains(_ ephemeral: [UInt8]) -> Bool {
        known.contains(ephemeral)
    }

    /// Takes the ephemeral key of an authenticated first message; false if it is there already.
    ///
    /// The member's oldest goes when it has ``capacity``.
    package mutating func insert(_ ephemeral: [UInt8], member: Int) -> Bool {
        guard known.insert(ephemeral).inserted else { return false }
        var own = ring[member] ?? (keys: [], oldest: 0)
        if own.keys.count < Self.capacity {
            own.keys.append(ephemeral)
        } else {
            known.remove(own.keys[own.oldest])
            own.keys[own.oldest] = ephemeral
            own.oldest = (own.oldest + 1) % Self.capacity
        }
        ring[member] = own
        return true
    }
}
