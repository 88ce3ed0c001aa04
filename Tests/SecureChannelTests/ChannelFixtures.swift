import Foundation
import SecureChannel
import Sodium

/// Replays fixed bytes as words, eight bytes little-endian each, and goes on with zeros.
struct ReplayingGenerator: RandomNumberGenerator {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        self.bytes = bytes[...]
    }

    mutating func next() -> UInt64 {
        let word = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        bytes = bytes.dropFirst(8)
        return word
    }
}

/// A small generator of the tests' own: SplitMix64.
struct TestGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

/// Two members of one network, and a third.
struct ChannelFixture {
    static let networkID = BLAKE2b.hash256(Array("a network".utf8))
    static let messageLimit = 1 << 20

    let dialler = fixedIdentity(1)
    let listener = fixedIdentity(2)
    let stranger = fixedIdentity(3)
    /// Lets the dialler in as member 4.
    let gate: ResponderGate

    init() {
        gate = Self.gate(dialler, listener)
    }

    private static func gate(_ dialler: SecretIdentity, _ listener: SecretIdentity) -> ResponderGate {
        let known = dialler.publicIdentity.x25519
        return ResponderGate(own: listener.publicIdentity) { $0 == known ? 4 : nil }
    }

    /// The dialler's machine; the seed fixes its ephemeral key.
    func initiator(
        seed: UInt64 = 1, identity: SecretIdentity? = nil, networkID: [UInt8] = networkID
    ) -> ChannelMachine {
        var generator = TestGenerator(seed: seed)
        return ChannelMachine(
            initiator: identity ?? dialler, peer: listener.publicIdentity, member: 7, networkID: networkID,
            messageLimit: Self.messageLimit, using: &generator)
    }

    /// The listener's machine; the seed fixes its ephemeral key.
    func responder(seed: UInt64 = 2, gate other: ResponderGate? = nil) -> ChannelMachine {
        var generator = TestGenerator(seed: seed)
        return ChannelMachine(
            responder: listener, gate: other ?? gate, networkID: Self.networkID,
            messageLimit: Self.messageLimit,
            using: &generator)
    }

    /// Both machines after the two HELLO records; every pair has a replay cache of its own.
    func confirmedPair() -> ChannelPair {
        let fresh = Self.gate(dialler, listener)
        var pair = ChannelPair(dialling: initiator(), listening: responder(gate: fresh))
        let first = pair.dialling.start().written
        let second = pair.listening.receive(first).written
        let hello = pair.dialling.receive(second).written
        let answer = pair.listening.receive(hello).written
        _ = pair.dialling.receive(answer)
        return pair
    }
}

/// Two ends of one connection.
struct ChannelPair: ~Copyable {
    var dialling: ChannelMachine
    var listening: ChannelMachine

    init(dialling: consuming ChannelMachine, listening: consuming ChannelMachine) {
        self.dialling = dialling
        self.listening = listening
    }
}

extension [ChannelDirective] {
    /// All bytes that the directives write.
    var written: [UInt8] {
        flatMap { directive -> [UInt8] in
            if case .write(let bytes) = directive { bytes } else { [] }
        }
    }

    /// The fault that the directives end in, if any.
    var fault: ChannelFault? {
        if case .drop(let fault)? = last { fault } else { nil }
    }

    /// All messages that the directives deliver.
    var messages: [[UInt8]] {
        compactMap { directive in
            if case .message(let bytes) = directive { bytes } else { nil }
        }
    }
}

/// The identity whose seed is one byte, 32 times.
func fixedIdentity(_ byte: UInt8) -> SecretIdentity {
    guard let identity = try? SecretIdentity(seed: [UInt8](repeating: byte, count: 32)) else {
        preconditionFailure("a seed of 32 bytes")
    }
    return identity
}

/// Guarded memory with these bytes.
func secretBytes(_ bytes: [UInt8]) -> SecretBytes {
    let secret = SecretArea(capacity: bytes.count).reserve(bytes.count)
    secret.assign(copying: bytes)
    return secret
}

/// The bytes of a hexadecimal string of even length.
func hexBytes(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

/// A file of `Vectors`, which is part of this target.
func committedVectors(_ name: String) throws -> Data {
    let file = Bundle.module.bundleURL.appending(path: "Vectors/\(name)")
    return try Data(contentsOf: file)
}

/// A file of the folder of vectors beside the repository; nil where there is none.
func sharedVectors(_ name: String) -> Data? {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return try? Data(contentsOf: root.appending(path: "../shared/vectors/\(name)").standardizedFileURL)
}
