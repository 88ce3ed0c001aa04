import Sodium
import Testing

@Suite struct SecretBytesTests {
    private func secret(_ bytes: [UInt8]) -> SecretBytes {
        let secret = SecretArea(capacity: bytes.count).reserve(bytes.count)
        secret.assign(copying: bytes)
        return secret
    }

    /// Python: `hmac.new(…, digestmod=hashlib.blake2b)`, chained as Noise revision 34, section 4.3.
    @Test(
        arguments: [
            (
                nil,
                "03be0946afb62e33dcc2e8cb76dfad47663d284d81c0bde963f32a283dede221be2b9e3a86fa82934234d2a6ed331fb664a3e670252b9454da9ed2567b435e11",
                "8481b385940ea1ddc1e37243d34e6a00d9e35fe86844b75be2f9d084efcbf4a9"
            ),
            (
                Array(100..<132),
                "2262ed5f40c3324574d00a1e0849a7cc67fb5b6a80211c3c59404bb8e47512b1cb95e73840718c5d68ca345f934f39a52f1f31e8f6d3ed521f0664f46feddae4",
                "f6a6559fa2aaab64d3d2666b83fe3f4fed6fae1959537fedd6a39b6f8d411e61"
            ),
        ] as [([UInt8]?, String, String)])
    func `both outputs of the derivation are those of another implementation`(
        input: [UInt8]?, first: String, second: String
    ) {
        let area = SecretArea(capacity: 128)
        let outputs = (area.reserve(64), area.reserve(32))
        NoiseKeyDerivation.derive(
            chainingKey: secret(Array(0..<64)), input: input.map(secret), first: outputs.0,
            second: outputs.1)
        #expect(outputs.0.isEqual(to: secret(hexBytes(first))))
        #expect(outputs.1.isEqual(to: secret(hexBytes(second))))
    }

    @Test func `an output may replace the chaining key`() {
        let key = secret(Array(0..<64))
        let apart = (secret([UInt8](repeating: 0, count: 64)), secret([UInt8](repeating: 0, count: 64)))
        NoiseKeyDerivation.derive(chainingKey: key, input: nil, first: apart.0, second: apart.1)
        let second = secret([UInt8](repeating: 0, count: 64))
        NoiseKeyDerivation.derive(chainingKey: key, input: nil, first: key, second: second)
        #expect(key.isEqual(to: apart.0) && second.isEqual(to: apart.1))
    }

    @Test func `the next key is the first 32 bytes of zeros under the last nonce`() {
        let key = secret(Array(1...32))
        var zeros = [UInt8](repeating: 0, count: 48)
        ChaChaPoly.seal(
            &zeros, plaintext: 0..<32, key: key, nonce: ChaChaPoly.nonce(counter: .max))
        ChaChaPoly.rekey(key)
        #expect(key.isEqual(to: secret(Array(zeros.prefix(32)))))
    }

    @Test func `the nonce of a counter is four zeros and eight little-endian bytes`() {
        #expect(ChaChaPoly.nonce(counter: 0x0807_0605_0403_0201) == [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test func `wiped bytes are zero and filled bytes come from the generator`() {
        var generator = SodiumGenerator()
        let first = secret([UInt8](repeating: 0, count: 32))
        first.fill(using: &generator)
        let copy = secret([UInt8](repeating: 0, count: 32))
        #expect(!first.isEqual(to: copy))
        copy.assign(first)
        #expect(first.isEqual(to: copy))
        first.wipe()
        #expect(first.isEqual(to: secret([UInt8](repeating: 0, count: 32))))
    }

    @Test func `both ends of a key agreement find the same secret`() throws {
        let alice = SecretIdentity.generate()
        let bob = SecretIdentity.generate()
        let area = SecretArea(capacity: 64)
        let secrets = (area.reserve(32), area.reserve(32))
        try alice.keyPair.agree(with: bob.publicIdentity.x25519, into: secrets.0)
        try bob.keyPair.agree(with: alice.publicIdentity.x25519, into: secrets.1)
        #expect(secrets.0.isEqual(to: secrets.1))
        #expect(alice.keyPair.publicKey == alice.publicIdentity.x25519)
    }
}
