import SecureChannel
import Sodium

/// The handshake and the record layer, the latter behind a genuine tag: a member that lies.
enum RecordFuzz {
    private static let messageLimit = 4_096
    /// The first byte chooses handshake or records.
    static func run(_ input: [UInt8]) -> Int {
        guard let mode = input.first else { return 0 }
        let rest = Array(input.dropFirst())
        return mode & 1 == 0 ? handshake(rest, asResponder: mode & 2 == 0) : records(rest)
    }

    /// The bytes as they are, to either end of a handshake: nothing is answered, nobody is let in.
    private static func handshake(_ bytes: [UInt8], asResponder: Bool) -> Int {
        var generator = CountingGenerator()
        guard let own = try? SecretIdentity(seed: [UInt8](repeating: 1, count: 32)),
            let other = try? SecretIdentity(seed: [UInt8](repeating: 2, count: 32))
        else { return 0 }
        let networkID = [UInt8](repeating: 3, count: 32)
        var machine =
            asResponder
            ? ChannelMachine(
                responder: own, gate: ResponderGate(own: own.publicIdentity, roster: [other.publicIdentity]),
                networkID: networkID, messageLimit: messageLimit, using: &generator)
            : ChannelMachine(
                initiator: own, peer: other.publicIdentity, member: 0, networkID: networkID,
                messageLimit: messageLimit, using: &generator)
        _ = machine.start()
        let directives = machine.receive(bytes)
        for directive in directives {
            if case .drop = directive { continue }
            preconditionFailure("\(directives.count) directives to \(bytes.count) bytes of a stranger")
        }
        return directives.count
    }

    /// Each record: a byte of length, as many bytes of plaintext; sealed, then opened by a session.
    private static func records(_ bytes: [UInt8]) -> Int {
        let area = SecretArea(capacity: 3 * 32)
        let keys = [0, 0, 1].map { (byte: UInt8) -> SecretBytes in
            let key = area.reserve(32)
            key.assign(copying: [UInt8](repeating: byte, count: 32))
            return key
        }
        var liar = CipherState(key: keys[0])
        var session = ChannelSession(
            HandshakeResult(
                sending: CipherState(key: keys[2]), receiving: CipherState(key: keys[1]),
                handshakeHash: [UInt8](repeating: 0, count: 64)), messageLimit: messageLimit)
        var stream: [UInt8] = []
        var position = 0
        while position < bytes.count {
            let end = min(bytes.count, position + 1 + Int(bytes[position]))
            var record = Array(bytes[(position + 1)..<end]) + [UInt8](repeating: 0, count: 16)
            let count = record.count - 16
            guard (try? liar.seal(&record, plaintext: 0..<count)) != nil else { return 0 }
            stream += [UInt8(record.count >> 8), UInt8(record.count & 0xff)] + record
            position = end
        }
        var events: [ChannelEvent] = []
        try? session.open(stream, into: &events)
        for case .message(let message) in events {
            precondition(message.count <= messageLimit, "a message of \(message.count) bytes")
        }
        return events.count
    }
}

/// Words that count up: every input runs alike.
private struct CountingGenerator: RandomNumberGenerator {
    private var word: UInt64 = 0

    mutating func next() -> UInt64 {
        word += 1
        return word
    }
}
