import CSodium

/// A Diffie–Hellman key on Curve25519: the secret in guarded memory and its public half.
// SAFETY: after `init` the secret is only read, by any thread; it cannot be reached from outside this room.
package struct X25519KeyPair: @unchecked Sendable {
    /// The bytes of a key, public or secret, and of a shared secret.
    package static let length = 32

    private let secret: SecretBytes
    /// The public key, 32 bytes.
    package let publicKey: [UInt8]

    /// - Parameter secret: 32 bytes that nobody overwrites while the pair is in use; they need no clamping.
    package init(secret: SecretBytes) {
        precondition(secret.count == Self.length, "an X25519 secret of \(secret.count) bytes")
        var result = [UInt8](repeating: 0, count: Self.length)
        // SAFETY: both buffers hold 32 bytes.
        let code = unsafe secret.withPointer { unsafe crypto_scalarmult_base(&result, $0) }
        precondition(code == 0, "crypto_scalarmult_base returned \(code)")
        self.init(secret: secret, publicKey: result)
    }

    /// A pair whose public half is known; the caller answers for it.
    package init(secret: SecretBytes, publicKey: [UInt8]) {
        precondition(
            secret.count == Self.length && publicKey.count == Self.length,
            "a secret of \(secret.count) bytes, a public key of \(publicKey.count)")
        self.secret = secret
        self.publicKey = publicKey
    }

    /// Computes the shared secret with another's public key.
    ///
    /// - Parameters:
    ///   - remote: 32 bytes, as received; nothing need be checked before.
    ///   - result: 32 bytes of guarded memory.
    /// - Throws: ``SodiumError/zeroSharedSecret`` for a point of small order; `result` is then wiped.
    package func agree(with remote: [UInt8], into result: SecretBytes) throws(SodiumError) {
        precondition(
            remote.count == Self.length && result.count == Self.length,
            "a public key of \(remote.count) bytes, a result of \(result.count)")
        // SAFETY: all three buffers hold 32 bytes.
        let code = unsafe secret.withPointer { scalar in
            unsafe result.withPointer { output in unsafe crypto_scalarmult(output, scalar, remote) }
        }
        guard code == 0 else {
            result.wipe()
            throw .zeroSharedSecret
        }
    }
}
