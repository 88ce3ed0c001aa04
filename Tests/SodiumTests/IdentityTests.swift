import Sodium
import Testing

@Suite struct IdentityTests {
    /// RFC 8032, section 7.1, test 2.
    private let seed = hexBytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    private let publicKey = hexBytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    private let signature = hexBytes(
        """
        92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
        085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
        """)

    @Test func `a seed gives the key and the signature of RFC 8032`() throws {
        let identity = try SecretIdentity(seed: seed)
        #expect(identity.publicIdentity.bytes == publicKey)
        #expect(identity.sign([0x72]) == signature)
        #expect(identity.exportedSeed() == seed)
        #expect(verify(signature: signature, message: [0x72], by: identity.publicIdentity))
    }

    @Test func `a signature over other bytes, by another or of another length is refused`() throws {
        let identity = try SecretIdentity(seed: seed)
        let other = SecretIdentity.generate()
        #expect(!verify(signature: signature, message: [0x73], by: identity.publicIdentity))
        #expect(!verify(signature: signature, message: [0x72], by: other.publicIdentity))
        #expect(!verify(signature: signature.dropLast(), message: [0x72], by: identity.publicIdentity))
        #expect(!verify(signature: [], message: [0x72], by: identity.publicIdentity))
    }

    @Test func `the text form is fixed and read back`() throws {
        let identity = try PublicIdentity(bytes: publicKey)
        #expect(identity.text == "cd1hvabpq7iioevvevxbktu2g36xsojqlgpf3cjndgazvk7ckxumygfpiv2")
        #expect(PublicIdentity(text: identity.text) == identity)
    }

    @Test func `every single wrong character of the text form is found`() throws {
        let text = Array(try PublicIdentity(bytes: publicKey).text)
        for index in text.indices {
            var wrong = text
            wrong[index] = wrong[index] == "q" ? "z" : "q"
            #expect(PublicIdentity(text: String(wrong)) == nil, "position \(index)")
            wrong.remove(at: index)
            #expect(PublicIdentity(text: String(wrong)) == nil, "without position \(index)")
        }
        #expect(PublicIdentity(text: String(text).uppercased()) == nil)
        #expect(PublicIdentity(text: String(text) + "a") == nil)
        #expect(PublicIdentity(text: "") == nil)
    }

    @Test(arguments: [
        "", "00", "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0200000000000000000000000000000000000000000000000000000000000000",
    ])
    func `bytes that are no key are refused`(hex: String) {
        let bytes = hexBytes(hex)
        #expect(throws: SodiumError.invalidPublicKey(byteCount: bytes.count)) {
            try PublicIdentity(bytes: bytes)
        }
    }

    @Test func `identities are ordered by their bytes`() {
        let sorted = (0..<8).map { _ in SecretIdentity.generate().publicIdentity }.sorted()
        for (low, high) in zip(sorted, sorted.dropFirst()) {
            #expect(low < high && !(high < low) && low != high)
            #expect(low.bytes.lexicographicallyPrecedes(high.bytes))
        }
    }

    @Test func `equal keys are one identity`() throws {
        let twice = [try PublicIdentity(bytes: publicKey), try PublicIdentity(bytes: publicKey)]
        #expect(twice[0] == twice[1] && Set(twice).count == 1)
        #expect("\(twice[0])" == twice[0].text)
    }

    @Test func `a seed of another length is refused and no description holds a secret`() throws {
        #expect(throws: SodiumError.invalidSeedLength(31)) {
            try SecretIdentity(seed: Array(seed.dropLast()))
        }
        let identity = try SecretIdentity(seed: seed)
        #expect("\(identity)" == "SecretIdentity(\(identity.publicIdentity.text))")
        #expect(identity.publicIdentity.x25519.count == 32)
    }
}

/// The bytes of a hexadecimal string of even length.
func hexBytes(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}
