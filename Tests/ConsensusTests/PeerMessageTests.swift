import Sodium
import Testing
import Wire

@testable import Consensus

@Suite struct PeerMessageTests {
    /// A message and the hexadecimal form of its bytes, written by hand from protocol.md §3.1 and the
    /// docstrings: type, round, attempt, then the fields in order, little-endian.
    struct Golden: Sendable, CustomTestStringConvertible {
        let name: String
        let message: PeerMessage
        let bytes: String
        var testDescription: String { name }
    }

    static let limits = MessageLimits(vectorCountMax: 3)

    static func run(_ byte: String, _ count: Int) -> String {
        String(repeating: byte, count: count)
    }

    /// Participants 0, 3, 8 and 9 of ten, and participant 2: the count in two bytes, then a bit each.
    static let set = MemberSet([0, 3, 8, 9], participantCount: 10)
    static let joiners = MemberSet([2], participantCount: 10)

    /// Round 0x0102030405060708, attempt 0x090a0b0c.
    static let head = "0807060504030201" + "0c0b0a09"

    static let golden: [Golden] = [
        Golden(
            name: "READY without a vote",
            message: .ready(
                ReadyMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, sender: 0x0d0e, roster: set,
                    stateHash: [UInt8](repeating: 0x11, count: 32), steps: 85,
                    commitment: [UInt8](repeating: 0x55, count: 32), vote: nil,
                    signature: [UInt8](repeating: 0x22, count: 64))),
            bytes: "01" + head + "0e0d" + "0a000903" + run("11", 32) + "55000000" + run("55", 32) + "0a000000"
                + "00" + run("22", 64)),
        Golden(
            name: "READY with a vote",
            message: .ready(
                ReadyMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, sender: 3, roster: set,
                    stateHash: [UInt8](repeating: 0x11, count: 32), steps: 0x0102_0304, joiners: joiners,
                    vote: Vote(attempt: 2, digest: [UInt8](repeating: 0x33, count: 32)),
                    signature: [UInt8](repeating: 0x22, count: 64))),
            bytes: "01" + head + "0300" + "0a000903" + run("11", 32) + "04030201" + run("00", 32) + "0a000400"
                + "01" + "02000000" + run("33", 32) + run("22", 64)),
        Golden(
            name: "READY with a vote that is lost",
            message: .ready(
                ReadyMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, sender: 3, roster: set,
                    stateHash: [UInt8](repeating: 0x11, count: 32), steps: 0x0102_0304,
                    vote: Vote(attempt: 2, digest: [UInt8](repeating: 0x33, count: 32), isLost: true),
                    signature: [UInt8](repeating: 0x22, count: 64))),
            bytes: "01" + head + "0300" + "0a000903" + run("11", 32) + "04030201" + run("00", 32) + "0a000000"
                + "02" + "02000000" + run("33", 32) + run("22", 64)),
        Golden(
            name: "ABORT",
            message: .abort(
                AbortMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, sender: 0x0d0e, accused: joiners,
                    signature: [UInt8](repeating: 0x22, count: 64))),
            bytes: "0a" + head + "0e0d" + "0a000400" + run("22", 64)),
        Golden(
            name: "JOIN",
            message: .join(
                JoinMessage(
                    round: 0x0102_0304_0506_0708, sender: 0x0d0e,
                    stateHash: [UInt8](repeating: 0x11, count: 32),
                    signature: [UInt8](repeating: 0x22, count: 64))),
            bytes: "0b" + "0807060504030201" + "00000000" + "0e0d" + run("11", 32) + run("22", 64)),
        Golden(
            name: "GET",
            message: .get(GetMessage(hash: [UInt8](repeating: 0x33, count: 32), offset: 0x0102_0304)),
            bytes: "0c" + run("33", 32) + "04030201"),
        Golden(
            name: "PART",
            message: .part(
                PartMessage(
                    hash: [UInt8](repeating: 0x33, count: 32), total: 9, offset: 4, bytes: [1, 2, 3, 4, 5])),
            bytes: "0d" + run("33", 32) + "09000000" + "04000000" + "05000000" + "0102030405"),
        Golden(
            name: "SEED",
            message: .seed(
                SeedMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c,
                    half: [UInt8](repeating: 0x44, count: 32), share: [1, 2, 3, 4, (1 << 61) - 2])),
            bytes: "02" + head + run("44", 32) + "0100000000000000" + "0200000000000000"
                + "0300000000000000" + "0400000000000000" + "feffffffffffff1f"),
        Golden(
            name: "DATA",
            message: .data(
                DataMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, chunk: 1, step: 0x0203,
                    values: [1, -0.0, 0.1])),
            bytes: "03" + head + "0100" + "03020000" + "00" + "03000000" + "000000000000f03f"
                + "0000000000000080" + "9a9999999999b93f"),
        Golden(
            name: "DATA of a partial sum",
            message: .data(
                DataMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, chunk: 1, step: 0x0203,
                    payload: .words([0x0102_0304_0506_0708, .max]))),
            bytes: "03" + head + "0100" + "03020000" + "01" + "02000000" + "0807060504030201"
                + run("ff", 8)),
        Golden(
            name: "DATA of one origin",
            message: .data(
                DataMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, chunk: 1, step: 0x0203,
                    payload: .relayed([1], origin: 0x0d0e))),
            bytes: "03" + head + "0100" + "03020000" + "02" + "0e0d" + "01000000" + "01" + run("00", 7)),
        Golden(
            name: "DATA of shares",
            message: .data(
                DataMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, chunk: 0, step: 0,
                    payload: .shares([0x0102_0304_0506_0708, (1 << 61) - 2]))),
            bytes: "03" + head + "0000" + "00000000" + "03" + "02000000" + "0807060504030201"
                + "feffffffffffff1f"),
        Golden(
            name: "DATA of a commitment",
            message: .data(
                DataMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, chunk: 0, step: 1,
                    payload: .commitment([UInt8](repeating: 0x77, count: 32)))),
            bytes: "03" + head + "0000" + "01000000" + "04" + run("77", 32)),
        Golden(
            name: "SUMSHARE",
            message: .sumShare(
                SumShareMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, sender: 0x0d0e,
                    share: SumShare(
                        salt: [UInt8](repeating: 0x88, count: 32), residues: [1, (1 << 61) - 2]),
                    signature: [UInt8](repeating: 0x22, count: 64))),
            bytes: "09" + head + "0e0d" + run("88", 32) + "02000000" + "0100000000000000"
                + "feffffffffffff1f" + run("22", 64)),
        Golden(
            name: "FINISHED",
            message: .finished(
                FinishedMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, sender: 0x0d0e,
                    digest: [UInt8](repeating: 0x33, count: 32),
                    signature: [UInt8](repeating: 0x22, count: 64))),
            bytes: "04" + head + "0e0d" + run("33", 32) + run("22", 64)),
        Golden(
            name: "PING",
            message: .ping(
                PingMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, phase: 7, step: 0x0203,
                    isWaiting: true)), bytes: "05" + head + "07" + "03020000" + "01"),
        Golden(
            name: "PONG",
            message: .pong(
                PongMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, phase: 7, step: 0x0203,
                    isWaiting: false)), bytes: "06" + head + "07" + "03020000" + "00"),
        Golden(
            name: "REVEAL",
            message: .reveal(
                RevealMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, sender: 0x0d0e,
                    seed: [UInt8](repeating: 0x66, count: 32),
                    signature: [UInt8](repeating: 0x22, count: 64))),
            bytes: "07" + head + "0e0d" + run("66", 32) + run("22", 64)),
        Golden(
            name: "SHARE",
            message: .share(
                ShareMessage(
                    round: 0x0102_0304_0506_0708, attempt: 0x090a_0b0c, sender: 0x0d0e, owner: 0x0f10,
                    share: [1, 2, 3, 4, 0x0102_0304_0506_0708],
                    signature: [UInt8](repeating: 0x22, count: 64))),
            bytes: "08" + head + "0e0d" + "100f" + "0100000000000000" + "0200000000000000"
                + "0300000000000000" + "0400000000000000" + "0807060504030201" + run("22", 64)),
    ]

    private static func golden(_ name: String) -> PeerMessage {
        golden.first { $0.name == name }?.message ?? golden[0].message
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test(arguments: golden) func `a message has its golden bytes and comes back from them`(
        golden: Golden
    ) throws {
        let bytes = golden.message.encoded()
        #expect(hex(bytes) == golden.bytes)
        #expect(bytes.count == golden.message.encodedByteCount)
        #expect(try PeerMessage.decode(bytes, limits: Self.limits) == golden.message)
    }

    @Test(arguments: golden) func `every truncation and every trailing byte is refused`(
        golden: Golden
    ) throws {
        let bytes = golden.message.encoded()
        for count in bytes.indices {
            #expect(throws: WireError.self) {
                try PeerMessage.decode(Array(bytes[..<count]), limits: Self.limits)
            }
        }
        #expect(throws: WireError.trailing(count: 1)) {
            try PeerMessage.decode(bytes + [0], limits: Self.limits)
        }
    }

    @Test func `an unknown type is named`() {
        for code in [0, 14, 255] as [UInt8] {
            #expect(throws: WireError.unknownType(code)) {
                try PeerMessage.decode([code] + [UInt8](repeating: 0, count: 60), limits: Self.limits)
            }
        }
    }

    @Test func `a flag that is neither 0 nor 1 is refused`() {
        var ping = Self.golden("PING").encoded()
        ping[ping.count - 1] = 2
        #expect(throws: WireError.invalidValue(field: .waitingFlag, value: 2)) {
            try PeerMessage.decode(ping, limits: Self.limits)
        }
        var ready = Self.golden[0].message.encoded()
        ready[FieldLength.head + 2 + 4 + 32 + 4 + 32 + 4] = 9
        #expect(throws: WireError.invalidValue(field: .votePresence, value: 9)) {
            try PeerMessage.decode(ready, limits: Self.limits)
        }
    }

    @Test func `a bit for nobody in a set of members is refused`() {
        var abort = Self.golden("ABORT").encoded()
        abort[FieldLength.head + 2 + 3] = 4
        #expect(throws: WireError.invalidValue(field: .memberBits, value: 4)) {
            try PeerMessage.decode(abort, limits: Self.limits)
        }
    }

    @Test func `a part beyond its whole, or beyond the limit, is refused before it is read`() {
        var part = Self.golden("PART").encoded()
        part[33] = 8
        #expect(throws: WireError.invalidValue(field: .partOffset, value: 4)) {
            try PeerMessage.decode(part, limits: Self.limits)
        }
        part.replaceSubrange(41..<45, with: [1, 2, 0, 0])
        #expect(throws: WireError.lengthOverLimit(length: 513, limit: 512)) {
            try PeerMessage.decode(part, limits: Self.limits)
        }
    }

    @Test func `a share that is no residue is refused`() {
        var seed = Self.golden("SEED").encoded()
        seed.replaceSubrange((seed.count - 8)..., with: [255, 255, 255, 255, 255, 255, 255, 31])
        #expect(throws: WireError.invalidValue(field: .shareWord, value: (1 << 61) - 1)) {
            try PeerMessage.decode(seed, limits: Self.limits)
        }
    }

    @Test func `a vector over the limit is refused before it is read`() {
        var bytes = Self.golden("DATA").encoded()
        bytes[FieldLength.head + 7] = 4
        #expect(throws: WireError.lengthOverLimit(length: 4, limit: 3)) {
            try PeerMessage.decode(bytes, limits: Self.limits)
        }
        bytes.replaceSubrange((FieldLength.head + 7)..<(FieldLength.head + 11), with: [255, 255, 255, 255])
        #expect(throws: WireError.lengthOverLimit(length: 4_294_967_295, limit: 3)) {
            try PeerMessage.decode(bytes, limits: Self.limits)
        }
    }

    @Test func `values pass through decoding as they are, NaN included`() throws {
        let message = DataMessage(round: 1, attempt: 0, chunk: 0, step: 0, values: [.nan, .infinity])
        let decoded = try PeerMessage.decode(PeerMessage.data(message).encoded(), limits: Self.limits)
        guard case .data(let data) = decoded else {
            Issue.record("no DATA")
            return
        }
        guard case .values(let values) = data.payload else {
            Issue.record("no values")
            return
        }
        #expect(values[0].isNaN)
        #expect(values[1] == .infinity)
    }

    @Test func `an unknown payload kind is refused`() {
        var bytes = Self.golden("DATA").encoded()
        bytes[FieldLength.head + 6] = 5
        #expect(throws: WireError.invalidValue(field: .payloadKind, value: 5)) {
            try PeerMessage.decode(bytes, limits: Self.limits)
        }
    }

    @Test func `a signature covers the network and every field but itself`() throws {
        let key = try SecretIdentity(seed: [UInt8](repeating: 5, count: 32))
        let network = [UInt8](repeating: 8, count: 32)
        var ready = ReadyMessage(
            round: 1, attempt: 2, sender: 3, roster: Self.set, stateHash: [UInt8](repeating: 4, count: 32),
            steps: 5,
            vote: nil)
        ready.signature = key.sign(ready.signedBytes(networkID: network))
        let decoded = try PeerMessage.decode(PeerMessage.ready(ready).encoded(), limits: Self.limits)
        guard case .ready(let received) = decoded else {
            Issue.record("no READY")
            return
        }
        func holds(_ message: ReadyMessage, _ network: [UInt8]) -> Bool {
            verify(
                signature: received.signature, message: message.signedBytes(networkID: network),
                by: key.publicIdentity)
        }
        #expect(holds(received, network))
        #expect(!holds(received, [UInt8](repeating: 9, count: 32)))
        let changed = ReadyMessage(
            round: 1, attempt: 2, sender: 3, roster: Self.set, stateHash: received.stateHash, steps: 5,
            vote: Vote(attempt: 0, digest: received.stateHash))
        #expect(!holds(changed, network))
        let finished = FinishedMessage(round: 1, attempt: 2, sender: 3, digest: received.stateHash)
        let signed = finished.signedBytes(networkID: network)
        #expect(signed.starts(with: Array("collabdict/flood/v1".utf8) + network + [4]))
        #expect(signed.count == 19 + 32 + FinishedMessage.byteCount - 64)
    }
}
