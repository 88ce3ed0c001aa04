import Sodium
import Testing

@Suite struct HashTests {
    @Test func `BLAKE2b-512 of abc is that of RFC 7693`() {
        #expect(
            BLAKE2b.hash512(Array("abc".utf8))
                == hexBytes(
                    """
                    ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1\
                    7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923
                    """))
    }

    /// Python: `hashlib.blake2b(b"abc", digest_size=32)` and the same with `key=bytes(range(32))`.
    @Test func `32-byte hashes with and without a key are those of another implementation`() {
        #expect(
            BLAKE2b.hash256(Array("abc".utf8))
                == hexBytes("bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"))
        #expect(
            BLAKE2b.keyed256(key: Array(0..<32), Array("abc".utf8))
                == hexBytes("d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f"))
    }

    @Test func `an empty message has a hash`() {
        #expect(
            BLAKE2b.hash256([])
                == hexBytes("0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"))
    }

    /// RFC 8439, appendix A.1, test vector 1: zero key, zero nonce, block 0.
    @Test func `the ChaCha20 stream under the zero nonce starts at block 0`() {
        let words = ChaCha20.keystream(key: [UInt8](repeating: 0, count: 32), wordCount: 3)
        #expect(words == [0x903d_f1a0_ade0_b876, 0x28bd_8653_e56a_5d40, 0x1aed_8da0_b819_d2bd])
    }

    @Test func `a longer stream begins like the shorter one`() {
        let key = BLAKE2b.hash256([1])
        let long = ChaCha20.keystream(key: key, wordCount: 1000)
        #expect(Array(long.prefix(17)) == ChaCha20.keystream(key: key, wordCount: 17))
        #expect(ChaCha20.keystream(key: key, wordCount: 0).isEmpty)
        #expect(long != ChaCha20.keystream(key: BLAKE2b.hash256([2]), wordCount: 1000))
    }

    @Test func `comparison in constant time is equality`() {
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
        #expect(constantTimeEqual([], []))
    }

    @Test func `the generator does not repeat itself, copied or not`() {
        var generator = SodiumGenerator()
        var copy = generator
        let words = (0..<64).map { _ in generator.next() } + (0..<64).map { _ in copy.next() }
        #expect(Set(words).count == 128)
    }
}
