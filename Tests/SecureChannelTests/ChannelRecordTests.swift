import SecureChannel
import Sodium
import Testing

@Suite struct ChannelRecordTests {
    private let fixture = ChannelFixture()

    @Test(arguments: [0, 1, 28, 18_480, 65_507, 65_508, 131_014, 131_015, 1 << 20])
    func `a message of any size arrives whole, in filled records`(count: Int) {
        var pair = fixture.confirmedPair()
        var generator = TestGenerator(seed: UInt64(count))
        let message = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let sealed = pair.dialling.send(message).written
        let recordCount = max(1, (count + 65_506) / 65_507)
        #expect(sealed.count == count + 30 * recordCount)
        #expect(pair.listening.receive(sealed) == [.message(message)])
    }

    @Test func `messages arrive whole and in order from any pieces`() {
        var pair = fixture.confirmedPair()
        var generator = TestGenerator(seed: 3)
        let messages = (0..<20).map { index in
            [UInt8](repeating: UInt8(index), count: Int.random(in: 0...70_000, using: &generator))
        }
        var stream: [UInt8] = []
        for message in messages { stream += pair.dialling.send(message).written }
        var received: [[UInt8]] = []
        var offset = 0
        while offset < stream.count {
            let end = min(stream.count, offset + Int.random(in: 1...40_000, using: &generator))
            received += pair.listening.receive(Array(stream[offset..<end])).messages
            offset = end
        }
        #expect(received == messages)
    }

    @Test func `every flipped bit of a record is refused and what came before it is delivered`() {
        let probe = recordLength()
        for bit in 0..<(probe * 8) {
            var pair = fixture.confirmedPair()
            let good = pair.dialling.send([7]).written
            var bad = pair.dialling.send([1, 2, 3]).written
            bad[bit / 8] ^= 1 << UInt8(bit % 8)
            let directives = pair.listening.receive(good + bad + [UInt8](repeating: 0, count: 70_000))
            #expect(directives.messages == [[7]] && directives.fault != nil, "bit \(bit)")
            #expect(directives.written.isEmpty)
        }
    }

    private func recordLength() -> Int {
        var pair = fixture.confirmedPair()
        return pair.dialling.send([1, 2, 3]).written.count
    }

    @Test func `a record sent again, out of order or back to its sender is refused`() {
        var repeated = fixture.confirmedPair()
        let record = repeated.dialling.send([1]).written
        _ = repeated.listening.receive(record)
        #expect(repeated.listening.receive(record) == [.drop(.recordRejected(number: 2))])

        var swapped = fixture.confirmedPair()
        _ = swapped.dialling.send([1])
        #expect(
            swapped.listening.receive(swapped.dialling.send([2]).written)
                == [.drop(.recordRejected(number: 1))])

        var reflected = fixture.confirmedPair()
        let own = reflected.dialling.send([1]).written
        #expect(reflected.dialling.receive(own) == [.drop(.recordRejected(number: 1))])
    }

    @Test func `records of one session mean nothing in another`() {
        var first = fixture.confirmedPair()
        let record = first.dialling.send([1]).written
        var dialling = fixture.initiator(seed: 50)
        var listening = fixture.responder(seed: 51)
        let hello = dialling.receive(listening.receive(dialling.start().written).written).written
        _ = listening.receive(hello)
        #expect(listening.receive(record) == [.drop(.recordRejected(number: 1))])
    }

    @Test func `a record's length is judged before its bytes are awaited`() {
        for length in [0, 16, 17, 27] {
            var pair = fixture.confirmedPair()
            #expect(pair.listening.receive([0, UInt8(length)]) == [.drop(.recordLength(length))])
        }
    }

    @Test func `a peer's BYE is answered and ends the stream cleanly at both ends`() {
        var pair = fixture.confirmedPair()
        let last = pair.dialling.send([1]).written
        let bye = pair.dialling.close().written
        let answer = pair.listening.receive(last + bye)
        #expect(answer.messages == [[1]] && answer.last == .closed(clean: true))
        #expect(pair.dialling.receive(answer.written) == [.closed(clean: true)])
        let clean = (pair.dialling.isCleanlyClosed, pair.listening.isCleanlyClosed)
        #expect(clean == (true, true))
        #expect(pair.dialling.receiveEnd().isEmpty && pair.listening.receive([1]).isEmpty)
    }

    @Test func `an end without BYE is truncation`() {
        var pair = fixture.confirmedPair()
        #expect(pair.listening.receiveEnd() == [.closed(clean: false)])
        let clean = pair.listening.isCleanlyClosed
        #expect(!clean)
        var early = fixture.responder()
        #expect(early.receiveEnd() == [.closed(clean: false)])
    }

    @Test func `nothing is sent after our own BYE`() {
        var pair = fixture.confirmedPair()
        #expect(!pair.dialling.close().isEmpty)
        #expect(pair.dialling.close().isEmpty && pair.dialling.send([1]).isEmpty)
        #expect(pair.dialling.receive(pair.listening.send([5]).written) == [.message([5])])
    }

    @Test func `an unconfirmed channel says no goodbye`() {
        var dialling = fixture.initiator()
        var listening = fixture.responder()
        _ = listening.receive(dialling.start().written)
        #expect(listening.close().isEmpty && dialling.close().isEmpty)
    }

    @Test func `both directions change their key after 65,536 records and go on`() {
        var pair = fixture.confirmedPair()
        let count = 65_536 + 64
        for number in 0..<count {
            let byte = UInt8(truncatingIfNeeded: number)
            let there = pair.listening.receive(pair.dialling.send([byte]).written)
            let back = pair.dialling.receive(pair.listening.send([byte]).written)
            guard there == [.message([byte])], back == [.message([byte])] else {
                Issue.record("record \(number): \(there), \(back)")
                return
            }
        }
    }

    @Test func `a message before the session is confirmed stops the process`() async {
        await #expect(processExitsWith: .failure) {
            var dialling = ChannelFixture().initiator()
            _ = dialling.start()
            _ = dialling.send([1])
        }
    }
}
