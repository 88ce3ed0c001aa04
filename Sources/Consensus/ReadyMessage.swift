package import Wire

/// A vote that a member has cast: the attempt it ran, and the digest of what that attempt opened.
package struct Vote: Sendable, Equatable {
    /// The attempt whose sum is voted for.
    package let attempt: UInt32
    /// ``AggregationOutcome/digest``, 32 bytes.
    package let digest: [UInt8]
    /// Whether its seeds are lost, or its sum has failed its check, and this READY's roster is its own: then it is to be
    /// run anew.
    package let isLost: Bool

    package init(attempt: UInt32, digest: [UInt8], isLost: Bool = false) {
        precondition(digest.count == FieldLength.hash, "a digest of \(digest.count) bytes")
        self.attempt = attempt
        self.digest = digest
        self.isLost = isLost
    }
}

/// READY: its sender takes part in this attempt of this round, from this state. Flooded and signed.
package struct ReadyMessage: SignedFlood, Sendable, Equatable {
    package let round: UInt64
    package let attempt: UInt32
    /// The member's place in the agreement's order.
    package let sender: UInt16
    /// Who takes part in the attempt, the sender among them.
    package let roster: MemberSet
    /// The hash of the state the round starts from, 32 bytes.
    package let stateHash: [UInt8]
    /// The steps the sender's plan has; the largest of the roster holds.
    package let steps: UInt32
    /// ``SelfMask/commitment(to:)`` of the sender's seed for this attempt, 32 bytes; zeros without self masks.
    package let commitment: [UInt8]
    /// Participants outside the roster whose JOIN the sender has heard.
    package let joiners: MemberSet
    /// The sender's latest FINISHED of this round.
    package let vote: Vote?
    /// Ed25519 over ``signedBytes(networkID:)``, 64 bytes.
    package var signature: [UInt8]

    /// - Parameter signature: 64 bytes; zeros until the message is signed.
    package init(
        round: UInt64, attempt: UInt32, sender: UInt16, roster: MemberSet, stateHash: [UInt8], steps: UInt32,
        commitment: [UInt8] = [UInt8](repeating: 0, count: 32), joiners: MemberSet? = nil, vote: Vote?,
        signature: [UInt8] = [UInt8](repeating: 0, count: 64)
    ) {
        precondition(stateHash.count == FieldLength.hash, "a state hash of \(stateHash.count) bytes")
        precondition(commitment.count == FieldLength.hash, "a commitment of \(commitment.count) bytes")
        precondition(signature.count == FieldLength.signature, "a signature of \(signature.count) bytes")
        self.round = round
        self.attempt = attempt
        self.sender = sender
        self.roster = roster
        self.joiners = joiners ?? MemberSet(participantCount: roster.participantCount)
        self.stateHash = stateHash
        self.steps = steps
        self.commitment = commitment
        self.vote = vote
        self.signature = signature
    }

    /// Bytes on the wire.
    package var byteCount: Int {
        let vote = vote == nil ? 1 : 1 + 4 + FieldLength.hash
        let sets = roster.byteCount + joiners.byteCount
        return FieldLength.head + 2 + sets + 2 * FieldLength.hash + 4 + vote + FieldLength.signature
    }

    package func writeUnsigned(to writer: inout ByteWriter) {
        writer.write(MessageType.ready.rawValue)
        writer.write(round)
        writer.write(attempt)
        writer.write(sender)
        roster.write(to: &writer)
        writer.write(bytes: stateHash)
        writer.write(steps)
        writer.write(bytes: commitment)
        joiners.write(to: &writer)
        writer.write(UInt8(vote.map { $0.isLost ? 2 : 1 } ?? 0))
        if let vote {
            writer.write(vote.attempt)
            writer.write(bytes: vote.digest)
        }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        round = try reader.readUInt64()
        attempt = try reader.readUInt32()
        sender = try reader.readUInt16()
        roster = try MemberSet(from: &reader)
        stateHash = try reader.readBytes(count: FieldLength.hash)
        steps = try reader.readUInt32()
        commitment = try reader.readBytes(count: FieldLength.hash)
        joiners = try MemberSet(from: &reader)
        let presence = try reader.readUInt8()
        switch presence {
        case 0: vote = nil
        case 1, 2:
            let voted = try reader.readUInt32()
            let digest = try reader.readBytes(count: FieldLength.hash)
            vote = Vote(attempt: voted, digest: digest, isLost: presence == 2)
        default: throw .invalidValue(field: .votePresence, value: UInt64(presence))
        }
        signature = try reader.readBytes(count: FieldLength.signature)
    }
}
