import Foundation
import SecureChannel
import Sodium
import Testing

@Suite struct NoiseVectorTests {
    /// One vector of the Noise community's format; `messages` alternate from the initiator.
    struct Vector: Decodable, Sendable {
        struct Message: Decodable, Sendable {
            let payload: String
            let ciphertext: String
        }
        let protocol_name: String?
        let name: String?
        let init_prologue: String
        let init_static: String?
        let init_ephemeral: String
        let init_remote_static: String?
        let resp_prologue: String
        let resp_static: String?
        let resp_ephemeral: String?
        let handshake_hash: String?
        let messages: [Message]
    }

    private struct CommittedFile: Decodable {
        struct Source: Decodable {
            let source: String
            let licence: String
            let vectors: [Vector]
        }
        let sources: [Source]
    }

    private struct SharedFile: Decodable {
        let vectors: [Vector]
    }

    @Test func `the committed vectors of three implementations pass in both roles`() throws {
        let file = try JSONDecoder().decode(CommittedFile.self, from: committedVectors("noise-ik.json"))
        #expect(file.sources.map(\.vectors.count) == [1, 1, 1])
        for vector in file.sources.flatMap(\.vectors) { try check(vector) }
    }

    @Test(arguments: ["cacophony", "snow", "c-basic"])
    func `every IK vector of the whole published files passes`(source: String) throws {
        guard let data = sharedVectors("noise-\(source)-25519-chachapoly-blake2b.json") else { return }
        let vectors = try JSONDecoder().decode(SharedFile.self, from: data).vectors
        let ours = vectors.filter { ($0.protocol_name ?? $0.name) == HandshakeState.protocolName }
        #expect(!ours.isEmpty)
        for vector in ours { try check(vector) }
    }

    private func check(_ vector: Vector) throws {
        var initiatorEphemeral = ReplayingGenerator(hexBytes(vector.init_ephemeral))
        var responderEphemeral = ReplayingGenerator(hexBytes(try #require(vector.resp_ephemeral)))
        let initiatorKey = X25519KeyPair(secret: secretBytes(hexBytes(try #require(vector.init_static))))
        let responderKey = X25519KeyPair(secret: secretBytes(hexBytes(try #require(vector.resp_static))))
        #expect(responderKey.publicKey == hexBytes(try #require(vector.init_remote_static)))
        var initiator = HandshakeState(
            initiator: initiatorKey, remoteStatic: responderKey.publicKey,
            prologue: hexBytes(vector.init_prologue), using: &initiatorEphemeral)
        var responder = HandshakeState(
            responder: responderKey, prologue: hexBytes(vector.resp_prologue), using: &responderEphemeral)

        let first = try initiator.write(payload: hexBytes(vector.messages[0].payload))
        #expect(first == hexBytes(vector.messages[0].ciphertext))
        #expect(try responder.read(first) == hexBytes(vector.messages[0].payload))
        let second = try responder.write(payload: hexBytes(vector.messages[1].payload))
        #expect(second == hexBytes(vector.messages[1].ciphertext))
        #expect(try initiator.read(second) == hexBytes(vector.messages[1].payload))
        let caller = responder.remoteStatic
        #expect(caller == initiatorKey.publicKey)

        var left = try initiator.finish()
        var right = try responder.finish()
        #expect(left.handshakeHash == right.handshakeHash)
        if let hash = vector.handshake_hash { #expect(left.handshakeHash == hexBytes(hash)) }
        for (index, message) in vector.messages.enumerated().dropFirst(2) {
            let payload = hexBytes(message.payload)
            var buffer = payload + [UInt8](repeating: 0, count: ChaChaPoly.tagLength)
            let range: Range<Int>
            if index.isMultiple(of: 2) {
                try left.sending.seal(&buffer, plaintext: 0..<payload.count)
                #expect(buffer == hexBytes(message.ciphertext))
                range = try right.receiving.open(&buffer, ciphertext: 0..<buffer.count)
            } else {
                try right.sending.seal(&buffer, plaintext: 0..<payload.count)
                #expect(buffer == hexBytes(message.ciphertext))
                range = try left.receiving.open(&buffer, ciphertext: 0..<buffer.count)
            }
            #expect(Array(buffer[range]) == payload)
        }
    }
}
