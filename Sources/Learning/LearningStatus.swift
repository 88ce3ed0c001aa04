package import Consensus
package import Models
package import Privacy

/// Where a member stands within a round.
package enum LearningPhase: String, Sendable, CaseIterable {
    /// Not started yet.
    case idle
    /// Computes its own vector of the round.
    case preparing
    /// Waits until every member is ready for the attempt.
    case gathering
    /// Seeds, consensus and agreement run.
    case exchanging
    /// Has its sum and waits for every member's vote.
    case voting
    /// Knows that the sum is decided and waits for the seeds that open it.
    case revealing
    /// Computes the next state from the agreed sum, and stores it.
    case optimising
    /// An attempt was given up: asks who is there.
    case calling
    /// Fetches a closed sum that is voted for, or the state of a round that others are in.
    case fetching
    /// Cannot go on until others are back.
    case holding
    /// Stands outside the roster, or outside the attempt under way, and waits to be let in.
    case joining
    case finished
    case failed
    /// Sends nothing, as its own sums rest on too few rows; other rows open the gate.
    case held

    /// Whether the exchange has been decided here, and only its optimisation or the end of the run is left.
    var isDecided: Bool { self == .optimising || self == .finished }

    /// The number that PING carries.
    var code: UInt8 { UInt8(LearningPhase.allCases.firstIndex(of: self) ?? 0) }
}

/// Why a member holds.
package enum HoldReason: Sendable, Equatable {
    /// So many are there, fewer than a sum needs.
    case tooFew(present: Int, needed: Int)
    /// The agreement's explicit edges do not connect those who are there, or they are too few for Shamir's threshold.
    case noGraph(present: Int)
    /// A decided sum whose seeds are lost: only exactly its roster may run again.
    case seedsLost
}

/// Where a member stands, in three words.
package struct MemberStanding: Sendable, Equatable {
    /// Exchanges decided so far.
    package let exchange: UInt64
    package let phase: LearningPhase
    /// The round, counted after the starts from 0; nil in other stages.
    package let round: Int?
}

/// What `status` shows of a member.
package struct LearningStatus: Sendable {
    package let phase: LearningPhase
    package let stage: TrainingStage
    package let exchange: UInt64
    package let attempt: UInt32
    package let progress: AggregationProgress?
    /// Members whose message or link the phase waits for, in order.
    package let waitingFor: [Int]
    /// Whether each member's link is up; true for the member itself.
    package let linkIsUp: [Bool]
    package let objective: AgreedObjective?
    package let activePatternCount: Int
    /// What is wrong with the first model in trouble.
    package let warning: ModelWarning?
    package let stateHash: [UInt8]
    package let diversity: DiversityFigures?
    package let privacy: PrivacyStatus
    package let failure: LearningFailure?
    /// What is promised to every row and used up by this member; nil where nothing is private.
    package let budget: PrivacyBudget?
    /// The round's roster.
    package let roster: MemberSet
    /// Why the member holds; nil while it does not.
    package let hold: HoldReason?
}
