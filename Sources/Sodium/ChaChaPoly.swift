import CSodium

/// ChaCha20-Poly1305 with a 12-byte nonce (RFC 8439).
package enum ChaChaPoly {
    /// The bytes of a key.
    package static let keyLength = 32
    /// The bytes of a nonce.
    package static let nonceLength = 12
    /// The bytes of the tag behind every ciphertext.
    package static let tagLength = 16

    /// Turns plaintext into ciphertext and tag, in place.
    ///
    /// - Parameters:
    ///   - buffer: holds the plaintext in `range` and 16 bytes of room behind it.
    ///   - range: where the plaintext lies.
    ///   - key: 32 bytes.
    ///   - nonce: 12 bytes, never the same twice under one key.
    ///   - associatedData: authenticated, not sent.
    package static func seal(
        _ buffer: inout [UInt8], plaintext range: Range<Int>, key: SecretBytes, nonce: [UInt8],
        associatedData: [UInt8] = []
    ) {
        precondition(
            isReady(key, nonce) && range.lowerBound >= 0 && range.upperBound + tagLength <= buffer.count,
            "plaintext at \(range) in \(buffer.count) bytes, a key of \(key.count), a nonce of \(nonce.count)"
        )
        // SAFETY: plaintext and tag lie inside the buffer as checked; the cipher allows input and output to be
        // the same place; the nonce is 12 bytes; lengths of key and associated data are checked or passed.
        let code = unsafe buffer.withUnsafeMutableBufferPointer { memory in
            guard let start = memory.baseAddress else { return CInt(-1) }
            let place = unsafe start + range.lowerBound
            return unsafe key.withPointer { secret in
                unsafe crypto_aead_chacha20poly1305_ietf_encrypt(
                    place, nil, place, UInt64(range.count), associatedData, UInt64(associatedData.count),
                    nil, nonce, secret)
            }
        }
        precondition(code == 0, "crypto_aead_chacha20poly1305_ietf_encrypt returned \(code)")
    }

    /// Turns ciphertext and tag into plaintext, in place: it starts where the ciphertext did.
    ///
    /// - Parameters:
    ///   - buffer: holds ciphertext and tag in `range`.
    ///   - range: at least 16 bytes.
    /// - Returns: where the plaintext lies.
    /// - Throws: ``SodiumError/authenticationFailed``; the bytes in `range` mean nothing then.
    package static func open(
        _ buffer: inout [UInt8], ciphertext range: Range<Int>, key: SecretBytes, nonce: [UInt8],
        associatedData: [UInt8] = []
    ) throws(SodiumError) -> Range<Int> {
        precondition(
            isReady(key, nonce) && range.lowerBound >= 0 && range.upperBound <= buffer.count,
            "ciphertext at \(range) in \(buffer.count) bytes, a key of \(key.count), a nonce of \(nonce.count)"
        )
        guard range.count >= tagLength else { throw .authenticationFailed }
        // SAFETY: as in `seal`; the plaintext is 16 bytes shorter than the range it is written to.
        let code = unsafe buffer.withUnsafeMutableBufferPointer { memory in
            guard let start = memory.baseAddress else { return CInt(-1) }
            let place = unsafe start + range.lowerBound
            return unsafe key.withPointer { secret in
                unsafe crypto_aead_chacha20poly1305_ietf_decrypt(
                    place, nil, nil, place, UInt64(range.count), associatedData,
                    UInt64(associatedData.count), nonce, secret)
            }
        }
        guard code == 0 else { throw .authenticationFailed }
        return range.lowerBound..<(range.upperBound - tagLength)
    }

    /// Replaces a key by the first 32 bytes of ENCRYPT(k, 2^64 − 1, nothing, 32 zero bytes).
    ///
    /// Noise revision 34, section 11.3. The old key is gone afterwards.
    package static func rekey(_ key: SecretBytes) {
        precondition(key.count == keyLength, "a key of \(key.count) bytes")
        let last = nonce(counter: .max)
        let zeros = [UInt8](repeating: 0, count: keyLength)
        // SAFETY: the output area holds the 48 bytes of ciphertext and tag, and is wiped before it is left.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: keyLength + tagLength) { output in
            guard let start = output.baseAddress else { return }
            unsafe key.withPointer { secret in
                _ = unsafe crypto_aead_chacha20poly1305_ietf_encrypt(
                    start, nil, zeros, UInt64(zeros.count), nil, 0, nil, last, secret)
                unsafe secret.update(from: start, count: keyLength)
            }
            unsafe sodium_memzero(start, output.count)
        }
    }

    /// A nonce as Noise has it: four zero bytes, then the counter, little-endian.
    package static func nonce(counter: UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: nonceLength)
        for index in 0..<8 {
            bytes[4 + index] = UInt8(truncatingIfNeeded: counter >> UInt64(8 * index))
        }
        return bytes
    }

    private static func isReady(_ key: SecretBytes, _ nonce: [UInt8]) -> Bool {
        key.count == keyLength && nonce.count == nonceLength
    }
}
