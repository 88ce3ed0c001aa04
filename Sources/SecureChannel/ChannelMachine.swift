package import Sodium

/// An order of a channel to its shell, to be carried out in turn.
package enum ChannelDirective: Sendable, Equatable {
    /// Write these bytes to the connection.
    case write([UInt8])
    /// The handshake is over: this member is at the other end, if the handshake was not a replay. Nothing may be
    /// sent yet, and no older session is touched.
    case authenticated(member: Int)
    /// The other side has shown that it holds the keys: messages may be sent, an older session be replaced.
    case confirmed(member: Int)
    /// A whole message of the confirmed member.
    case message([UInt8])
    /// The stream has ended; `clean` says that the other side meant it. Close the connection.
    case closed(clean: Bool)
    /// Close the connection now, without a word; count the fault.
    case drop(ChannelFault)
}

/// A connection from its first byte to its last, without a socket: bytes in, directives out.
///
/// The two messages of the handshake have one legal length each; whatever is wrong with them ends in one
/// ``ChannelDirective/drop(_:)`` and not a single byte to write. The first record in each direction is HELLO; until
/// the other side's has been decrypted the session is unconfirmed, and no message is sent or delivered. After a
/// drop or an end every call gives nothing.
package struct ChannelMachine: ~Copyable {
    /// The bytes of both handshake payloads, all zero.
    package static let payloadLength = 32
    /// Message 1 and message 2 without the length in front.
    package static let firstLength = HandshakeState.firstOverhead + payloadLength
    package static let secondLength = HandshakeState.secondOverhead + payloadLength

    private enum Phase { case handshake, unconfirmed, confirmed, ended }

    private let role: ChannelRole
    private let gate: ResponderGate?
    private let messageLimit: Int
    private var phase = Phase.handshake
    private var handshake: HandshakeState?
    private var session: ChannelSession?
    private var pending: [UInt8] = []
    private var hasSentBye = false
    /// Who is at the other end: known to the initiator beforehand, to the responder after message 1.
    package private(set) var member: Int?
    /// Names the session in logs, 16 bytes: drawn by the initiator, known to the responder from HELLO on.
    package private(set) var sessionIdentifier: [UInt8]?
    /// The hash of the handshake, 64 bytes, once it is over.
    package private(set) var handshakeHash: [UInt8]?
    /// Whether the other side ended the stream by BYE. An end without it is truncation.
    package private(set) var isCleanlyClosed = false

    /// The end that dials.
    ///
    /// - Parameters:
    ///   - identity: ours.
    ///   - peer: the one we mean to reach.
    ///   - member: its number, for the directives.
    ///   - networkID: 32 bytes, the hash of the agreement.
    ///   - messageLimit: the longest message either side may send, in bytes.
    ///   - generator: cryptographic; gives the ephemeral key and the session's name.
    package init(
        initiator identity: SecretIdentity, peer: PublicIdentity, member: Int, networkID: [UInt8],
        messageLimit: Int, using generator: inout some RandomNumberGenerator
    ) {
        role = .initiator
        gate = nil
        self.messageLimit = messageLimit
        self.member = member
        handshake = HandshakeState(
            initiator: identity.keyPair, remoteStatic: peer.x25519,
            prologue: Self.prologue(networkID: networkID, responder: peer), using: &generator)
        var name: [UInt8] = []
        for _ in 0..<ChannelSession.sessionIdentifierLength {
            name.append(UInt8.random(in: 0...255, using: &generator))
        }
        sessionIdentifier = name
    }

    /// The end that listens.
    ///
    /// - Parameters:
    ///   - identity: ours.
    ///   - gate: shared by all connections that are accepted under this identity.
    ///   - networkID: 32 bytes, the hash of the agreement.
    ///   - messageLimit: the longest message either side may send, in bytes.
    ///   - generator: cryptographic; gives the ephemeral key.
    package init(
        responder identity: SecretIdentity, gate: ResponderGate, networkID: [UInt8], messageLimit: Int,
        using generator: inout some RandomNumberGenerator
    ) {
        role = .responder
        self.gate = gate
        self.messageLimit = messageLimit
        handshake = HandshakeState(
            responder: identity.keyPair,
            prologue: Self.prologue(networkID: networkID, responder: identity.publicIdentity),
            using: &generator)
    }

    /// Whether messages may be sent.
    package var isConfirmed: Bool { phase == .confirmed }

    /// What to do when the connection is up: message 1 for the end that dials, nothing for the other.
    package mutating func start() -> [ChannelDirective] {
        guard role == .initiator, phase != .ended else { return [] }
        var directives: [ChannelDirective] = []
        do throws(ChannelFault) {
            directives.append(.write(try writeHandshake()))
        } catch {
            end()
            directives.append(.drop(error))
        }
        return directives
    }

    /// Takes any piece of the byte stream; records are decrypted in place if nobody else holds the array.
    package mutating func receive(_ bytes: consuming [UInt8]) -> [ChannelDirective] {
        guard phase != .ended else { return [] }
        var directives: [ChannelDirective] = []
        do throws(ChannelFault) {
            try advance(bytes, &directives)
        } catch {
            end()
            directives.append(.drop(error))
        }
        return directives
    }

    /// Seals a message; nothing if the channel has ended.
    ///
    /// - Precondition: the channel is confirmed or has ended, and the message is no longer than the limit.
    package mutating func send(_ message: [UInt8]) -> [ChannelDirective] {
        precondition(phase == .confirmed || phase == .ended, "a message before the session is confirmed")
        guard !hasSentBye, let sealed = session?.seal(message) else { return [] }
        return [.write(sealed)]
    }

    /// Says goodbye: BYE on a confirmed channel, nothing otherwise. The other side's BYE may still come.
    package mutating func close() -> [ChannelDirective] {
        guard phase == .confirmed, !hasSentBye, let bye = session?.sealBye() else { return [] }
        hasSentBye = true
        return [.write(bye)]
    }

    /// Takes the end of the byte stream (FIN or reset).
    package mutating func receiveEnd() -> [ChannelDirective] {
        guard phase != .ended else { return [] }
        end()
        return [.closed(clean: false)]
    }
}

extension ChannelMachine {
    /// What both ends hash first: version and suite, network, and the identity of the end that listens.
    private static func prologue(networkID: [UInt8], responder: PublicIdentity) -> [UInt8] {
        precondition(networkID.count == 32, "a network id of \(networkID.count) bytes")
        return Array("CollabDict/4".utf8) + networkID + responder.bytes
    }

    /// Lets the keys go.
    private mutating func end() {
        phase = .ended
        handshake = nil
        session = nil
        pending = []
    }

    private mutating func advance(
        _ bytes: consuming [UInt8], _ directives: inout [ChannelDirective]
    ) throws(ChannelFault) {
        guard phase == .handshake else {
            try readRecords(bytes, &directives)
            return
        }
        pending.append(contentsOf: bytes)
        guard let message = try takeHandshakeMessage() else { return }
        switch role {
        case .responder: try answer(message, &directives)
        case .initiator: try conclude(message, &directives)
        }
        let rest = pending
        pending = []
        if !rest.isEmpty { try readRecords(rest, &directives) }
    }

    /// The other side's handshake message once it is complete; its length is judged by the first two bytes.
    private mutating func takeHandshakeMessage() throws(ChannelFault) -> [UInt8]? {
        let expected = role == .responder ? Self.firstLength : Self.secondLength
        guard pending.count >= 2 else { return nil }
        let length = Int(pending[0]) << 8 | Int(pending[1])
        guard length == expected else { throw .handshakeLength(length: length, expected: expected) }
        guard pending.count >= 2 + length else { return nil }
        let message = Array(pending[2..<(2 + length)])
        pending.removeFirst(2 + length)
        return message
    }

    /// The responder's part: judge message 1, and only if all of it is right write message 2.
    private mutating func answer(
        _ message: [UInt8], _ directives: inout [ChannelDirective]
    ) throws(ChannelFault) {
        guard let gate else { throw .handshakeOrder }
        let ephemeral = Array(message[..<X25519KeyPair.length])
        guard !gate.hasAccepted(ephemeral) else { throw .replayedHandshake }
        var caller: Int?
        let payload = try readHandshake(message) { key throws(ChannelFault) in
            caller = try gate.member(of: key)
        }
        guard payload.allSatisfy({ $0 == 0 }) else { throw .handshakePayload }
        guard let caller else { throw .unknownKey }
        try gate.accept(ephemeral, from: caller)
        member = caller
        let reply = try writeHandshake()
        try openSession()
        directives.append(.authenticated(member: caller))
        directives.append(.write(reply))
    }

    /// The initiator's part: message 2, then HELLO.
    private mutating func conclude(
        _ message: [UInt8], _ directives: inout [ChannelDirective]
    ) throws(ChannelFault) {
        guard let member, let sessionIdentifier else { throw .handshakeOrder }
        let payload = try readHandshake(message)
        guard payload.allSatisfy({ $0 == 0 }) else { throw .handshakePayload }
        try openSession()
        directives.append(.authenticated(member: member))
        try writeHello(sessionIdentifier, &directives)
    }

    private mutating func writeHandshake() throws(ChannelFault) -> [UInt8] {
        let payload = [UInt8](repeating: 0, count: Self.payloadLength)
        guard let message = try handshake?.write(payload: payload) else { throw .handshakeOrder }
        return [UInt8(message.count >> 8), UInt8(message.count & 0xff)] + message
    }

    private mutating func readHandshake(
        _ message: [UInt8], admit: ([UInt8]) throws(ChannelFault) -> Void = { _ throws(ChannelFault) in }
    ) throws(ChannelFault) -> [UInt8] {
        guard let payload = try handshake?.read(message, admit: admit) else { throw .handshakeOrder }
        return payload
    }

    private mutating func openSession() throws(ChannelFault) {
        guard let finished = handshake.take() else { throw .handshakeOrder }
        let result = try finished.finish()
        handshakeHash = result.handshakeHash
        session = ChannelSession(result, messageLimit: messageLimit)
        phase = .unconfirmed
    }

    private mutating func writeHello(
        _ identifier: [UInt8], _ directives: inout [ChannelDirective]
    ) throws(ChannelFault) {
        guard let hello = session?.sealHello(sessionIdentifier: identifier) else { throw .handshakeOrder }
        directives.append(.write(hello))
    }

    private mutating func readRecords(
        _ bytes: consuming [UInt8], _ directives: inout [ChannelDirective]
    ) throws(ChannelFault) {
        var events: [ChannelEvent] = []
        var fault: ChannelFault?
        do throws(ChannelFault) {
            try session?.open(bytes, into: &events)
        } catch {
            fault = error
        }
        for event in events { try act(on: event, &directives) }
        if let fault { throw fault }
    }

    private mutating func act(
        on event: ChannelEvent, _ directives: inout [ChannelDirective]
    ) throws(ChannelFault) {
        switch event {
        case .hello(let identifier):
            guard let member else { throw .handshakeOrder }
            if role == .responder {
                sessionIdentifier = identifier
                try writeHello(identifier, &directives)
            }
            guard identifier == sessionIdentifier else { throw .helloRejected }
            phase = .confirmed
            directives.append(.confirmed(member: member))
        case .message(let message):
            directives.append(.message(message))
        case .bye:
            directives.append(contentsOf: close())
            isCleanlyClosed = true
            end()
            directives.append(.closed(clean: true))
        }
    }
}
