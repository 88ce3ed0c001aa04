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
    case finished
    case failed
    /// Sends nothing, as its own sums rest on too few rows; other rows open the gate.
    case held

    /// The number that PING carries.
    var code: UInt8 { UInt8(LearningPhase.allCases.firstIndex(of: self) ?? 0) }
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
}
