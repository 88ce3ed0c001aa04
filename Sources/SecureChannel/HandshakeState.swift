package import Sodium

/// Which end of a connection: the one that dials speaks first.
package enum ChannelRole: Sendable {
    case initiator, responder
}

/// What a finished handshake leaves: a cipher for each direction and what names the session.
package struct HandshakeResult: ~Copyable {
    /// Encrypts what we send.
    package var sending: CipherState
    /// Decrypts what we receive.
    package var receiving: CipherState
    /// The hash `h` of the whole handshake, 64 bytes; what signatures above bind to. Public.
    package let handshakeHash: [UInt8]

    /// - Parameters:
    ///   - sending: the cipher of our direction.
    ///   - receiving: the cipher of the other direction.
    ///   - handshakeHash: 64 bytes.
    package init(sending: consuming CipherState, receiving: consuming CipherState, handshakeHash: [UInt8]) {
        self.sending = sending
        self.receiving = receiving
        self.handshakeHash = handshakeHash
    }
}

/// `Noise_IK_25519_ChaChaPoly_BLAKE2b` (Noise revision 34), the handshake WireGuard is built on.
///
///     IK:   <- s
///           ...
///           -> e, es, s, ss      payload 1
///           <- e, ee, se         payload 2
///
/// Bytes go in, bytes come out; the ephemeral key comes from the generator it is given. A state serves one
/// handshake: after any fault, and after its end, every call throws ``ChannelFault/handshakeOrder``.
package struct HandshakeState: ~Copyable {
    /// The name that both ends hash first.
    package static let protocolName = "Noise_IK_25519_ChaChaPoly_BLAKE2b"
    /// Message 1 without its payload: e, s and its tag, the payload's tag.
    package static let firstOverhead = 96
    /// Message 2 without its payload: e, the payload's tag.
    package static let secondOverhead = 48

    private enum Step { case first, second, finished, failed }

    private let role: ChannelRole
    private let localStatic: X25519KeyPair
    private var symmetric: NoiseSymmetricState
    private let ephemeralSecret: SecretBytes
    private var localEphemeral: X25519KeyPair?
    /// The peer's static key, known beforehand or once message 1 has been read; 32 bytes, as received.
    package private(set) var remoteStatic: [UInt8]?
    private var remoteEphemeral: [UInt8] = []
    private var step = Step.first

    /// The end that dials.
    ///
    /// - Parameters:
    ///   - localStatic: our static key.
    ///   - remoteStatic: the responder's, 32 bytes.
    ///   - prologue: what both ends must agree on.
    ///   - generator: gives the ephemeral key, 32 bytes, little-endian in four words.
    package init(
        initiator localStatic: X25519KeyPair, remoteStatic: [UInt8], prologue: [UInt8],
        using generator: inout some RandomNumberGenerator
    ) {
        self.init(role: .initiator, localStatic: localStatic, prologue: prologue, using: &generator)
        self.remoteStatic = remoteStatic
        symmetric.mixHash(remoteStatic)
    }

    /// The end that listens.
    package init(
        responder localStatic: X25519KeyPair, prologue: [UInt8],
        using generator: inout some RandomNumberGenerator
    ) {
        self.init(role: .responder, localStatic: localStatic, prologue: prologue, using: &generator)
        symmetric.mixHash(localStatic.publicKey)
    }

    private init(
        role: ChannelRole, localStatic: X25519KeyPair, prologue: [UInt8],
        using generator: inout some RandomNumberGenerator
    ) {
        self.role = role
        self.localStatic = localStatic
        let area = SecretArea(capacity: NoiseSymmetricState.secretCount + X25519KeyPair.length)
        ephemeralSecret = area.reserve(X25519KeyPair.length)
        ephemeralSecret.fill(using: &generator)
        symmetric = NoiseSymmetricState(protocolName: Self.protocolName, area: area)
        symmetric.mixHash(prologue)
    }

    /// Writes message 1 (initiator) or message 2 (responder).
    ///
    /// - Throws: ``ChannelFault/handshakeOrder``, ``ChannelFault/zeroSharedSecret``; the state is dead then.
    package mutating func write(payload: [UInt8]) throws(ChannelFault) -> [UInt8] {
        do throws(ChannelFault) {
            switch (role, step) {
            case (.initiator, .first):
                let message = try writeFirst(payload)
                step = .second
                return message
            case (.responder, .second):
                let message = try writeSecond(payload)
                step = .finished
                return message
            default:
                throw .handshakeOrder
            }
        } catch {
            fail()
            throw error
        }
    }

    /// Reads message 1 (responder) or message 2 (initiator) and gives its payload.
    ///
    /// - Parameters:
    ///   - message: the bytes of one Noise message, without a length in front.
    ///   - admit: asked once by the responder, with the initiator's static key as received, before anything more
    ///     is computed for it; throws to refuse.
    /// - Throws: ``ChannelFault/handshakeLength(length:expected:)`` below the least length,
    ///   ``ChannelFault/handshakeRejected``, ``ChannelFault/zeroSharedSecret``, ``ChannelFault/handshakeOrder`` or
    ///   what `admit` throws; the state is dead then.
    package mutating func read(
        _ message: [UInt8], admit: ([UInt8]) throws(ChannelFault) -> Void = { _ throws(ChannelFault) in }
    ) throws(ChannelFault) -> [UInt8] {
        do throws(ChannelFault) {
            switch (role, step) {
            case (.responder, .first):
                let payload = try readFirst(message, admit: admit)
                step = .second
                return payload
            case (.initiator, .second):
                let payload = try readSecond(message)
                step = .finished
                return payload
            default:
                throw .handshakeOrder
            }
        } catch {
            fail()
            throw error
        }
    }

    /// Ends the handshake and gives the two ciphers.
    ///
    /// - Throws: ``ChannelFault/handshakeOrder`` before both messages have passed.
    package consuming func finish() throws(ChannelFault) -> HandshakeResult {
        guard step == .finished else { throw .handshakeOrder }
        let keys = symmetric.split()
        let isInitiator = role == .initiator
        return HandshakeResult(
            sending: CipherState(key: isInitiator ? keys.initiatorToResponder : keys.responderToInitiator),
            receiving: CipherState(key: isInitiator ? keys.responderToInitiator : keys.initiatorToResponder),
            handshakeHash: symmetric.handshakeHash)
    }

    private mutating func fail() {
        step = .failed
        localEphemeral = nil
        ephemeralSecret.wipe()
    }
}

extension HandshakeState {
    /// -> e, es, s, ss, payload.
    private mutating func writeFirst(_ payload: [UInt8]) throws(ChannelFault) -> [UInt8] {
        guard let responder = remoteStatic else { throw .handshakeOrder }
        let ephemeral = makeEphemeral()
        try symmetric.mixKey(ephemeral, with: responder)
        let encryptedStatic = try symmetric.encryptAndHash(localStatic.publicKey)
        try symmetric.mixKey(localStatic, with: responder)
        return ephemeral.publicKey + encryptedStatic + (try symmetric.encryptAndHash(payload))
    }

    /// <- e, ee, se, payload.
    private mutating func writeSecond(_ payload: [UInt8]) throws(ChannelFault) -> [UInt8] {
        guard let initiator = remoteStatic else { throw .handshakeOrder }
        let ephemeral = makeEphemeral()
        try symmetric.mixKey(ephemeral, with: remoteEphemeral)
        try symmetric.mixKey(ephemeral, with: initiator)
        return ephemeral.publicKey + (try symmetric.encryptAndHash(payload))
    }

    /// The responder's side of message 1: one Diffie–Hellman, then the question who it is.
    private mutating func readFirst(
        _ message: [UInt8], admit: ([UInt8]) throws(ChannelFault) -> Void
    ) throws(ChannelFault) -> [UInt8] {
        let staticEnd = X25519KeyPair.length + X25519KeyPair.length + ChaChaPoly.tagLength
        guard message.count >= Self.firstOverhead else {
            throw .handshakeLength(length: message.count, expected: Self.firstOverhead)
        }
        remoteEphemeral = Array(message[..<X25519KeyPair.length])
        symmetric.mixHash(remoteEphemeral)
        try symmetric.mixKey(localStatic, with: remoteEphemeral)
        let initiator = try symmetric.decryptAndHash(Array(message[X25519KeyPair.length..<staticEnd]))
        try admit(initiator)
        try symmetric.mixKey(localStatic, with: initiator)
        let payload = try symmetric.decryptAndHash(Array(message[staticEnd...]))
        remoteStatic = initiator
        return payload
    }

    /// The initiator's side of message 2.
    private mutating func readSecond(_ message: [UInt8]) throws(ChannelFault) -> [UInt8] {
        guard message.count >= Self.secondOverhead else {
            throw .handshakeLength(length: message.count, expected: Self.secondOverhead)
        }
        guard let ephemeral = localEphemeral else { throw .handshakeOrder }
        remoteEphemeral = Array(message[..<X25519KeyPair.length])
        symmetric.mixHash(remoteEphemeral)
        try symmetric.mixKey(ephemeral, with: remoteEphemeral)
        try symmetric.mixKey(localStatic, with: remoteEphemeral)
        return try symmetric.decryptAndHash(Array(message[X25519KeyPair.length...]))
    }

    private mutating func makeEphemeral() -> X25519KeyPair {
        let ephemeral = X25519KeyPair(secret: ephemeralSecret)
        localEphemeral = ephemeral
        symmetric.mixHash(ephemeral.publicKey)
        return ephemeral
    }
}
