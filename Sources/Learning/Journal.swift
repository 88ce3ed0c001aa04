import Consensus
import Wire

/// What a member must remember of the round it is in, over a crash: read again, it never votes twice and never
/// computes its inputs anew.
struct Journal: Equatable {
    /// A vote, with all that a member needs to open the sum it stands for but the seeds.
    struct Ballot: Equatable {
        /// The attempt that the vote is cast in.
        let attempt: UInt32
        let value: RoundValue
    }

    /// The attempt that the member's latest READY names.
    var attempt: UInt32
    /// The own vector of the round in [−1, 1], and how many entries were clamped.
    var inputs: [Double]
    var clippedCount: Int
    /// What the local update keeps private.
    var kept: [UInt8]
    /// The own vote.
    var vote: Ballot?
    /// Votes for the round before, a quorum of them, which prove that it was decided.
    var proof: [PeerMessage]
    /// The REVEALs of the round before, and SHAREs for those that were lost, or SUMSHAREs: who missed them asks here.
    var openings: [PeerMessage]

    static func == (left: Journal, right: Journal) -> Bool { left.encoded() == right.encoded() }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: 64 + 16 * inputs.count)
        writer.write(attempt)
        writer.write(UInt32(clippedCount))
        writer.write(UInt32(inputs.count))
        writer.write(doubles: inputs)
        writer.write(UInt32(kept.count))
        writer.write(bytes: kept)
        writer.write(UInt8(vote == nil ? 0 : 1))
        if let vote {
            writer.write(vote.attempt)
            vote.value.write(to: &writer, hidesShare: false)
        }
        Journal.write(proof, to: &writer)
        Journal.write(openings, to: &writer)
        return writer.bytes
    }

    init(
        attempt: UInt32, inputs: [Double], clippedCount: Int, kept: [UInt8],
        vote: Ballot? = nil, proof: [PeerMessage], openings: [PeerMessage]
    ) {
        self.attempt = attempt
        self.inputs = inputs
        self.clippedCount = clippedCount
        self.kept = kept
        self.vote = vote
        self.proof = proof
        self.openings = openings
    }

    /// - Parameter value: what stored parts stand for; nil where they stand for nothing.
    init(
        decoding bytes: [UInt8], limits: MessageLimits, value: (RoundValue.Parts) -> RoundValue?
    ) throws(WireError) {
        var reader = ByteReader(bytes)
        attempt = try reader.readUInt32()
        clippedCount = Int(try reader.readUInt32())
        inputs = try Journal.doubles(&reader)
        kept = try reader.readBytes(count: Journal.count(&reader))
        vote = nil
        if try reader.readUInt8() == 1 {
            let attempt = try reader.readUInt32()
            guard let found = value(try RoundValue.Parts(from: &reader)) else { throw .unknownType(1) }
            vote = Ballot(attempt: attempt, value: found)
        }
        proof = try Journal.messages(&reader, limits: limits).filter { message in
            if case .finished = message { true } else { false }
        }
        openings = try Journal.messages(&reader, limits: limits)
        try reader.finish()
    }

    private static func write(_ messages: [PeerMessage], to writer: inout ByteWriter) {
        writer.write(UInt32(messages.count))
        for message in messages {
            let bytes = message.encoded()
            writer.write(UInt32(bytes.count))
            writer.write(bytes: bytes)
        }
    }

    private static func messages(
        _ reader: inout ByteReader, limits: MessageLimits
    ) throws(WireError) -> [PeerMessage] {
        var messages: [PeerMessage] = []
        for _ in 0..<(try Journal.count(&reader)) {
            let length = try Journal.count(&reader)
            messages.append(try PeerMessage.decode(reader.readBytes(count: length), limits: limits))
        }
        return messages
    }

    private static func count(_ reader: inout ByteReader) throws(WireError) -> Int {
        let count = Int(try reader.readUInt32())
        guard count <= reader.remaining else {
            throw .truncated(needed: count, available: reader.remaining)
        }
        return count
    }

    private static func doubles(_ reader: inout ByteReader) throws(WireError) -> [Double] {
        let count = Int(try reader.readUInt32())
        guard count <= reader.remaining / 8 else {
            throw .truncated(needed: count * 8, available: reader.remaining)
        }
        return try reader.readDoubles(count: count)
    }
}
