import CSodium

/// The ChaCha20 stream cipher (RFC 8439) as an expander of one-time keys.
package enum ChaCha20 {
    /// The bytes of a key.
    package static let keyLength = 32

    /// The keystream under the zero nonce from block 0, as little-endian words: the same at every peer.
    ///
    /// - Parameters:
    ///   - key: 32 bytes, used for this one stream and nothing else.
    ///   - wordCount: 0…2^32; the stream of one nonce ends after 256 GiB.
    package static func keystream(key: [UInt8], wordCount: Int) -> [UInt64] {
        SodiumLibrary.requireReady()
        precondition(key.count == keyLength, "a ChaCha20 key of \(key.count) bytes")
        precondition(wordCount >= 0 && wordCount <= 1 << 32, "\(wordCount) words of one keystream")
        let nonce = [UInt8](repeating: 0, count: Int(crypto_stream_chacha20_ietf_NONCEBYTES))
        var words = [UInt64](repeating: 0, count: wordCount)
        // SAFETY: the output buffer holds exactly `buffer.count` initialised bytes, key and nonce have the
        // lengths the cipher reads, and no pointer outlives the call.
        let code = unsafe words.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return CInt(0) }
            return unsafe crypto_stream_chacha20_ietf(
                start.assumingMemoryBound(to: UInt8.self), UInt64(buffer.count), nonce, key)
        }
        precondition(code == 0, "crypto_stream_chacha20_ietf returned \(code)")
        #if _endian(big)
            for index in words.indices { words[index] = words[index].byteSwapped }
        #endif
        return words
    }
}
