import CSodium

/// HKDF over HMAC-BLAKE2b-512, as Noise revision 34, section 4.3, has it.
///
/// HMAC is built by hand over unkeyed BLAKE2b (RFC 2104, block 128): neither the keyed mode of BLAKE2b nor
/// `crypto_auth` gives these bytes.
package enum NoiseKeyDerivation {
    /// The bytes of a hash, a chaining key and an output.
    package static let hashLength = 64

    /// Two outputs of HKDF.
    ///
    /// - Parameters:
    ///   - chainingKey: 64 bytes.
    ///   - input: the key material, at most 64 bytes; nil stands for none.
    ///   - first: takes the first bytes of output 1; may be `chainingKey` itself.
    ///   - second: takes the first bytes of output 2.
    package static func derive(
        chainingKey: SecretBytes, input: SecretBytes?, first: SecretBytes, second: SecretBytes
    ) {
        let counts = (chainingKey.count, input?.count ?? 0, first.count, second.count)
        precondition(
            counts.0 == hashLength && counts.1 <= hashLength && counts.2 <= hashLength
                && counts.3 <= hashLength, "secrets of \(counts) bytes")
        SodiumLibrary.requireReady()
        // SAFETY: the scratch area is cut into disjoint pieces of the lengths that `hmac` documents: three keys
        // or outputs of 64, a message of at most 65, and HMAC's own block; all of it is wiped at the end.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 512) { scratch in
            guard let start = scratch.baseAddress else { return }
            let (temporaryKey, output) = unsafe (start, start + 64)
            let (message, work) = unsafe (start + 128, start + 256)
            unsafe chainingKey.withPointer { key in
                if let input {
                    unsafe input.withPointer { unsafe message.update(from: $0, count: input.count) }
                }
                unsafe hmac(key: key, message: message, count: counts.1, work: work, output: temporaryKey)
            }
            unsafe message.pointee = 1
            unsafe hmac(key: temporaryKey, message: message, count: 1, work: work, output: output)
            unsafe first.withPointer { unsafe $0.update(from: output, count: first.count) }
            unsafe message.update(from: output, count: hashLength)
            unsafe message[hashLength] = 2
            unsafe hmac(
                key: temporaryKey, message: message, count: hashLength + 1, work: work, output: output)
            unsafe second.withPointer { unsafe $0.update(from: output, count: second.count) }
            unsafe sodium_memzero(start, scratch.count)
        }
    }

    /// HMAC-BLAKE2b-512 of a short message.
    ///
    /// - Parameters:
    ///   - key: 64 bytes.
    ///   - message: `count` bytes, at most 65.
    ///   - work: 256 bytes, disjoint from all others.
    ///   - output: 64 bytes, may be the key.
    private static func hmac(
        key: UnsafeMutablePointer<UInt8>, message: UnsafeMutablePointer<UInt8>, count: Int,
        work: UnsafeMutablePointer<UInt8>, output: UnsafeMutablePointer<UInt8>
    ) {
        let block = BLAKE2b.blockLength
        let body = unsafe work + block
        // The key padded to the block, then outer pad on top of inner pad: 0x36 ^ 0x5c = 0x6a.
        for index in 0..<block {
            unsafe work[index] = (index < hashLength ? key[index] : 0) ^ 0x36
        }
        unsafe body.update(from: message, count: count)
        unsafe hash(work, count: block + count, into: body)
        for index in 0..<block { unsafe work[index] ^= 0x6a }
        unsafe hash(work, count: block + hashLength, into: output)
    }

    /// BLAKE2b-512; libsodium reads all of the input before it writes, so the output may lie inside it.
    private static func hash(
        _ input: UnsafeMutablePointer<UInt8>, count: Int, into output: UnsafeMutablePointer<UInt8>
    ) {
        let code = unsafe crypto_generichash(output, hashLength, input, UInt64(count), nil, 0)
        precondition(code == 0, "crypto_generichash returned \(code)")
    }
}
