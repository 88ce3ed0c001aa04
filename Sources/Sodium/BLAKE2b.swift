import CSodium

/// BLAKE2b (RFC 7693), unkeyed and keyed, over a whole message.
package enum BLAKE2b {
    /// The bytes of one compression block; what HMAC pads to.
    static let blockLength = 128

    /// 32 bytes of hash.
    package static func hash256(_ message: [UInt8]) -> [UInt8] {
        hash(message, key: [], count: 32)
    }

    /// 64 bytes of hash.
    package static func hash512(_ message: [UInt8]) -> [UInt8] {
        hash(message, key: [], count: 64)
    }

    /// 32 bytes of keyed hash.
    ///
    /// A label `collabdict/<purpose>/v1` in the message keeps derivations apart; the caller puts it there.
    ///
    /// - Parameter key: 16…64 bytes.
    package static func keyed256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        precondition(
            key.count >= Int(crypto_generichash_KEYBYTES_MIN)
                && key.count <= Int(crypto_generichash_KEYBYTES_MAX), "a BLAKE2b key of \(key.count) bytes")
        return hash(message, key: key, count: 32)
    }

    private static func hash(_ message: [UInt8], key: [UInt8], count: Int) -> [UInt8] {
        SodiumLibrary.requireReady()
        var output = [UInt8](repeating: 0, count: count)
        // SAFETY: each array has the length passed beside it, and libsodium keeps no pointer after the call.
        let code = unsafe crypto_generichash(
            &output, count, message, UInt64(message.count), key, key.count)
        precondition(code == 0, "crypto_generichash returned \(code)")
        return output
    }
}
