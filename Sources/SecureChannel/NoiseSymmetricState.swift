import Sodium

/// The chaining key, the hash and the current key of a handshake (Noise revision 34, section 5.2).
struct NoiseSymmetricState: ~Copyable {
    /// `h`, 64 bytes: everything sent so far. Public.
    private(set) var handshakeHash: [UInt8]
    private let chainingKey: SecretBytes
    private let key: SecretBytes
    private let sharedSecret: SecretBytes
    private var nonce: UInt64?

    /// The guarded memory that one state takes of its area.
    static let secretCount = NoiseKeyDerivation.hashLength + 2 * ChaChaPoly.keyLength

    /// - Parameters:
    ///   - protocolName: at most 64 bytes; padded with zeros, as it is no longer than a hash.
    ///   - area: where the secrets are kept; at least ``secretCount`` bytes.
    init(protocolName: String, area: SecretArea) {
        var name = Array(protocolName.utf8)
        precondition(name.count <= NoiseKeyDerivation.hashLength, "a protocol name of \(name.count) bytes")
        name.append(contentsOf: repeatElement(0, count: NoiseKeyDerivation.hashLength - name.count))
        handshakeHash = name
        chainingKey = area.reserve(NoiseKeyDerivation.hashLength)
        chainingKey.assign(copying: name)
        key = area.reserve(ChaChaPoly.keyLength)
        sharedSecret = area.reserve(X25519KeyPair.length)
    }

    /// h = HASH(h ‖ data).
    mutating func mixHash(_ data: [UInt8]) {
        handshakeHash = BLAKE2b.hash512(handshakeHash + data)
    }

    /// MixKey(DH(pair, remote)); the shared secret is gone when this returns.
    ///
    /// - Throws: ``ChannelFault/zeroSharedSecret``.
    mutating func mixKey(_ pair: X25519KeyPair, with remote: [UInt8]) throws(ChannelFault) {
        do throws(SodiumError) {
            try pair.agree(with: remote, into: sharedSecret)
        } catch {
            throw .zeroSharedSecret
        }
        NoiseKeyDerivation.derive(
            chainingKey: chainingKey, input: sharedSecret, first: chainingKey, second: key)
        sharedSecret.wipe()
        nonce = 0
    }

    /// EncryptAndHash: ciphertext and tag of `plaintext`.
    ///
    /// - Throws: ``ChannelFault/handshakeOrder`` before the first key.
    mutating func encryptAndHash(_ plaintext: [UInt8]) throws(ChannelFault) -> [UInt8] {
        guard let counter = nonce else { throw .handshakeOrder }
        var buffer = plaintext
        buffer.append(contentsOf: repeatElement(0, count: ChaChaPoly.tagLength))
        ChaChaPoly.seal(
            &buffer, plaintext: 0..<plaintext.count, key: key, nonce: ChaChaPoly.nonce(counter: counter),
            associatedData: handshakeHash)
        nonce = counter + 1
        mixHash(buffer)
        return buffer
    }

    /// DecryptAndHash: the plaintext of ciphertext and tag.
    ///
    /// - Throws: ``ChannelFault/handshakeRejected``; ``ChannelFault/handshakeOrder`` before the first key.
    mutating func decryptAndHash(_ ciphertext: [UInt8]) throws(ChannelFault) -> [UInt8] {
        guard let counter = nonce else { throw .handshakeOrder }
        var buffer = ciphertext
        let range: Range<Int>
        do throws(SodiumError) {
            range = try ChaChaPoly.open(
                &buffer, ciphertext: 0..<buffer.count, key: key, nonce: ChaChaPoly.nonce(counter: counter),
                associatedData: handshakeHash)
        } catch {
            throw .handshakeRejected
        }
        nonce = counter + 1
        mixHash(ciphertext)
        return Array(buffer[range])
    }

    /// Split: the key of the initiator's direction, then that of the responder's, in guarded memory of their own.
    func split() -> (initiatorToResponder: SecretBytes, responderToInitiator: SecretBytes) {
        let area = SecretArea(capacity: 2 * ChaChaPoly.keyLength)
        let first = area.reserve(ChaChaPoly.keyLength)
        let second = area.reserve(ChaChaPoly.keyLength)
        NoiseKeyDerivation.derive(chainingKey: chainingKey, input: nil, first: first, second: second)
        return (first, second)
    }
}
