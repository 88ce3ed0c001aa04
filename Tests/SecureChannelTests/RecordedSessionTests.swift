import SecureChannel
import Sodium
import Testing

/// What somebody gets who records whole sessions and plays them again: nothing.
@Suite struct RecordedSessionTests {
    /// Sessions, each of which gives four items that are sent again: 10,000 in all.
    private static let sessionCount = 2_500
    private static let recordsEachWay = 3

    /// Whether directives hold anything but the closing of the connection.
    private func isRefused(_ directives: [ChannelDirective]) -> Bool {
        directives.count == 1 && directives.fault != nil
    }

    @Test func `of 10,000 recorded items none is accepted again, and none is answered`() {
        let fixture = ChannelFixture()
        var accepted = 0
        var returned = 0
        var tried = 0
        func count(_ directives: [ChannelDirective]) {
            tried += 1
            accepted += isRefused(directives) ? 0 : 1
            returned += directives.written.count
        }
        for session in 0..<Self.sessionCount {
            // Two random words a session, drawn from its number.
            var dialling = fixture.initiator(seed: UInt64(2 * session + 1_000))
            var listening = fixture.responder(seed: UInt64(2 * session + 1_001))
            var there = [dialling.start().written]
            var back = [listening.receive(there[0]).written]
            there.append(dialling.receive(back[0]).written)
            back.append(listening.receive(there[1]).written)
            _ = dialling.receive(back[1])
            for number in 0..<Self.recordsEachWay {
                let body = [UInt8(number), UInt8(truncatingIfNeeded: session)]
                there.append(dialling.send(body).written)
                let arrived = listening.receive(there[2 + number])
                #expect(arrived == [.message(body)])
                back.append(listening.send(body).written)
                let answered = dialling.receive(back[2 + number])
                #expect(answered == [.message(body)])
            }
            // On a new connection of the listener, which knows the first message, and as an answer to a new call.
            var elsewhere = fixture.responder(seed: UInt64(session))
            count(elsewhere.receive(there[session % there.count]))
            var caller = fixture.initiator(seed: UInt64(session) << 32)
            _ = caller.start()
            count(caller.receive(back[session % back.count]))
            // In the session itself: an item of the same direction again, and the own one reflected.
            count(listening.receive(there[session % there.count]))
            count(dialling.receive(there[(session + 1) % there.count]))
        }
        #expect(tried == 10_000 && accepted == 0 && returned == 0)
    }

    @Test func `a whole recorded stream played again ends at its first message`() {
        let fixture = ChannelFixture()
        var dialling = fixture.initiator(seed: 77)
        var listening = fixture.responder(seed: 78)
        let first = dialling.start().written
        let hello = dialling.receive(listening.receive(first).written).written
        _ = dialling.receive(listening.receive(hello).written)
        let stream = first + hello + dialling.send([1, 2, 3]).written + dialling.close().written
        var again = fixture.responder(seed: 79)
        #expect(again.receive(stream) == [.drop(.replayedHandshake)])
    }
}
