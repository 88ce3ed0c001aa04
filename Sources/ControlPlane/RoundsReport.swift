/// The history of a peer: `GET /v1/rounds`, and the `data` of `rounds --json`.
package struct RoundsReport: Codable, Sendable, Equatable {
    /// One finished round.
    package struct Line: Codable, Sendable, Equatable {
        /// The number.
        package var round: UInt64
        /// What it was for.
        package var stage: String
        /// Agreed objective per row (log-likelihood, ELBO); `null` where the stage has none.
        @Nullable package var objective: Double?
        /// Largest change of the last averaging step.
        @Nullable package var residual: Double?
        /// Steps of the session, averaging and agreement together.
        package var steps: Int
        /// Attempts it took, at least 1.
        package var attempts: Int
        /// Bytes sent in the round.
        package var sentBytes: UInt64
        /// Bytes received in the round.
        package var receivedBytes: UInt64
        /// Seconds from the start of the round to its end.
        package var seconds: Double
        /// Seconds from the first message sent to the agreed sum.
        package var sessionSeconds: Double
        /// Hash of the shared state after the round, hexadecimal.
        package var stateHash: String
        /// What was wrong with the model after the round, in a phrase; `null` where nothing was.
        @Nullable package var warning: String?
        /// Of the own vector: the least diverse pattern, the alarm; `null` where it has no patterns.
        @Nullable package var lDiversityMin: Double?
        /// The most diverse pattern, where the paper looks.
        @Nullable package var lDiversityMax: Double?
        /// Kish's number of rows of the least diverse agreed sum.
        @Nullable package var networkRowsMin: Double?
        /// What became of the own vector: `open`, `warned`, `noised` or `suppressed`.
        @Nullable package var gate: String?

        package init(
            round: UInt64, stage: String, objective: Double?, residual: Double?, steps: Int, attempts: Int,
            sentBytes: UInt64, receivedBytes: UInt64, seconds: Double, sessionSeconds: Double,
            stateHash: String, warning: String? = nil, lDiversityMin: Double? = nil,
            lDiversityMax: Double? = nil, networkRowsMin: Double? = nil, gate: String? = nil
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

    /// Oldest first.
    package var rounds: [Line]

    package init(rounds: [Line]) {
        self.rounds = rounds
    }
}
