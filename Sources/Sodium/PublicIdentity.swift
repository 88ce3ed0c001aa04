import CSodium

/// A participant: its Ed25519 public key, and what follows from it.
///
/// The order is that of the bytes, as unsigned numbers from the first on; all peers agree on it.
package struct PublicIdentity: Hashable, Sendable, Comparable {
    /// The bytes of a key.
    package static let length = 32

    /// The Ed25519 public key, 32 bytes.
    package let bytes: [UInt8]
    /// The same point as an X25519 public key, 32 bytes: the static key of the handshake.
    package let x25519: [UInt8]

    /// - Throws: ``SodiumError/invalidPublicKey(byteCount:)`` where the bytes are not a canonical point of the
    ///   prime-order subgroup.
    package init(bytes: [UInt8]) throws(SodiumError) {
        SodiumLibrary.requireReady()
        guard bytes.count == Self.length else { throw .invalidPublicKey(byteCount: bytes.count) }
        var converted = [UInt8](repeating: 0, count: Int(crypto_scalarmult_BYTES))
        // SAFETY: all arrays hold the 32 bytes that the calls read or write.
        let code = unsafe crypto_sign_ed25519_pk_to_curve25519(&converted, bytes)
        guard code == 0, unsafe crypto_core_ed25519_is_valid_point(bytes) == 1 else {
            throw .invalidPublicKey(byteCount: bytes.count)
        }
        self.bytes = bytes
        x25519 = converted
    }

    /// For a key that libsodium has just made, which is always a valid one.
    init(made bytes: [UInt8], x25519: [UInt8]) {
        self.bytes = bytes
        self.x25519 = x25519
    }

    package static func == (first: PublicIdentity, second: PublicIdentity) -> Bool {
        first.bytes == second.bytes
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(bytes)
    }

    package static func < (first: PublicIdentity, second: PublicIdentity) -> Bool {
        first.bytes.lexicographicallyPrecedes(second.bytes)
    }

    /// Whether `signature`, 64 bytes, is this participant's over `message` (Ed25519).
    package func verifies(signature: [UInt8], message: [UInt8]) -> Bool {
        guard signature.count == SecretIdentity.signatureLength else { return false }
        // SAFETY: signature and key have the lengths checked above; the message's length is passed.
        return unsafe crypto_sign_verify_detached(signature, message, UInt64(message.count), bytes) == 0
    }
}

/// Whether `signature` is `identity`'s over `message` (Ed25519); false for any length but 64.
package func verify(signature: [UInt8], message: [UInt8], by identity: PublicIdentity) -> Bool {
    identity.verifies(signature: signature, message: message)
}
