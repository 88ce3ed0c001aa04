import LinearAlgebra
package import Wire

/// Limits that hold for every message of one agreement.
package struct MessageLimits: Sendable, Equatable {
    /// The largest number of values a DATA message may carry, the constant-1 channel included.
    package let vectorCountMax: Int

    package init(vectorCountMax: Int) {
        precondition(vectorCountMax >= 1, "at most \(vectorCountMax) values in a message")
        self.vectorCountMax = vectorCountMax
    }
}

/// The first byte of a message.
package enum MessageType: UInt8, Sendable, CaseIterable {
    case ready = 1
    case seed = 2
    case data = 3
    case finished = 4
    case ping = 5
    case pong = 6
    case reveal = 7
    case share = 8
    case sumShare = 9
    case abort = 10
    case join = 11
    case get = 12
    case part = 13
}

/// What travels between two members of a roster, inside a channel (protocol.md §3.1).
///
/// All integers are little-endian, doubles their IEEE bit patterns. One byte of type comes first; READY,
/// FINISHED, REVEAL, SHARE, SUMSHARE, ABORT and JOIN end in an Ed25519 signature, since they are forwarded.
///
/// One word that refers to the message: a flooded one is made once and passed on and kept without a copy.
package indirect enum PeerMessage: Sendable, Equatable {
    case ready(ReadyMessage)
    case seed(SeedMessage)
    case data(DataMessage)
    case finished(FinishedMessage)
    case ping(PingMessage)
    case pong(PongMessage)
    case reveal(RevealMessage)
    case share(ShareMessage)
    case sumShare(SumShareMessage)
    case abort(AbortMessage)
    case join(JoinMessage)
    case get(GetMessage)
    case part(PartMessage)

    /// The bytes on the wire.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: encodedByteCount)
        switch self {
        case .ready(let message): message.write(to: &writer)
        case .seed(let message): message.write(to: &writer)
        case .data(let message): message.write(to: &writer)
        case .finished(let message): message.write(to: &writer)
        case .ping(let message): message.write(to: &writer)
        case .pong(let message): message.write(to: &writer)
        case .reveal(let message): message.write(to: &writer)
        case .share(let message): message.write(to: &writer)
        case .sumShare(let message): message.write(to: &writer)
        case .abort(let message): message.write(to: &writer)
        case .join(let message): message.write(to: &writer)
        case .get(let message): message.write(to: &writer)
        case .part(let message): message.write(to: &writer)
        }
        return writer.bytes
    }

    /// The number of bytes ``encoded()`` has, without encoding.
    package var encodedByteCount: Int {
        switch self {
        case .ready(let message): message.byteCount
        case .seed: SeedMessage.byteCount
        case .data(let message): message.byteCount
        case .finished: FinishedMessage.byteCount
        case .ping, .pong: PingMessage.byteCount
        case .reveal: RevealMessage.byteCount
        case .share: ShareMessage.byteCount
        case .sumShare(let message): message.byteCount
        case .abort(let message): message.byteCount
        case .join: JoinMessage.byteCount
        case .get: GetMessage.byteCount
        case .part(let message): message.byteCount
        }
    }

    /// The message these bytes are; nothing may be missing and nothing left over.
    ///
    /// Values of a DATA message may still be NaN or out of bounds: who awaits them knows the bound.
    ///
    /// - Throws: ``WireError`` as the first wrong field has it.
    package static func decode(_ bytes: [UInt8], limits: MessageLimits) throws(WireError) -> PeerMessage {
        var reader = ByteReader(bytes)
        let code = try reader.readUInt8()
        guard let type = MessageType(rawValue: code) else { throw .unknownType(code) }
        let message: PeerMessage
        switch type {
        case .ready: message = .ready(try ReadyMessage(from: &reader))
        case .seed: message = .seed(try SeedMessage(from: &reader))
        case .data: message = .data(try DataMessage(from: &reader, limits: limits))
        case .finished: message = .finished(try FinishedMessage(from: &reader))
        case .ping: message = .ping(try PingMessage(from: &reader))
        case .pong: message = .pong(PongMessage(try PingMessage(from: &reader)))
        case .reveal: message = .reveal(try RevealMessage(from: &reader))
        case .share: message = .share(try ShareMessage(from: &reader))
        case .sumShare: message = .sumShare(try SumShareMessage(from: &reader, limits: limits))
        case .abort: message = .abort(try AbortMessage(from: &reader))
        case .join: message = .join(try JoinMessage(from: &reader))
        case .get: message = .get(try GetMessage(from: &reader))
        case .part: message = .part(try PartMessage(from: &reader, limits: limits))
        }
        try reader.finish()
        return message
    }
}

extension WireField {
    /// The byte of READY that says whether a vote follows, and whether it is lost.
    static let votePresence = WireField("vote presence")
    /// The yes/no byte of PING and PONG.
    static let waitingFlag = WireField("waiting flag")
    /// A word of a share that is no residue modulo 2^61 − 1.
    static let shareWord = WireField("share word")
}

extension ByteReader {
    /// One byte that is 0 or 1.
    mutating func readFlag(_ field: WireField) throws(WireError) -> Bool {
        let byte = try readUInt8()
        guard byte <= 1 else { throw .invalidValue(field: field, value: UInt64(byte)) }
        return byte == 1
    }

    /// Five residues modulo 2^61 − 1.
    mutating func readShare() throws(WireError) -> [UInt64] {
        try readResidues(count: ShamirShares.limbCount)
    }

    /// Residues modulo 2^61 − 1.
    mutating func readResidues(count: Int) throws(WireError) -> [UInt64] {
        let residues = try readWords(count: count)
        if let word = residues.first(where: { $0 >= PrimeField.modulus }) {
            throw .invalidValue(field: .shareWord, value: word)
        }
        return residues
    }
}

/// Widths of the fields that several messages share.
enum FieldLength {
    static let hash = 32
    static let half = 32
    static let salt = 32
    static let share = 8 * ShamirShares.limbCount
    static let signature = 64
    /// Type, round, attempt.
    static let head = 1 + 8 + 4
}
