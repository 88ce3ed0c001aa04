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

    /// The first byte.
    enum Kind: UInt8 {
        case values = 0
        case words = 1
        case relayed = 2
    }

    /// Numbers in the vector.
    package var count: Int {
        switch self {
        case .values(let values): values.count
        case .words(let words), .relayed(let words, _): words.count
        }
    }

    /// Bytes on the wire.
    var byteCount: Int {
        let origin = if case .relayed = self { 2 } else { 0 }
        return 1 + origin + 4 + 8 * count
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
        }
    }

    init(from reader: inout ByteReader, limits: MessageLimits) throws(WireError) {
        let code = try reader.readUInt8()
        guard let kind = Kind(rawValue: code) else {
            throw .invalidValue(field: .payloadKind, value: UInt64(code))
        }
        let origin = kind == .relayed ? try reader.readUInt16() : 0
        let count = Int(try reader.readUInt32())
        guard count <= limits.vectorCountMax else {
            throw .lengthOverLimit(length: count, limit: limits.vectorCountMax)
        }
        switch kind {
        case .values: self = .values(try reader.readDoubles(count: count))
        case .words: self = .words(try reader.readWords(count: count))
        case .relayed: self = .relayed(try reader.readWords(count: count), origin: origin)
        }
    }
}

extension WireField {
    /// The byte of DATA that says what its payload is.
    static let payloadKind = WireField("payload kind")
}
