import Sodium
import Testing

@testable import SecureChannel

@Suite struct ChannelHandshakeTests {
    private let fixture = ChannelFixture()

    private func message1() -> [UInt8] {
        var dialling = fixture.initiator()
        return dialling.start().written
    }

    /// What a fresh responder says to these bytes.
    private func answer(to bytes: [UInt8]) -> [ChannelDirective] {
        var listening = fixture.responder()
        return listening.receive(bytes)
    }

    @Test func `two members find each other, confirm and talk`() {
        var dialling = fixture.initiator()
        var listening = fixture.responder()
        let first = dialling.start()
        #expect(first.written.count == 130 && first.count == 1)
        #expect(Array(first.written.prefix(2)) == [0, 128])
        let second = listening.receive(first.written)
        #expect(second.first == .authenticated(member: 4) && second.written.count == 82)
        let hello = dialling.receive(second.written)
        #expect(hello.first == .authenticated(member: 7) && hello.written.count == 48)
        let early = (dialling.isConfirmed, listening.isConfirmed)
        #expect(early == (false, false))
        let answer = listening.receive(hello.written)
        #expect(answer.last == .confirmed(member: 4) && answer.written.count == 48)
        #expect(dialling.receive(answer.written) == [.confirmed(member: 7)])
        let hashes = (dialling.handshakeHash, listening.handshakeHash)
        #expect(hashes.0 == hashes.1 && hashes.0?.count == 64)
        let names = (dialling.sessionIdentifier, listening.sessionIdentifier)
        #expect(names.0 == names.1 && names.0?.count == 16)
        let there = listening.receive(dialling.send([1, 2, 3]).written)
        let back = dialling.receive(listening.send([4]).written)
        #expect(there == [.message([1, 2, 3])] && back == [.message([4])])
    }

    @Test func `how the stream is cut makes no difference`() {
        var dialling = fixture.initiator()
        var listening = fixture.responder()
        var toListener = dialling.start().written
        var events: [ChannelDirective] = []
        for _ in 0..<4 {
            var toDialler: [UInt8] = []
            for byte in toListener {
                let directives = listening.receive([byte])
                toDialler += directives.written
                events += directives
            }
            toListener = toDialler.flatMap { dialling.receive([$0]).written }
        }
        let confirmed = (dialling.isConfirmed, listening.isConfirmed)
        #expect(confirmed == (true, true))
        #expect(events.contains(.confirmed(member: 4)) && events.fault == nil)
    }

    @Test func `every flipped bit of message 1 is refused without a byte in reply`() {
        let message = message1()
        for bit in 0..<(128 * 8) {
            var wrong = message
            wrong[2 + bit / 8] ^= 1 << UInt8(bit % 8)
            let directives = answer(to: wrong)
            #expect(directives.fault != nil && directives.count == 1, "bit \(bit)")
        }
        #expect(answer(to: message).written.count == 82)
    }

    @Test func `every flipped bit of message 2 is refused without a byte in reply`() {
        let reply = answer(to: message1()).written
        for bit in 0..<(80 * 8) {
            var wrong = reply
            wrong[2 + bit / 8] ^= 1 << UInt8(bit % 8)
            var dialling = fixture.initiator()
            _ = dialling.start()
            let directives = dialling.receive(wrong)
            #expect(directives.fault != nil && directives.count == 1, "bit \(bit)")
        }
        var dialling = fixture.initiator()
        _ = dialling.start()
        #expect(dialling.receive(reply).first == .authenticated(member: 7))
    }

    @Test func `every length but the legal one is refused at its second byte`() {
        let lengths = Array(0...300) + [0x8000, 0xffff]
        for length in lengths {
            let header = [UInt8(length >> 8), UInt8(length & 0xff)]
            let expected: [ChannelDirective] =
                length == 128 ? [] : [.drop(.handshakeLength(length: length, expected: 128))]
            #expect(answer(to: header) == expected)
            var dialling = fixture.initiator()
            _ = dialling.start()
            let other: [ChannelDirective] =
                length == 80 ? [] : [.drop(.handshakeLength(length: length, expected: 80))]
            #expect(dialling.receive(header) == other)
        }
    }

    @Test func `strangers, other networks and wrong addressees get silence`() {
        var unlisted = fixture.initiator(identity: fixture.stranger)
        #expect(answer(to: unlisted.start().written) == [.drop(.unknownKey)])
        var elsewhere = fixture.initiator(networkID: BLAKE2b.hash256([1]))
        #expect(answer(to: elsewhere.start().written) == [.drop(.handshakeRejected)])
        var generator = TestGenerator(seed: 5)
        var misdirected = ChannelMachine(
            initiator: fixture.dialler, peer: fixture.stranger.publicIdentity, member: 1,
            networkID: ChannelFixture.networkID, messageLimit: 1_000, using: &generator)
        #expect(answer(to: misdirected.start().written) == [.drop(.handshakeRejected)])
        #expect(answer(to: Array("GET / HTTP/1.1\r\n".utf8)).fault != nil)
        #expect(answer(to: [0x16, 0x03, 0x01, 0x02, 0x00]).fault != nil)
    }

    @Test func `whoever presents our own key is refused`() {
        var mirror = fixture.initiator(identity: fixture.listener)
        #expect(answer(to: mirror.start().written) == [.drop(.ownKey)])
    }

    @Test func `a responder fed its own reply or an initiator fed its own message gives up`() {
        var dialling = fixture.initiator()
        let first = dialling.start().written
        #expect(dialling.receive(first).fault == .handshakeLength(length: 128, expected: 80))
        var listening = fixture.responder()
        let second = listening.receive(first).written
        #expect(listening.receive(second).fault != nil)
    }

    @Test func `a payload that is not zeros is refused`() throws {
        let prologue =
            Array("CollabDict/4".utf8) + ChannelFixture.networkID + fixture.listener.publicIdentity.bytes
        var generator = TestGenerator(seed: 9)
        var state = HandshakeState(
            initiator: fixture.dialler.keyPair, remoteStatic: fixture.listener.publicIdentity.x25519,
            prologue: prologue, using: &generator)
        let message = try state.write(payload: [UInt8](repeating: 0, count: 31) + [1])
        #expect(answer(to: [0, 128] + message) == [.drop(.handshakePayload)])
    }

    @Test func `a payload that is not zeros is refused in the answer too`() throws {
        let prologue =
            Array("CollabDict/4".utf8) + ChannelFixture.networkID + fixture.listener.publicIdentity.bytes
        var generator = TestGenerator(seed: 9)
        var dialling = fixture.initiator()
        var state = HandshakeState(
            responder: fixture.listener.keyPair, prologue: prologue, using: &generator)
        _ = try state.read(Array(dialling.start().written.dropFirst(2)))
        let answer = try state.write(payload: [UInt8](repeating: 0, count: 31) + [1])
        #expect(dialling.receive([0, 80] + answer) == [.drop(.handshakePayload)])
    }

    /// Two connections bring the same first message at once: both pass the look into the cache, one of them the entry.
    @Test func `of two connections with one first message the slower is dropped`() throws {
        let ephemeral = [UInt8](repeating: 5, count: 32)
        try fixture.gate.accept(ephemeral, from: 4)
        #expect(throws: ChannelFault.replayedHandshake) { try fixture.gate.accept(ephemeral, from: 4) }
    }

    @Test func `a first message seen before is dropped, on any connection`() {
        let message = message1()
        #expect(answer(to: message).written.count == 82)
        #expect(answer(to: message) == [.drop(.replayedHandshake)])
        #expect(answer(to: message) == [.drop(.replayedHandshake)])
    }

    @Test func `a first message that was refused is not remembered`() {
        let message = message1()
        var wrong = message
        wrong[129] ^= 1
        #expect(answer(to: wrong) == [.drop(.handshakeRejected)])
        #expect(answer(to: message).written.count == 82)
    }

    @Test func `after 1,024 more handshakes a replay earns one answer that is of no use`() {
        let message = message1()
        _ = answer(to: message)
        for seed in 0..<UInt64(ReplayCache.capacity) {
            var dialling = fixture.initiator(seed: 100 + seed)
            #expect(answer(to: dialling.start().written).fault == nil)
        }
        var listening = fixture.responder()
        let reply = listening.receive(message)
        #expect(reply.written.count == 82)
        // Whoever replays does not hold the ephemeral key: no record of theirs decrypts.
        let guess = [UInt8](repeating: 0, count: 46)
        #expect(listening.receive([0, 46] + guess) == [.drop(.recordRejected(number: 0))])
    }

    @Test func `the replay cache keeps each member's last 1,024 and no more`() {
        var cache = ReplayCache()
        func key(_ number: Int) -> [UInt8] { [UInt8(number & 0xff), UInt8(number >> 8)] }
        for number in 0..<ReplayCache.capacity {
            let isNew = cache.insert(key(number), member: 1)
            #expect(isNew)
        }
        let again = cache.insert(key(5), member: 2)
        #expect(!again && cache.contains(key(0)))
        for number in 2_000..<2_010 { _ = cache.insert(key(number), member: 2) }
        #expect(cache.contains(key(0)))
        _ = cache.insert(key(3_000), member: 1)
        #expect(!cache.contains(key(0)) && cache.contains(key(1)) && cache.contains(key(3_000)))
    }

    @Test func `a fixed roster numbers its members by their place`() {
        let gate = ResponderGate(
            own: fixture.listener.publicIdentity,
            roster: [fixture.stranger, fixture.dialler].map(\.publicIdentity))
        var generator = TestGenerator(seed: 2)
        var listening = ChannelMachine(
            responder: fixture.listener, gate: gate, networkID: ChannelFixture.networkID, messageLimit: 100,
            using: &generator)
        #expect(listening.receive(message1()).first == .authenticated(member: 1))
    }

    @Test func `a point of small order as ephemeral key gets silence`() {
        let zeros = [UInt8](repeating: 0, count: 128)
        #expect(answer(to: [0, 128] + zeros) == [.drop(.zeroSharedSecret)])
        #expect(answer(to: [0, 128, 1] + zeros.dropLast()) == [.drop(.zeroSharedSecret)])
    }

    @Test func `a channel dials once`() {
        var dialling = fixture.initiator()
        #expect(dialling.start().count == 1)
        #expect(dialling.start() == [.drop(.handshakeOrder)])
        #expect(dialling.start().isEmpty)
        var listening = fixture.responder()
        #expect(listening.start().isEmpty)
    }

    @Test func `a HELLO that names another session is refused`() throws {
        var dialling = fixture.initiator()
        let prologue =
            Array("CollabDict/4".utf8) + ChannelFixture.networkID + fixture.listener.publicIdentity.bytes
        var generator = TestGenerator(seed: 9)
        var state = HandshakeState(
            responder: fixture.listener.keyPair, prologue: prologue, using: &generator)
        _ = try state.read(Array(dialling.start().written.dropFirst(2)))
        let reply = try state.write(payload: [UInt8](repeating: 0, count: 32))
        var session = ChannelSession(try state.finish(), messageLimit: 100)
        let hello = session.sealHello(sessionIdentifier: [UInt8](repeating: 1, count: 16))
        #expect(dialling.receive([0, 80] + reply + hello).fault == .helloRejected)
        let confirmed = dialling.isConfirmed
        #expect(!confirmed)
    }

    @Test func `nothing is done after a drop`() {
        var listening = fixture.responder()
        #expect(listening.receive([9, 9]).fault != nil)
        #expect(listening.receive(message1()).isEmpty)
        #expect(listening.receiveEnd().isEmpty && listening.close().isEmpty && listening.send([1]).isEmpty)
        let clean = listening.isCleanlyClosed
        #expect(!clean)
    }
}
