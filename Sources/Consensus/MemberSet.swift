package import Wire

/// Some of the participants of an agreement, by their places in it.
///
/// Many members of one process hold the same set: a copy is a reference, and equal references are told at once.
package struct MemberSet: Sendable, Equatable {
    /// Participants of the agreement, members or not.
    package let participantCount: Int
    /// Bit `i % 64` of word `i / 64` is participant i; bits beyond the last participant are 0.
    private var words: [UInt64]
    /// Members.
    package private(set) var count: Int

    /// Nobody, of so many participants.
    package init(participantCount: Int) {
        precondition(
            (0...RosterGeometry.rosterLimit).contains(participantCount), "\(participantCount) participants")
        self.participantCount = participantCount
        words = [UInt64](repeating: 0, count: (participantCount + 63) / 64)
        count = 0
    }

    /// These members.
    package init(_ members: some Sequence<Int>, participantCount: Int) {
        self.init(participantCount: participantCount)
        for member in members { insert(member) }
    }

    /// All participants.
    package static func all(_ participantCount: Int) -> MemberSet {
        MemberSet(0..<participantCount, participantCount: participantCount)
    }

    package var isEmpty: Bool { count == 0 }

    package func contains(_ member: Int) -> Bool {
        member >= 0 && member < participantCount && words[member / 64] >> UInt64(member % 64) & 1 == 1
    }

    package mutating func insert(_ member: Int) {
        precondition(
            member >= 0 && member < participantCount, "participant \(member) of \(participantCount)")
        guard !contains(member) else { return }
        words[member / 64] |= 1 << UInt64(member % 64)
        count += 1
    }

    package mutating func remove(_ member: Int) {
        guard contains(member) else { return }
        words[member / 64] &= ~(1 << UInt64(member % 64))
        count -= 1
    }

    package mutating func formUnion(_ other: MemberSet) {
        guard !other.isEmpty else { return }
        for member in other.members { insert(member) }
    }

    /// The members, ascending.
    package var members: [Int] {
        var result: [Int] = []
        result.reserveCapacity(count)
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                result.append(64 * index + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return result
    }

    /// The place of a member among the members; nil for others.
    package func place(of member: Int) -> Int? {
        guard contains(member) else { return nil }
        if count == participantCount { return member }
        let word = member / 64
        var place = 0
        for index in 0..<word { place += words[index].nonzeroBitCount }
        return place + (words[word] & ((1 << UInt64(member % 64)) - 1)).nonzeroBitCount
    }

    /// Bytes on the wire.
    package var byteCount: Int { Self.byteCount(participantCount: participantCount) }

    /// Bytes on the wire of a set of so many participants.
    package static func byteCount(participantCount: Int) -> Int { 2 + (participantCount + 7) / 8 }

    /// The number of participants, and a bit each.
    package func write(to writer: inout ByteWriter) {
        writer.write(UInt16(participantCount))
        for index in 0..<(participantCount + 7) / 8 {
            writer.write(UInt8(truncatingIfNeeded: words[index / 8] >> UInt64(8 * (index % 8))))
        }
    }

    /// Reads what ``write(to:)`` wrote; bits beyond the last participant must be 0.
    package init(from reader: inout ByteReader) throws(WireError) {
        let participantCount = Int(try reader.readUInt16())
        let bytes = try reader.readBytes(count: (participantCount + 7) / 8)
        self.init(participantCount: participantCount)
        for (index, byte) in bytes.enumerated() {
            words[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8))
            count += byte.nonzeroBitCount
        }
        if let last = bytes.last, participantCount % 8 != 0, last >> UInt8(participantCount % 8) != 0 {
            throw .invalidValue(field: .memberBits, value: UInt64(last))
        }
    }

    package static func == (left: MemberSet, right: MemberSet) -> Bool {
        left.count == right.count && left.participantCount == right.participantCount
            && left.words == right.words
    }
}

extension WireField {
    /// A bit of a set of members that stands for nobody.
    static let memberBits = WireField("member bits")
}
