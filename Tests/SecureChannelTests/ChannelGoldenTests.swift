import SecureChannel
import Sodium
import Testing

/// The bytes of the channel, written by hand from the docstrings: who changes one changes the version too.
@Suite struct ChannelGoldenTests {
    private static let key: [UInt8] = Array(1...32)

    private func session() -> ChannelSession {
        ChannelSession(
            HandshakeResult(
                sending: CipherState(key: secretBytes(Self.key)),
                receiving: CipherState(key: secretBytes(Self.key)), handshakeHash: []), messageLimit: 100)
    }

    private func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The length field and the plaintext of each record of a stream.
    private func records(_ stream: [UInt8]) throws -> [String] {
        var opening = CipherState(key: secretBytes(Self.key))
        var buffer = stream
        var result: [String] = []
        var start = 0
        while start < buffer.count {
            let end = start + 2 + Int(buffer[start]) << 8 + Int(buffer[start + 1])
            let length = hex(buffer[start..<(start + 2)])
            let plaintext = try opening.open(&buffer, ciphertext: (start + 2)..<end)
            result.append(length + " " + hex(buffer[plaintext]))
            start = end
        }
        return result
    }

    /// Length u16 big-endian; then type, flags, reserved u16, message id u32, offset u32, little-endian, and the body.
    @Test func `HELLO, the fragments of a message and BYE have their golden bytes`() throws {
        var session = session()
        var stream = session.sealHello(sessionIdentifier: [UInt8](repeating: 9, count: 16))
        stream += session.seal([0xaa, 0xbb])
        stream += session.seal([])
        stream += session.sealBye()
        let nines = String(repeating: "09", count: 16)
        let expected = [
            ["002e ", "01", "01", "0000", "00000000", "00000000", "0100", nines],
            ["001e ", "02", "01", "0000", "00000000", "00000000", "aabb"],
            ["001c ", "02", "01", "0000", "01000000", "00000000"],
            ["001c ", "03", "01", "0000", "00000000", "00000000"],
        ]
        #expect(try records(stream) == expected.map { $0.joined() })
    }

    @Test func `a message longer than a record goes on at its offset`() throws {
        var session = ChannelSession(
            HandshakeResult(
                sending: CipherState(key: secretBytes(Self.key)),
                receiving: CipherState(key: secretBytes(Self.key)), handshakeHash: []),
            messageLimit: 1 << 20)
        let found = try records(session.seal([UInt8](repeating: 0x11, count: 65_508)))
        #expect(found.count == 2)
        #expect(found[0].hasPrefix("ffff 0200" + "0000" + "00000000" + "00000000"))
        #expect(found[1] == "001d 0201" + "0000" + "00000000" + "e3ff0000" + "11")
    }

    /// u16 length, then 32 (e) + 48 (s) + 48 (payload) bytes; back 32 (e) + 48 (payload).
    @Test func `the handshake messages have one legal length each`() {
        #expect(ChannelMachine.firstLength == 128)
        #expect(ChannelMachine.secondLength == 80)
        let fixture = ChannelFixture()
        var dialling = fixture.initiator()
        var listening = fixture.responder()
        let first = dialling.start().written
        #expect(first.count == 130 && hex(first.prefix(2)) == "0080")
        let second = listening.receive(first).written
        #expect(second.count == 82 && hex(second.prefix(2)) == "0050")
        #expect(dialling.receive(second).written.count == 2 + 46)
    }
}
