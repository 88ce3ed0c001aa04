/// What a running peer says about itself: `GET /v1/status`, and the `data` of `status --json`.
package struct StatusReport: Codable, Sendable, Equatable {
    /// Where the session under way stands.
    package struct Session: Codable, Sendable, Equatable {
        /// The chunk that is furthest behind.
        package var chunk: Int
        /// Steps done, averaging first, agreement after.
        package var step: Int
        /// Steps in all.
        package var steps: Int
        /// Largest change of the last averaging step; `null` before the first.
        @Nullable package var residual: Double?

        package init(chunk: Int, step: Int, steps: Int, residual: Double?) {
            self.chunk = chunk
            self.step = step
            self.steps = steps
            self.residual = residual
        }
    }

    /// The model that is being learnt.
    package struct Model: Codable, Sendable, Equatable {
        /// The kind, as the agreement names it.
        package var kind: String
        /// Patterns that still hold rows, latents that vary with them; `null` before the first round.
        @Nullable package var patternsActive: Int?
        /// Agreed objective per row; `null` before the first round.
        @Nullable package var objective: Double?
        /// What is wrong with the model, in a phrase; `null` where nothing is.
        @Nullable package var warning: String?

        package init(kind: String, patternsActive: Int?, objective: Double?, warning: String? = nil) {
            self.kind = kind
            self.patternsActive = patternsActive
            self.objective = objective
            self.warning = warning
        }
    }

    /// What the last round's sums would tell about single rows.
    package struct Privacy: Codable, Sendable, Equatable {
        /// Smallest entropy ℓ-diversity over patterns: the alarm.
        @Nullable package var lDiversityMin: Double?
        /// Largest one: the figure of the paper.
        @Nullable package var lDiversityMax: Double?
        /// ℓ0 of the agreement.
        @Nullable package var required: Double?
        /// What a violation leads to: `warn`, `hold`, `noise` or `suppress`.
        @Nullable package var action: String?
        /// What became of the last own vector: `open`, `warned`, `held`, `noised` or `suppressed`.
        @Nullable package var gate: String?
        /// Kish's effective number of rows of the least diverse pattern.
        @Nullable package var effectiveRowsMin: Double?
        /// The largest share of one row in a pattern's sum.
        @Nullable package var largestShare: Double?
        /// Kish's number of rows of the least diverse agreed sum, over all participants.
        @Nullable package var networkRowsMin: Double?
        /// Own vectors that noise was added to, since the start.
        package var noiseEvents: Int
        /// Own vectors that patterns were left out of, since the start.
        package var suppressions: Int
        /// What differentially private learning promises and has spent; `null` where nothing is private.
        @Nullable package var budget: Budget?

        package init(
            lDiversityMin: Double?, lDiversityMax: Double?, required: Double? = nil, action: String? = nil,
            gate: String? = nil, effectiveRowsMin: Double? = nil, largestShare: Double? = nil,
            networkRowsMin: Double? = nil, noiseEvents: Int, suppressions: Int = 0, budget: Budget? = nil
        ) {
            self.lDiversityMin = lDiversityMin
            self.lDiversityMax = lDiversityMax
            self.required = required
            self.action = action
            self.gate = gate
            self.effectiveRowsMin = effectiveRowsMin
            self.largestShare = largestShare
            self.networkRowsMin = networkRowsMin
            self.noiseEvents = noiseEvents
            self.suppressions = suppressions
            self.budget = budget
        }
    }

    /// (ε, δ) for every row, and the ε of all that this peer has sent.
    package struct Budget: Codable, Sendable, Equatable {
        package var epsilon: Double
        package var delta: Double
        package var spent: Double
        /// What adding or removing changes.
        package var unit: String

        package init(epsilon: Double, delta: Double, spent: Double, unit: String) {
            self.epsilon = epsilon
            self.delta = delta
            self.spent = spent
            self.unit = unit
        }
    }

    /// What went over the wire since the start.
    package struct Traffic: Codable, Sendable, Equatable {
        /// Bytes written to peers, framing included.
        package var sentBytes: UInt64
        /// Bytes read from peers, framing included.
        package var receivedBytes: UInt64
        /// Handshakes that were confirmed.
        package var handshakes: UInt64
        /// Connections that were closed without an answer.
        package var rejected: UInt64

        package init(sentBytes: UInt64, receivedBytes: UInt64, handshakes: UInt64, rejected: UInt64) {
            self.sentBytes = sentBytes
            self.receivedBytes = receivedBytes
            self.handshakes = handshakes
            self.rejected = rejected
        }
    }

    /// The participant's name in the agreement.
    package var name: String
    /// Its public key, `cd1…`.
    package var key: String
    /// BLAKE2b-256 of the agreement, hexadecimal.
    package var networkId: String
    /// The program's version.
    package var version: String
    /// Seconds since the daemon started.
    package var uptimeSeconds: Double
    /// What the peer is doing: a word for people and scripts.
    package var phase: String
    /// What the exchanges are for at the moment, for instance `moments` or `round`.
    package var stage: String
    /// The round under way.
    package var round: UInt64
    /// The attempt of that round, from 0.
    package var attempt: UInt32
    /// The session under way; `null` between sessions.
    @Nullable package var session: Session?
    /// Participants of the roster.
    package var members: Int
    /// Of these, the ones with an open channel to this peer, and itself.
    package var alive: Int
    /// Why the peer cannot go on until others are back, in a sentence; `null` while it can.
    @Nullable package var hold: String?
    /// Names of those whom the round waits for.
    package var waitingFor: [String]
    /// The model.
    package var model: Model
    /// The privacy figures.
    package var privacy: Privacy
    /// The traffic.
    package var traffic: Traffic
    /// Seconds since the last checkpoint reached the disk; `null` before the first.
    @Nullable package var checkpointAgeSeconds: Double?
    /// Hash of the shared state, hexadecimal; `null` before the first round.
    @Nullable package var stateHash: String?
    /// The last thing that went wrong, in a sentence; `null` when nothing has.
    @Nullable package var lastError: String?

    package init(
        name: String, key: String, networkId: String, version: String, uptimeSeconds: Double, phase: String,
        stage: String, round: UInt64, attempt: UInt32, session: Session?, members: Int, alive: Int,
        hold: String? = nil, waitingFor: [String], model: Model, privacy: Privacy, traffic: Traffic,
        checkpointAgeSeconds: Double?, stateHash: String?, lastError: String?
    ) {
        self.name = name
        self.key = key
        self.networkId = networkId
        self.version = version
        self.uptimeSeconds = uptimeSeconds
        self.phase = phase
        self.stage = stage
        self.round = round
        self.attempt = attempt
        self.session = session
        self.members = members
        self.alive = alive
        self.hold = hold
        self.waitingFor = waitingFor
        self.model = model
        self.privacy = privacy
        self.traffic = traffic
        self.checkpointAgeSeconds = checkpointAgeSeconds
        self.stateHash = stateHash
        self.lastError = lastError
    }
}
