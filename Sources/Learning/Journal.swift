import Consensus
import Wire

/// What a member must remember of the round it is in, over a crash: read again, it never votes twice and never
/// computes its inputs anew.
struct Journal: Equatable {
    /// The attempt that the member's latest READY names.
    var attempt: UInt32
    /// The own vector of the round in [−1, 1], and how many entries were clamped.
    var inputs: [Double]
    var clippedCount: Int
    /// What the local update keeps private.
    var kept: [UInt8]
    /// The own vote: the attempt, the digest and the opened sum it stands for.
    var vote: (attempt: UInt32, digest: [UInt8], sum: [Double])?
    /// All members' votes for the round before, which prove that it was decided.
    var proof: [FinishedMessage]

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
            writer.write(bytes: vote.digest)
            writer.write(UInt32(vote.sum.count))
            writer.write(doubles: vote.sum)
        }
        writer.write(UInt16(proof.count))
        for message in proof {
            let bytes = PeerMessage.finished(message).encoded()
            writer.write(UInt16(bytes.count))
            writer.write(bytes: bytes)
        }
        return writer.bytes
    }

    init(
        attempt: UInt32, inputs: [Double], clippedCount: Int, kept: [UInt8],
        vote: (attempt: UInt32, digest: [UInt8], sum: [Double])?, proof: [FinishedMessage]
    ) {
        self.attempt = attempt
        self.inputs = inputs
        self.clippedCount = clippedCount
        self.kept = kept
        self.vote = vote
        self.proof = proof
    }

    init(decoding bytes: [UInt8], limits: MessageLimits) throws(WireError) {
        var reader = ByteReader(bytes)
        attempt = try reader.readUInt32()
        clippedCount = Int(try reader.readUInt32())
        inputs = try Journal.doubles(&reader)
        kept = try reader.readBytes(count: Journal.count(&reader))
        vote = nil
        if try reader.readUInt8() == 1 {
            let attempt = try reader.readUInt32()
            let digest = try reader.readBytes(count: 32)
            vote = (attempt, digest, try Journal.doubles(&reader))
        }
        proof = []
        for _ in 0..<(try reader.readUInt16()) {
            let length = Int(try reader.readUInt16())
            let message = try PeerMessage.decode(reader.readBytes(count: length), limits: limits)
            if case .finished(let finished) = message { proof.append(finished) }
        }
        try reader.finish()
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
