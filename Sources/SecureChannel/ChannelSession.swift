import Sodium
import Wire

/// What arrived on an open session.
package enum ChannelEvent: Sendable, Equatable {
    /// The first record of the other side: it holds the keys.
    case hello(sessionIdentifier: [UInt8])
    /// A whole message.
    case message([UInt8])
    /// The other side has said all it wanted to; nothing after this record is read.
    case bye
}

/// The record layer of one connection, after the handshake.
///
/// `u16be length | ciphertext`, the nonce is the number of the record in its direction, and each direction
/// replaces its key after every 2^16 records. Messages are cut into records that are filled. The session holds at
/// most one unfinished record and one unfinished message, and takes no length from the wire before the bytes are
/// there. After a fault it opens nothing more.
package struct ChannelSession: ~Copyable {
    /// The version in HELLO.
    package static let version: UInt16 = 1
    /// The bytes of a session's name.
    package static let sessionIdentifierLength = 16
    /// Records of a direction under one key.
    package static let recordsPerKey: UInt64 = 1 << 16
    /// The longest ciphertext of a record, tag included.
    static let recordLengthMax = Int(UInt16.max)
    /// Header and tag: what a record adds to its body, without the length in front.
    static let recordOverhead = RecordHeader.length + ChaChaPoly.tagLength
    private static let lengthFieldLength = 2
    /// What a record adds to its body on the wire.
    package static let recordRoom = lengthFieldLength + recordOverhead
    private static let helloLength = 2 + sessionIdentifierLength

    /// The hash `h` of the handshake, 64 bytes.
    package let handshakeHash: [UInt8]
    private let messageLimit: Int
    private var sending: CipherState
    private var receiving: CipherState
    private var nextSent: UInt32 = 0
    private var nextReceived: UInt32 = 0
    private var pending: [UInt8] = []
    private var assembled: [UInt8] = []
    private var hasHello = false
    private var hasBye = false
    private var fault: ChannelFault?

    /// - Parameters:
    ///   - result: of the handshake.
    ///   - messageLimit: the longest message that is accepted or sent, in bytes; under 2^32.
    package init(_ result: consuming HandshakeResult, messageLimit: Int) {
        precondition(
            messageLimit >= Self.helloLength && messageLimit <= Int(UInt32.max),
            "a message limit of \(messageLimit) bytes")
        handshakeHash = result.handshakeHash
        sending = result.sending
        receiving = result.receiving
        self.messageLimit = messageLimit
    }

    /// The first record: version and session.
    package mutating func sealHello(sessionIdentifier: [UInt8]) -> [UInt8] {
        precondition(
            sessionIdentifier.count == Self.sessionIdentifierLength,
            "a session identifier of \(sessionIdentifier.count) bytes")
        var writer = ByteWriter(reservingCapacity: Self.helloLength)
        writer.write(Self.version)
        writer.write(bytes: sessionIdentifier)
        return sealControl(.hello, body: writer.bytes)
    }

    /// The last record.
    package mutating func sealBye() -> [UInt8] {
        sealControl(.bye, body: [])
    }

    /// A message as one or more records, framed and ready to be written.
    ///
    /// - Parameter message: at most `messageLimit` bytes; may be empty.
    package mutating func seal(_ message: [UInt8]) -> [UInt8] {
        precondition(
            message.count <= messageLimit, "a message of \(message.count) bytes, the limit is \(messageLimit)"
        )
        let bodyMax = Self.recordLengthMax - Self.recordOverhead
        let recordCount = max(1, (message.count + bodyMax - 1) / bodyMax)
        var output: [UInt8] = []
        output.reserveCapacity(
            message.count + recordCount * (Self.lengthFieldLength + Self.recordOverhead))
        var offset = 0
        repeat {
            let end = min(offset + bodyMax, message.count)
            let header = RecordHeader(
                type: .fragment, isLast: end == message.count, messageIdentifier: nextSent,
                offset: UInt32(offset))
            sealRecord(header, body: message[offset..<end], to: &output)
            offset = end
        } while offset < message.count
        nextSent &+= 1
        return output
    }

    /// Takes any piece of the byte stream and appends what it completes.
    ///
    /// What came before a fault in the same piece is appended all the same, so how TCP cuts the stream makes no
    /// difference.
    ///
    /// - Parameters:
    ///   - bytes: as they came.
    ///   - events: whole messages, HELLO, BYE, in order.
    /// - Throws: the cases of ``ChannelFault`` about records; the same again at every later call.
    package mutating func open(
        _ bytes: consuming [UInt8], into events: inout [ChannelEvent]
    ) throws(ChannelFault) {
        if let fault { throw fault }
        do throws(ChannelFault) {
            try openRecords(bytes, into: &events)
        } catch {
            fault = error
            pending = []
            assembled = []
            throw error
        }
    }
}

extension ChannelSession {
    private mutating func sealControl(_ type: RecordType, body: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(body.count + Self.lengthFieldLength + Self.recordOverhead)
        let header = RecordHeader(type: type, isLast: true, messageIdentifier: 0, offset: 0)
        sealRecord(header, body: ArraySlice(body), to: &output)
        return output
    }

    private mutating func sealRecord(
        _ header: RecordHeader, body: ArraySlice<UInt8>, to output: inout [UInt8]
    ) {
        let length = body.count + Self.recordOverhead
        output.append(UInt8(length >> 8))
        output.append(UInt8(length & 0xff))
        let start = output.count
        header.append(to: &output)
        output.append(contentsOf: body)
        let end = output.count
        output.append(contentsOf: repeatElement(0, count: ChaChaPoly.tagLength))
        do throws(ChannelFault) {
            try sending.seal(&output, plaintext: start..<end)
        } catch {
            // 2^64 records would take a session of ages; going on would repeat a nonce.
            preconditionFailure("record \(sending.nonce) of a session: \(error)")
        }
        if sending.nonce % Self.recordsPerKey == 0 { sending.rekey() }
    }

    private mutating func openRecords(
        _ bytes: consuming [UInt8], into events: inout [ChannelEvent]
    ) throws(ChannelFault) {
        guard !hasBye else { return }
        if pending.isEmpty {
            pending = bytes
        } else {
            pending.append(contentsOf: bytes)
        }
        // No legal record is longer than the longest message asks for.
        let lengthMax = min(Self.recordLengthMax, messageLimit + Self.recordOverhead)
        var start = 0
        while pending.count - start >= Self.lengthFieldLength, !hasBye {
            let length = Int(pending[start]) << 8 | Int(pending[start + 1])
            guard length >= Self.recordOverhead, length <= lengthMax else { throw .recordLength(length) }
            let first = start + Self.lengthFieldLength
            guard pending.count - first >= length else { break }
            try openRecord(first..<(first + length), into: &events)
            start = first + length
        }
        if hasBye || start == pending.count {
            pending = []
        } else {
            pending.removeFirst(start)
        }
    }

    /// Decrypts one record in place and acts on it.
    private mutating func openRecord(
        _ range: Range<Int>, into events: inout [ChannelEvent]
    ) throws(ChannelFault) {
        let plaintext = try receiving.open(&pending, ciphertext: range)
        if receiving.nonce % Self.recordsPerKey == 0 { receiving.rekey() }
        let header = try RecordHeader(pending, at: plaintext)
        guard hasHello == (header.type != .hello) else {
            throw .helloOrder(recordType: header.type.rawValue)
        }
        let body = (plaintext.lowerBound + RecordHeader.length)..<plaintext.upperBound
        switch header.type {
        case .hello:
            try requireControl(header)
            events.append(.hello(sessionIdentifier: try helloSession(body)))
            hasHello = true
        case .fragment:
            if let message = try assemble(header, body) { events.append(.message(message)) }
        case .bye:
            try requireControl(header)
            guard body.isEmpty else {
                throw .recordHeader(.bodyLength, value: UInt32(body.count), expected: 0)
            }
            guard assembled.isEmpty else { throw .byeInsideMessage(received: assembled.count) }
            hasBye = true
            events.append(.bye)
        }
    }

    /// HELLO and BYE have one legal header.
    private func requireControl(_ header: RecordHeader) throws(ChannelFault) {
        guard header.isLast else { throw .recordHeader(.flags, value: 0, expected: 1) }
        guard header.messageIdentifier == 0 else {
            throw .recordHeader(.messageIdentifier, value: header.messageIdentifier, expected: 0)
        }
        guard header.offset == 0 else { throw .recordHeader(.offset, value: header.offset, expected: 0) }
    }

    private func helloSession(_ body: Range<Int>) throws(ChannelFault) -> [UInt8] {
        var reader = ByteReader(Array(pending[body]))
        do throws(WireError) {
            let version = try reader.readUInt16()
            let session = try reader.readBytes(count: Self.sessionIdentifierLength)
            try reader.finish()
            if version == Self.version { return session }
        } catch {
            throw .helloRejected
        }
        throw .helloRejected
    }

    /// Adds a fragment; gives the message when it is whole.
    private mutating func assemble(
        _ header: RecordHeader, _ body: Range<Int>
    ) throws(ChannelFault) -> [UInt8]? {
        guard header.messageIdentifier == nextReceived else {
            throw .recordHeader(
                .messageIdentifier, value: header.messageIdentifier, expected: nextReceived)
        }
        guard Int(header.offset) == assembled.count else {
            throw .recordHeader(.offset, value: header.offset, expected: UInt32(assembled.count))
        }
        guard header.isLast || !body.isEmpty else {
            throw .recordHeader(.bodyLength, value: 0, expected: 1)
        }
        let length = assembled.count + body.count
        guard length <= messageLimit else { throw .messageOverLimit(length: length, limit: messageLimit) }
        guard header.isLast else {
            assembled.append(contentsOf: pending[body])
            return nil
        }
        nextReceived &+= 1
        guard !assembled.isEmpty else { return Array(pending[body]) }
        assembled.append(contentsOf: pending[body])
        defer { assembled = [] }
        return assembled
    }
}
