package import Wire

/// What an attempt ends with, still closed: the self masks are on it, or it is the member's share alone. The constant-1
/// channel of a sum comes last.
package enum MaskedSum: Sendable, Equatable {
    /// Of `dynamical`, or a flooded maximum.
    case values([Double])
    /// Of `exact`, over Z_2^64.
    case words([UInt64])
    /// Of `exact` with Shamir's shares: the own share, another at every member.
    case share(SumShare)

    /// Entries, the constant-1 channel of a sum included.
    package var count: Int {
        switch self {
        case .values(let values): values.count
        case .words(let words): words.count
        case .share(let share): share.residues.count
        }
    }

    /// Appends a kind byte, the count and the entries.
    package func write(to writer: inout ByteWriter) {
        switch self {
        case .values(let values):
            writer.write(UInt8(0))
            writer.write(UInt32(values.count))
            writer.write(doubles: values)
        case .words(let words):
            writer.write(UInt8(1))
            writer.write(UInt32(words.count))
            writer.write(words: words)
        case .share(let share):
            writer.write(UInt8(2))
            writer.write(UInt32(share.residues.count))
            writer.write(words: share.residues)
            writer.write(bytes: share.salt)
        }
    }

    /// Reads what ``write(to:)`` wrote.
    ///
    /// - Throws: ``WireError``, before anything is allocated for entries that are not there.
    package init(from reader: inout ByteReader) throws(WireError) {
        let kind = try reader.readUInt8()
        let count = Int(try reader.readUInt32())
        guard count <= reader.remaining / 8 else {
            throw .truncated(needed: 8 * count, available: reader.remaining)
        }
        switch kind {
        case 0: self = .values(try reader.readDoubles(count: count))
        case 1: self = .words(try reader.readWords(count: count))
        case 2:
            let residues = try reader.readResidues(count: count)
            self = .share(SumShare(salt: try reader.readBytes(count: FieldLength.salt), residues: residues))
        default: throw .unknownType(kind)
        }
    }
}
