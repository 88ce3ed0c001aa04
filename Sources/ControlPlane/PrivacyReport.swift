/// How well sums hide single rows, and what is promised about it: `GET /v1/privacy`, and the `data` of `privacy --json`.
package struct PrivacyReport: Codable, Sendable, Equatable {
    /// One pattern of the own vector that was prepared last.
    package struct Pattern: Codable, Sendable, Equatable {
        /// The coordinates of the model it belongs to: `shared` or `local`.
        package var model: String
        /// The slot, from 0.
        package var pattern: Int
        /// N_k of the own rows.
        package var rows: Double
        /// exp of the entropy of g = r/N_k.
        package var lDiversity: Double
        /// Kish's N_k²/Σr².
        package var effectiveRows: Double
        /// max g.
        package var largestShare: Double
        /// Whether it holds more than half a row's weight.
        package var active: Bool
        /// Whether it is below the agreed level.
        package var short: Bool
        /// Whether it was left out, or noise was added.
        package var treated: Bool

        package init(
            model: String, pattern: Int, rows: Double, lDiversity: Double, effectiveRows: Double,
            largestShare: Double, active: Bool, short: Bool, treated: Bool
        ) {
            self.model = model
            self.pattern = pattern
            self.rows = rows
            self.lDiversity = lDiversity
            self.effectiveRows = effectiveRows
            self.largestShare = largestShare
            self.active = active
            self.short = short
            self.treated = treated
        }
    }

    /// One pattern of the sums that were agreed last.
    package struct AgreedPattern: Codable, Sendable, Equatable {
        package var model: String
        package var pattern: Int
        /// N̄_k of all participants.
        package var rows: Double
        /// Kish's N̄_k²/Σ_sΣ_n r²; `null` where N̄_k is at most half a row.
        @Nullable package var effectiveRows: Double?

        package init(model: String, pattern: Int, rows: Double, effectiveRows: Double?) {
            self.model = model
            self.pattern = pattern
            self.rows = rows
            self.effectiveRows = effectiveRows
        }
    }

    /// Eq. 47–48 of the paper on the own rows, as exp(E); `null` without patterns.
    package struct Paper: Codable, Sendable, Equatable {
        /// With m_k in the place of the centre.
        @Nullable package var asPrinted: Double?
        /// With μ_k.
        @Nullable package var correctedCentres: Double?

        package init(asPrinted: Double?, correctedCentres: Double?) {
            self.asPrinted = asPrinted
            self.correctedCentres = correctedCentres
        }
    }

    /// The round under way, and what it is for.
    package var round: UInt64
    package var stage: String
    /// Rows of this participant.
    package var rows: Int
    /// ℓ0 of the agreement.
    package var required: Double
    /// What a violation leads to: `warn`, `hold`, `noise` or `suppress`.
    package var action: String
    /// What became of the last own vector; `null` before the first.
    @Nullable package var gate: String?
    /// min over active patterns: the alarm.
    @Nullable package var lDiversityMin: Double?
    /// max over patterns: where the paper looks.
    @Nullable package var lDiversityMax: Double?
    /// The smallest of the own patterns' effective rows.
    @Nullable package var effectiveRowsMin: Double?
    /// The largest share of one row in a pattern.
    @Nullable package var largestShare: Double?
    package var patterns: [Pattern]
    package var paper: Paper
    /// The smallest effective rows of an agreed sum.
    @Nullable package var networkRowsMin: Double?
    /// The largest.
    @Nullable package var networkRowsMax: Double?
    package var network: [AgreedPattern]
    /// Which of the two a curious participant sees: `own` or `network`.
    package var visible: String
    /// That in a sentence, and whether it suffices.
    package var verdict: String
    /// Decided rounds in which noise was added to the own vector, and in which patterns were left out.
    package var noiseEvents: Int
    package var suppressions: Int
    /// What differentially private learning has spent; no such learning, no budget.
    @Nullable package var budget: StatusReport.Budget?
    /// What the audit said at the start; `null` where it could not be computed.
    @Nullable package var audit: String?
    /// What is promised, in the words that are true of it.
    package var statement: String

    package init(
        round: UInt64, stage: String, rows: Int, required: Double, action: String, gate: String?,
        lDiversityMin: Double?, lDiversityMax: Double?, effectiveRowsMin: Double?, largestShare: Double?,
        patterns: [Pattern], paper: Paper, networkRowsMin: Double?, networkRowsMax: Double?,
        network: [AgreedPattern], visible: String, verdict: String, noiseEvents: Int, suppressions: Int,
        budget: StatusReport.Budget? = nil, audit: String?, statement: String
    ) {
        self.round = round
        self.stage = stage
        self.rows = rows
        self.required = required
        self.action = action
        self.gate = gate
        self.lDiversityMin = lDiversityMin
        self.lDiversityMax = lDiversityMax
        self.effectiveRowsMin = effectiveRowsMin
        self.largestShare = largestShare
        self.patterns = patterns
        self.paper = paper
        self.networkRowsMin = networkRowsMin
        self.networkRowsMax = networkRowsMax
        self.network = network
        self.visible = visible
        self.verdict = verdict
        self.noiseEvents = noiseEvents
        self.suppressions = suppressions
        self.budget = budget
        self.audit = audit
        self.statement = statement
    }
}
