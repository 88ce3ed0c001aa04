/// What the shell, or `Learning`, is to do next.
package enum AggregationDirective: Sendable, Equatable {
    /// Send a message to a member, by its place in the roster.
    case send(PeerMessage, to: Int)
    /// The aggregation is over: everybody who gets here holds the same bits.
    case completed(AggregationOutcome)
    /// A member sent what it must not; the message was ignored.
    case misbehaved(peer: Int, Misbehaviour)
}

/// What an aggregation ended with: still masked where members have self masks, or shared out, so that digests are
/// compared and votes cast while nothing is open. ``AggregationPlan/opened(_:selfSeeds:)`` and
/// ``AggregationPlan/opened(_:)`` open it.
package struct AggregationOutcome: Sendable, Equatable {
    /// The sum over the roster, self masks included, or the maximum; shape `(plan.messageCount)`, in a sum with
    /// the constant-1 channel last.
    package let maskedSum: MaskedSum
    /// BLAKE2b-256 of attempt, roster and the bits of the masked sum, or the commitments to its shares.
    package let digest: [UInt8]
    /// ``SumShare/commitment`` of every member, in the order of the roster; empty without Shamir's shares.
    package let commitments: [[UInt8]]
    /// Averaging steps that were run, or those of the exact sum.
    package let steps: Int
    /// Flooding steps that were run.
    package let agreementSteps: Int
}

/// What a masked sum says once the self masks are off.
package struct OpenedSum: Sendable, Equatable {
    /// The sum over the roster, or the maximum; shape `(vectorCount)`, without the constant-1 channel.
    package let sum: [Double]
    /// Members in the sum, counted by the constant-1 channel.
    package let memberCount: Int
}

/// Why an opened sum is refused.
package enum AggregationFailure: Error, Sendable, Equatable {
    /// The constant-1 channel does not count the roster.
    case memberCount(opened: Double, roster: Int)
    /// An entry lies outside ±roster, which agreed scales forbid.
    case entryOutOfRange(index: Int, value: Double, bound: Double)
    /// Shares of the sum lie on no common polynomial: so many of them, and whose is wrong where that can be told.
    case sharesDisagree(count: Int, wrong: Int?)
}

/// What a member did that it must not.
package enum Misbehaviour: Error, Sendable, Equatable {
    /// DATA or SEED from a member that is no neighbour in this session or of this mask graph.
    case notNeighbour
    /// DATA for a chunk that the agreement does not have.
    case unknownChunk(chunk: Int, chunkCount: Int)
    /// DATA for a step after the last.
    case unknownStep(step: Int, stepCount: Int)
    /// DATA more than one step ahead, which a member that waits for its neighbours cannot be.
    case stepAhead(step: Int, current: Int)
    /// DATA of an exact sum from a neighbour that sends nothing at this step, or not of this origin.
    case notPartner(step: Int)
    /// Doubles where words are exchanged, words where doubles are.
    case wrongPayload
    /// A vector of the wrong length.
    case wrongCount(count: Int, expected: Int)
    /// A value that is not finite or exceeds the bound of the session.
    case valueOutOfBounds(index: Int, bitPattern: UInt64, bound: Double)
    /// Another body for a message that has already come.
    case contradiction
}

/// Where an aggregation stands.
package struct AggregationProgress: Sendable, Equatable {
    /// The chunk that is furthest behind.
    package let chunk: Int
    /// Its step; averaging or the exact sum first, agreement after.
    package let step: Int
    /// All steps of a chunk, agreement included.
    package let steps: Int
    /// How far the constant-1 channel of that chunk was from its neighbours' mean at the last averaging step;
    /// `nil` before the first and in an exact sum.
    package let residual: Double?
    /// Whether SEEDs are still missing, so that no chunk has begun.
    package let isExchangingSeeds: Bool
    /// Members whose message for the current step of any chunk, or whose SEED, is missing; ascending.
    package let waitingFor: [Int]
}
