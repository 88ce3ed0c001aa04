package import Sodium

/// One direction's key and counter (Noise revision 34, section 5.1).
///
/// It cannot be copied, since two copies would use one nonce twice.
package struct CipherState: ~Copyable {
    private let key: SecretBytes
    /// The nonce of the next message; 2^64 − 1 is never used.
    package private(set) var nonce: UInt64

    /// - Parameters:
    ///   - key: 32 bytes that nobody else writes to.
    ///   - nonce: where the counter starts; a handshake and a session start at 0.
    package init(key: SecretBytes, nonce: UInt64 = 0) {
        precondition(key.count == ChaChaPoly.keyLength, "a cipher key of \(key.count) bytes")
        self.key = key
        self.nonce = nonce
    }

    /// Encrypts in place: the buffer holds the plaintext in `range` and 16 bytes of room behind it.
    ///
    /// - Throws: ``ChannelFault/nonceExhausted``; nothing has changed then.
    package mutating func seal(
        _ buffer: inout [UInt8], plaintext range: Range<Int>, associatedData: [UInt8] = []
    ) throws(ChannelFault) {
        guard nonce < .max else { throw .nonceExhausted }
        ChaChaPoly.seal(
            &buffer, plaintext: range, key: key, nonce: ChaChaPoly.nonce(counter: nonce),
            associatedData: associatedData)
        nonce += 1
    }

    /// Decrypts in place and gives the range of the plaintext.
    ///
    /// - Throws: ``ChannelFault/nonceExhausted``; ``ChannelFault/recordRejected(number:)``, and the counter stays
    ///   where it was. The caller gives the connection up in both cases.
    package mutating func open(
        _ buffer: inout [UInt8], ciphertext range: Range<Int>, associatedData: [UInt8] = []
    ) throws(ChannelFault) -> Range<Int> {
        guard nonce < .max else { throw .nonceExhausted }
        let plaintext: Range<Int>
        do throws(SodiumError) {
            plaintext = try ChaChaPoly.open(
                &buffer, ciphertext: range, key: key, nonce: ChaChaPoly.nonce(counter: nonce),
                associatedData: associatedData)
        } catch {
            throw .recordRejected(number: nonce)
        }
        nonce += 1
        return plaintext
    }

    /// Replaces the key by its successor; the counter goes on (Noise revision 34, section 11.3).
    package mutating func rekey() {
        ChaChaPoly.rekey(key)
    }
}
