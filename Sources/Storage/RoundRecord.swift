/// One line of a peer's history: what a finished round cost and where it led.
package struct RoundRecord: Sendable, Equatable {
    /// The round's number in the network.
    package var round: UInt64
    /// What the round was for, for instance `mean` or `round`.
    package var stage: String
    /// Agreed objective per row after the round, where the stage has one.
    package var objective: Double?
    /// Largest disagreement of the round's last averaging step, where it was measured.
    package var residual: Double?
    /// Consensus steps of the round's attempt, averaging and agreement together.
    package var steps: Int
    /// Attempts the round took, at least 1.
    package var attempts: Int
    /// Bytes this peer sent during the round.
    package var sentBytes: UInt64
    /// Bytes this peer received during the round.
    package var receivedBytes: UInt64
    /// Seconds from the start of the round to its end at this peer.
    package var seconds: Double
    /// Seconds from the first message sent to the agreed sum.
    package var sessionSeconds: Double
    /// Hash of the shared state after the round, 32 bytes.
    package var stateHash: [UInt8]
    /// What was wrong with the model after the round, in a phrase.
    package var warning: String?
    /// exp of the entropy of the own vector's least diverse pattern.
    package var lDiversityMin: Double?
    /// The same of the most diverse one.
    package var lDiversityMax: Double?
    /// Kish's number of rows of the least diverse agreed sum.
    package var networkRowsMin: Double?
    /// What became of the own vector, in a word.
    package var gate: String?

    /// Puts the columns together.
    package init(
        round: UInt64, stage: String, objective: Double? = nil, residual: Double? = nil, steps: Int,
        attempts: Int = 1, sentBytes: UInt64 = 0, receivedBytes: UInt64 = 0, seconds: Double,
        sessionSeconds: Double = 0, stateHash: [UInt8], warning: String? = nil,
        lDiversityMin: Double? = nil, lDiversityMax: Double? = nil, networkRowsMin: Double? = nil,
        gate: String? = nil
    ) {
        self.round = round
        self.stage = stage
        self.objective = objective
        self.residual = residual
        self.steps = steps
        self.attempts = attempts
        self.sentBytes = sentBytes
        self.receivedBytes = receivedBytes
        self.seconds = seconds
        self.sessionSeconds = sessionSeconds
        self.stateHash = stateHash
        self.warning = warning
        self.lDiversityMin = lDiversityMin
        self.lDiversityMax = lDiversityMax
        self.networkRowsMin = networkRowsMin
        self.gate = gate
    }
}
