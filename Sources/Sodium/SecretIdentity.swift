import CSodium

/// A participant's secret: the Ed25519 key and its X25519 form, in guarded memory, wiped when let go.
// SAFETY: the secrets are written in `init` only; afterwards any thread may read them.
package final class SecretIdentity: @unchecked Sendable {
    /// The bytes of the seed that a key file holds.
    package static let seedLength = 32
    /// The bytes of a signature.
    package static let signatureLength = 64

    /// Who this is.
    package let publicIdentity: PublicIdentity
    private let signingKey: SecretBytes
    /// The static key of the handshake.
    package let keyPair: X25519KeyPair

    private init(seededBy fill: (SecretBytes) -> Void) {
        SodiumLibrary.requireReady()
        let area = SecretArea(capacity: Self.seedLength + Self.areaLength)
        let seed = area.reserve(Self.seedLength)
        let signingKey = area.reserve(Int(crypto_sign_SECRETKEYBYTES))
        let x25519 = area.reserve(Int(crypto_scalarmult_SCALARBYTES))
        fill(seed)
        var publicKey = [UInt8](repeating: 0, count: PublicIdentity.length)
        var converted = [UInt8](repeating: 0, count: PublicIdentity.length)
        // SAFETY: seed 32, public keys 32, signing key 64, scalar 32 bytes, as the calls document.
        unsafe signingKey.withPointer { signing in
            let made = unsafe seed.withPointer { unsafe crypto_sign_seed_keypair(&publicKey, signing, $0) }
            let turned = unsafe x25519.withPointer { scalar in
                unsafe crypto_sign_ed25519_sk_to_curve25519(scalar, signing)
            }
            let known = unsafe crypto_sign_ed25519_pk_to_curve25519(&converted, publicKey)
            precondition(made == 0 && turned == 0 && known == 0, "libsodium made no key of a seed")
        }
        seed.wipe()
        self.signingKey = signingKey
        keyPair = X25519KeyPair(secret: x25519, publicKey: converted)
        publicIdentity = PublicIdentity(made: publicKey, x25519: converted)
    }

    private static let areaLength = Int(crypto_sign_SECRETKEYBYTES + crypto_scalarmult_SCALARBYTES)

    /// The identity that belongs to a seed.
    ///
    /// - Parameter seed: 32 secret bytes; the caller's array stays unwiped, so read it in and let it go.
    /// - Throws: ``SodiumError/invalidSeedLength(_:)``.
    package convenience init(seed: [UInt8]) throws(SodiumError) {
        guard seed.count == Self.seedLength else { throw .invalidSeedLength(seed.count) }
        self.init { $0.assign(copying: seed) }
    }

    /// A new identity from the kernel's entropy.
    package static func generate() -> SecretIdentity {
        SecretIdentity { secret in
            var generator = SodiumGenerator()
            secret.fill(using: &generator)
        }
    }

    /// The seed in the open, 32 bytes, for the key file and nothing else.
    package func exportedSeed() -> [UInt8] {
        var seed = [UInt8](repeating: 0, count: Self.seedLength)
        // SAFETY: the seed holds 32 bytes and the signing key 64.
        unsafe signingKey.withPointer { signing in
            _ = unsafe crypto_sign_ed25519_sk_to_seed(&seed, signing)
        }
        return seed
    }

    /// 64 bytes of Ed25519 signature over `message`; the same message gives the same signature.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Self.signatureLength)
        // SAFETY: the signature holds 64 bytes, the key 64, and the message's length is passed.
        let code = unsafe signingKey.withPointer { key in
            unsafe crypto_sign_detached(&signature, nil, message, UInt64(message.count), key)
        }
        precondition(code == 0, "crypto_sign_detached returned \(code)")
        return signature
    }
}

extension SecretIdentity: CustomStringConvertible {
    /// The public half; nothing secret is ever described.
    package var description: String { "SecretIdentity(\(publicIdentity.text))" }
}
