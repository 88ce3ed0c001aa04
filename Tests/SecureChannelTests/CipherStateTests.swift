import SecureChannel
import Sodium
import Testing

@Suite struct CipherStateTests {
    private let key: [UInt8] = Array(1...32)

    @Test func `the last nonce is never used`() throws {
        var sealing = CipherState(key: secretBytes(key), nonce: .max - 1)
        var opening = CipherState(key: secretBytes(key), nonce: .max - 1)
        var buffer = [UInt8](repeating: 5, count: 20)
        try sealing.seal(&buffer, plaintext: 0..<4)
        #expect(try opening.open(&buffer, ciphertext: 0..<20) == 0..<4)
        let before = buffer
        #expect(throws: ChannelFault.nonceExhausted) { try sealing.seal(&buffer, plaintext: 0..<4) }
        #expect(throws: ChannelFault.nonceExhausted) { _ = try opening.open(&buffer, ciphertext: 0..<20) }
        #expect(buffer == before)
    }

    @Test func `rekeying changes the key at both ends and leaves the counter`() throws {
        var sealing = CipherState(key: secretBytes(key))
        var opening = CipherState(key: secretBytes(key))
        var stale = CipherState(key: secretBytes(key), nonce: 1)
        var buffer = [UInt8](repeating: 5, count: 20)
        try sealing.seal(&buffer, plaintext: 0..<4)
        _ = try opening.open(&buffer, ciphertext: 0..<20)
        sealing.rekey()
        opening.rekey()
        try sealing.seal(&buffer, plaintext: 0..<4)
        var copy = buffer
        let range = try opening.open(&buffer, ciphertext: 0..<20)
        let nonces = (sealing.nonce, opening.nonce)
        #expect(range == 0..<4 && buffer[..<4] == [5, 5, 5, 5] && nonces == (2, 2))
        #expect(throws: ChannelFault.recordRejected(number: 1)) {
            _ = try stale.open(&copy, ciphertext: 0..<20)
        }
    }

    @Test func `a refused ciphertext leaves the counter`() throws {
        var opening = CipherState(key: secretBytes(key))
        var buffer = [UInt8](repeating: 5, count: 20)
        #expect(throws: ChannelFault.recordRejected(number: 0)) {
            _ = try opening.open(&buffer, ciphertext: 0..<20)
        }
        let nonce = opening.nonce
        #expect(nonce == 0)
    }
}
