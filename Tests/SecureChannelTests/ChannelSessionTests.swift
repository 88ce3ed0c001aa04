import Sodium
import Testing

@testable import SecureChannel

/// Sessions against a member that holds the keys and breaks the rules.
@Suite struct ChannelSessionTests {
    private static let sendingKey: [UInt8] = Array(1...32)
    private static let receivingKey: [UInt8] = Array(33...64)
    private static let hello: [UInt8] = [1, 0] + [UInt8](repeating: 9, count: 16)
    private static let helloHeader = header(type: 1, flags: 1)

    private func session(messageLimit: Int = 100) -> ChannelSession {
        ChannelSession(
            HandshakeResult(
                sending: CipherState(key: secretBytes(Self.receivingKey)),
                receiving: CipherState(key: secretBytes(Self.sendingKey)), handshakeHash: []),
            messageLimit: messageLimit)
    }

    private static func header(
        type: UInt8, flags: UInt8, reserved: UInt8 = 0, identifier: UInt8 = 0, offset: UInt8 = 0
    ) -> [UInt8] {
        [type, flags, reserved, 0, identifier, 0, 0, 0, offset, 0, 0, 0]
    }

    /// What a session makes of these plaintexts, each sealed as one record.
    private func outcome(
        of plaintexts: [[UInt8]], messageLimit: Int = 100
    ) throws -> (events: [ChannelEvent], fault: ChannelFault?) {
        var sending = CipherState(key: secretBytes(Self.sendingKey))
        var stream: [UInt8] = []
        for plaintext in plaintexts {
            var record = plaintext + [UInt8](repeating: 0, count: 16)
            try sending.seal(&record, plaintext: 0..<plaintext.count)
            stream += [UInt8(record.count >> 8), UInt8(record.count & 0xff)] + record
        }
        var receiver = session(messageLimit: messageLimit)
        var events: [ChannelEvent] = []
        do throws(ChannelFault) {
            try receiver.open(stream, into: &events)
            return (events, nil)
        } catch {
            return (events, error)
        }
    }

    private func fault(after plaintexts: [[UInt8]]) throws -> ChannelFault? {
        try outcome(of: [Self.helloHeader + Self.hello] + plaintexts).fault
    }

    @Test func `fragments in order make one message`() throws {
        let result = try outcome(of: [
            Self.helloHeader + Self.hello,
            Self.header(type: 2, flags: 0) + [1, 2], Self.header(type: 2, flags: 0, offset: 2) + [3],
            Self.header(type: 2, flags: 1, offset: 3), Self.header(type: 2, flags: 1, identifier: 1) + [4],
            Self.header(type: 3, flags: 1),
        ])
        #expect(result.fault == nil)
        #expect(
            result.events == [
                .hello(sessionIdentifier: [UInt8](repeating: 9, count: 16)), .message([1, 2, 3]),
                .message([4]), .bye,
            ])
    }

    @Test func `the first record must be HELLO, and only the first`() throws {
        #expect(try outcome(of: [Self.header(type: 2, flags: 1)]).fault == .helloOrder(recordType: 2))
        #expect(try outcome(of: [Self.header(type: 3, flags: 1)]).fault == .helloOrder(recordType: 3))
        #expect(try fault(after: [Self.helloHeader + Self.hello]) == .helloOrder(recordType: 1))
    }

    @Test func `HELLO of another version or length is refused`() throws {
        let version2 = [2, 0] + Self.hello.dropFirst(2)
        for body in [Array(version2), Array(Self.hello.dropLast()), Self.hello + [0], []] {
            #expect(try outcome(of: [Self.helloHeader + body]).fault == .helloRejected)
        }
    }

    @Test func `fragments with a hole, an overlap or of another message are refused`() throws {
        let first = Self.header(type: 2, flags: 0) + [1, 2]
        #expect(
            try fault(after: [first, Self.header(type: 2, flags: 1, offset: 3) + [4]])
                == .recordHeader(.offset, value: 3, expected: 2))
        #expect(
            try fault(after: [first, Self.header(type: 2, flags: 1, offset: 1) + [4]])
                == .recordHeader(.offset, value: 1, expected: 2))
        #expect(try fault(after: [first, first]) == .recordHeader(.offset, value: 0, expected: 2))
        #expect(
            try fault(after: [first, Self.header(type: 2, flags: 1, identifier: 1, offset: 2) + [4]])
                == .recordHeader(.messageIdentifier, value: 1, expected: 0))
        #expect(
            try fault(after: [Self.header(type: 2, flags: 0)])
                == .recordHeader(.bodyLength, value: 0, expected: 1))
    }

    @Test func `a message beyond the limit is refused as soon as it passes it`() throws {
        let half = [UInt8](repeating: 1, count: 60)
        let over = try fault(after: [
            Self.header(type: 2, flags: 0) + half, Self.header(type: 2, flags: 0, offset: 60) + half,
        ])
        #expect(over == .messageOverLimit(length: 120, limit: 100))
        #expect(
            try fault(after: [Self.header(type: 2, flags: 1) + [UInt8](repeating: 1, count: 101)])
                == .recordLength(129))
    }

    @Test func `unknown types, flags and reserved bits are refused`() throws {
        #expect(try fault(after: [Self.header(type: 0, flags: 1)]) == .recordType(0))
        #expect(try fault(after: [Self.header(type: 4, flags: 1)]) == .recordType(4))
        #expect(
            try fault(after: [Self.header(type: 2, flags: 2)])
                == .recordHeader(.flags, value: 2, expected: 1))
        #expect(
            try fault(after: [Self.header(type: 2, flags: 1, reserved: 1)])
                == .recordHeader(.reserved, value: 1, expected: 0))
    }

    @Test func `HELLO and BYE have one legal header`() throws {
        #expect(
            try fault(after: [Self.header(type: 3, flags: 0)])
                == .recordHeader(.flags, value: 0, expected: 1))
        #expect(
            try fault(after: [Self.header(type: 3, flags: 1, identifier: 1)])
                == .recordHeader(.messageIdentifier, value: 1, expected: 0))
        #expect(
            try fault(after: [Self.header(type: 3, flags: 1, offset: 1)])
                == .recordHeader(.offset, value: 1, expected: 0))
        #expect(
            try fault(after: [Self.header(type: 3, flags: 1) + [1]])
                == .recordHeader(.bodyLength, value: 1, expected: 0))
    }

    @Test func `BYE inside a message is truncation, and nothing after BYE is read`() throws {
        let begun = Self.header(type: 2, flags: 0) + [1, 2]
        let bye = Self.header(type: 3, flags: 1)
        #expect(try fault(after: [begun, bye]) == .byeInsideMessage(received: 2))
        let after = try outcome(of: [Self.helloHeader + Self.hello, bye, Self.header(type: 9, flags: 9)])
        #expect(after.fault == nil && after.events.last == .bye)
    }

    @Test func `what comes after BYE is not read`() throws {
        var receiver = session()
        var events: [ChannelEvent] = []
        var sending = CipherState(key: secretBytes(Self.sendingKey))
        for plaintext in [Self.helloHeader + Self.hello, Self.header(type: 3, flags: 1)] {
            var record = plaintext + [UInt8](repeating: 0, count: 16)
            try sending.seal(&record, plaintext: 0..<plaintext.count)
            try receiver.open([UInt8(record.count >> 8), UInt8(record.count & 0xff)] + record, into: &events)
        }
        #expect(events.last == .bye)
        let count = events.count
        try receiver.open([0xff, 0xff, 1, 2, 3], into: &events)
        #expect(events.count == count)
    }

    @Test func `a header cut short is no header`() {
        #expect(throws: ChannelFault.recordLength(5 + 16)) {
            try RecordHeader([UInt8](repeating: 0, count: 40), at: 0..<5)
        }
    }

    @Test func `a session opens nothing after a fault`() {
        var receiver = session()
        var events: [ChannelEvent] = []
        #expect(throws: ChannelFault.recordLength(3)) { try receiver.open([0, 3], into: &events) }
        #expect(throws: ChannelFault.recordLength(3)) { try receiver.open([], into: &events) }
        #expect(events.isEmpty)
    }

    @Test func `what is sealed is the same bytes for ever`() {
        var sender = session()
        let hello = sender.sealHello(sessionIdentifier: [UInt8](repeating: 9, count: 16))
        let message = sender.seal([1, 2, 3])
        let bye = sender.sealBye()
        #expect(BLAKE2b.hash256(hello + message + bye) == hexBytes(Self.goldenHash))
    }

    /// Python: `ChaCha20Poly1305` of the package `cryptography` over the three plaintexts, framed and hashed.
    private static let goldenHash = "7b2b140342437527610ce3a53c8539823dfdeeda8db4a00c2e27f18d1e32fd25"
}
