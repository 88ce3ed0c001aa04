package import Sodium
import Synchronization

/// What all connections that a daemon accepts share: who may come in, and which first messages have been seen.
package final class ResponderGate: Sendable {
    private let ownKey: [UInt8]
    private let memberOfKey: @Sendable ([UInt8]) -> Int?
    private let accepted = Mutex(ReplayCache())

    /// - Parameters:
    ///   - own: our identity, which nobody else may present.
    ///   - memberOfKey: the member whose X25519 key has exactly these bytes, or nil for anyone to be refused now.
    ///     Called from any thread; should compare by ``constantTimeEqual(_:_:)``.
    package init(own: PublicIdentity, memberOfKey: @escaping @Sendable ([UInt8]) -> Int?) {
        ownKey = own.x25519
        self.memberOfKey = memberOfKey
    }

    /// Lets in the members of a fixed list; a member's number is its place there.
    package convenience init(own: PublicIdentity, roster: [PublicIdentity]) {
        let keys = roster.map(\.x25519)
        self.init(own: own) { key in
            keys.firstIndex { constantTimeEqual($0, key) }
        }
    }

    /// Whether a first message with this ephemeral key has been accepted before.
    func hasAccepted(_ ephemeral: [UInt8]) -> Bool {
        accepted.withLock { $0.contains(ephemeral) }
    }

    /// Says who presents this static key.
    ///
    /// - Throws: ``ChannelFault/ownKey``, ``ChannelFault/unknownKey``.
    func member(of key: [UInt8]) throws(ChannelFault) -> Int {
        guard !constantTimeEqual(key, ownKey) else { throw .ownKey }
        guard let member = memberOfKey(key) else { throw .unknownKey }
        return member
    }

    /// Keeps the ephemeral key of an authenticated first message.
    ///
    /// - Throws: ``ChannelFault/replayedHandshake`` where another connection was faster.
    func accept(_ ephemeral: [UInt8], from member: Int) throws(ChannelFault) {
        let isNew = accepted.withLock { $0.insert(ephemeral, member: member) }
        guard isNew else { throw .replayedHandshake }
    }
}
