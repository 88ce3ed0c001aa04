import Wire

/// What a DATA message carries; the first byte on the wire says which.
package enum DataPayload: Sendable, Equatable {
    /// A vector of dynamical consensus or of a maximum; as received it may hold anything, NaN included.
    case values([Double])
    /// A partial sum over Z_2^64: what recursive doubling exchanges.
    case words([UInt64])
    /// One member's own words, relayed along explicit edges.
    ///
    /// `origin` is the member's place in the roster.
    case relayed([UInt64], origin: UInt16)
    /// The receiver's shares of the sender's entries: residues modulo 2^61 − 1.
    case shares([UInt64])
    /// What binds the sender to its share of the sum, ``SumShare/commitment``: 32 bytes.
    case commitment([UInt8])

    /// The first byte.
    enum Kind: UInt8 {
        case values = 0
        case words = 1
        case relayed = 2
        case shares = 3
        case commitment = 4
    }

    /// Bytes on the wire.
    var byteCount: Int {
        switch self {
        case .values(let values): 1 + 4 + 8 * values.count
        case .words(let words), .shares(let words): 1 + 4 + 8 * words.count
        case .relayed(let words, _): 1 + 2 + 4 + 8 * words.count
        case .commitment: 1 + FieldLength.hash
        }
    }

    func write(to writer: inout ByteWriter) {
        switch self {
        case .values(let values):
            writer.write(Kind.values.rawValue)
            writer.write(UInt32(values.count))
            writer.write(doubles: values)
        case .words(let words):
            writer.write(Kind.words.rawValue)
            writer.write(UInt32(words.count))
            writer.write(words: words)
        case .relayed(let words, let origin):
            writer.write(Kind.relayed.rawValue)
            writer.write(origin)
            writer.write(UInt32(words.count))
            writer.write(words: words)
        case .shares(let residues):
            writer.write(Kind.shares.rawValue)
            writer.write(UInt32(residues.count))
            writer.write(words: residues)
        case .commitment(let hash):
            writer.write(Kind.commitment.rawValue)
            writer.write(bytes: hash)
        }
    }

    init(from reader: inout ByteReader, limits: MessageLimits) throws(WireError) {
        let code = try reader.readUInt8()
        guard let kind = Kind(rawValue: code) else {
            throw .invalidValue(field: .payloadKind, value: UInt64(code))
        }
        guard kind != .commitment else {
            self = .commitment(try reader.readBytes(count: FieldLength.hash))
            return
        }
        let origin = kind == .relayed ? try reader.readUInt16() : 0
        let count = Int(try reader.readUInt32())
        guard count <= limits.vectorCountMax else {
            throw .lengthOverLimit(length: count, limit: limits.vectorCountMax)
        }
        switch kind {
        case .values: self = .values(try reader.readDoubles(count: count))
        case .words: self = .words(try reader.readWords(count: count))
        case .shares, .commitment: self = .shares(try reader.readResidues(count: count))
        case .relayed: self = .relayed(try reader.readWords(count: count), origin: origin)
        }
    }
}

extension WireField {
    /// The byte of DATA that says what its payload is.
    static let payloadKind = WireField("payload kind")
}
