/// What libsodium refuses, or what is not a key.
package enum SodiumError: Error, Equatable {
    /// The bytes are no Ed25519 public key: wrong length, not on the curve, not canonical or of small order.
    case invalidPublicKey(byteCount: Int)
    /// A seed must be 32 bytes.
    case invalidSeedLength(Int)
    /// The Diffie–Hellman result is all zero: the other side sent a point of small order.
    case zeroSharedSecret
    /// The tag does not fit the ciphertext, the key, the nonce or the associated data.
    case authenticationFailed
}
