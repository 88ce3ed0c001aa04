import Foundation
import Sodium
import Testing

@testable import SecureChannel

@Suite struct HandshakeStateTests {
    private let prologue: [UInt8] = [1, 2, 3]
    private let caller = X25519KeyPair(secret: secretBytes(Array(1...32)))
    private let called = X25519KeyPair(secret: secretBytes(Array(33...64)))

    private func initiator(_ key: X25519KeyPair? = nil, remote: [UInt8]? = nil) -> HandshakeState {
        var generator = TestGenerator(seed: 1)
        return HandshakeState(
            initiator: key ?? caller, remoteStatic: remote ?? called.publicKey, prologue: prologue,
            using: &generator)
    }

    private func responder() -> HandshakeState {
        var generator = TestGenerator(seed: 2)
        return HandshakeState(responder: called, prologue: prologue, using: &generator)
    }

    @Test func `nothing is encrypted or decrypted before the first key`() {
        let area = SecretArea(capacity: NoiseSymmetricState.secretCount)
        var state = NoiseSymmetricState(protocolName: "a name", area: area)
        #expect(throws: ChannelFault.handshakeOrder) { try state.encryptAndHash([1]) }
        #expect(throws: ChannelFault.handshakeOrder) {
            try state.decryptAndHash([UInt8](repeating: 0, count: 16))
        }
    }

    @Test func `a step out of order is refused and the state is dead afterwards`() throws {
        var early = responder()
        #expect(throws: ChannelFault.handshakeOrder) { try early.write(payload: []) }
        var dialling = initiator()
        let first = try dialling.write(payload: [])
        #expect(throws: ChannelFault.handshakeOrder) { try early.read(first) }
        #expect(throws: ChannelFault.handshakeOrder) { try dialling.write(payload: []) }
    }

    @Test func `a finished state serves no second handshake`() throws {
        var dialling = initiator()
        var listening = responder()
        let first = try dialling.write(payload: [])
        _ = try listening.read(first)
        let second = try listening.write(payload: [])
        #expect(throws: ChannelFault.handshakeOrder) { try listening.read(first) }
        _ = try dialling.read(second)
        #expect(throws: ChannelFault.handshakeOrder) { try dialling.read(second) }
    }

    @Test func `no ciphers come out of an unfinished or failed handshake`() throws {
        #expect(finishFault(of: initiator()) == .handshakeOrder)
        var dialling = initiator()
        var first = try dialling.write(payload: [])
        first[40] ^= 1
        var listening = responder()
        #expect(throws: ChannelFault.handshakeRejected) { try listening.read(first) }
        first[40] ^= 1
        #expect(throws: ChannelFault.handshakeOrder) { try listening.read(first) }
        #expect(finishFault(of: listening) == .handshakeOrder)
    }

    @Test func `the roster is asked once, before the second Diffie–Hellman, with the key as received`() throws
    {
        var dialling = initiator()
        let first = try dialling.write(payload: [])
        var listening = responder()
        var asked: [[UInt8]] = []
        #expect(throws: ChannelFault.unknownKey) {
            try listening.read(first) { key throws(ChannelFault) in
                asked.append(key)
                throw .unknownKey
            }
        }
        #expect(asked == [caller.publicKey])
    }

    @Test func `another prologue is another handshake`() throws {
        var generator = TestGenerator(seed: 1)
        var dialling = HandshakeState(
            initiator: caller, remoteStatic: called.publicKey, prologue: [1, 2, 4], using: &generator)
        let first = try dialling.write(payload: [])
        var listening = responder()
        #expect(throws: ChannelFault.handshakeRejected) { try listening.read(first) }
    }

    @Test func `messages below the least length are refused before anything is computed`() throws {
        for length in 0..<HandshakeState.firstOverhead {
            var listening = responder()
            #expect(throws: ChannelFault.handshakeLength(length: length, expected: 96)) {
                try listening.read([UInt8](repeating: 9, count: length))
            }
        }
        for length in 0..<HandshakeState.secondOverhead {
            var dialling = initiator()
            _ = try dialling.write(payload: [])
            #expect(throws: ChannelFault.handshakeLength(length: length, expected: 48)) {
                try dialling.read([UInt8](repeating: 9, count: length))
            }
        }
    }

    @Test(arguments: try zeroSharedSecretKeys())
    func `a point of small order ends the handshake wherever it stands`(key: [UInt8]) throws {
        // As the ephemeral key of message 1 and of message 2.
        var listening = responder()
        let forged = key + [UInt8](repeating: 0, count: 96)
        #expect(throws: ChannelFault.zeroSharedSecret) { try listening.read(forged) }
        var dialling = initiator()
        _ = try dialling.write(payload: [])
        let answer = key + [UInt8](repeating: 0, count: 48)
        #expect(throws: ChannelFault.zeroSharedSecret) { try dialling.read(answer) }
        // As the static key of an initiator that encrypts it well, and that the roster were to let in.
        var impostor = initiator(X25519KeyPair(secret: secretBytes(Array(65...96)), publicKey: key))
        let first = try impostor.write(payload: [])
        var deceived = responder()
        #expect(throws: ChannelFault.zeroSharedSecret) { try deceived.read(first) }
        // As the static key of the peer that is dialled.
        var misled = initiator(remote: key)
        #expect(throws: ChannelFault.zeroSharedSecret) { try misled.write(payload: []) }
    }

    @Test func `all 31 keys are there`() throws {
        #expect(try zeroSharedSecretKeys().count == 31)
    }
}

/// What ending the handshake throws.
private func finishFault(of state: consuming HandshakeState) -> ChannelFault? {
    do throws(ChannelFault) {
        _ = try state.finish()
        return nil
    } catch {
        return error
    }
}

private func zeroSharedSecretKeys() throws -> [[UInt8]] {
    struct File: Decodable {
        let publicKeys: [String]
    }
    let data = try committedVectors("x25519-zero-shared-secret.json")
    return try JSONDecoder().decode(File.self, from: data).publicKeys.map(hexBytes)
}
