package import Datasets
package import Learning
package import LinearAlgebra

/// A whole network in one value: who takes part, on what rows, over what kind of links, with what faults.
package struct Scenario: Sendable {
    /// Names of the columns of all rows.
    package let columns: [String]
    package let participants: [ParticipantData]
    package let training: TrainingSettings
    package let learning: LearningSettings
    package let seed: UInt64
    /// Time a message takes, and the largest extra, uniformly drawn.
    package let latency: Duration
    package let jitter: Duration
    /// The probability that a message breaks its connection.
    package let loss: Double
    package var faults: [Fault]
    /// The caller's threads; changes no bit of any outcome.
    package var runner: any ParallelRunner = SerialRunner()

    package init(
        columns: [String], participants: [ParticipantData], training: TrainingSettings,
        learning: LearningSettings, seed: UInt64,
        latency: Duration, jitter: Duration, loss: Double = 0, faults: [Fault] = []
    ) {
        precondition(
            participants.count == learning.roster.count,
            "\(participants.count) participants for a roster of \(learning.roster.count)")
        self.columns = columns
        self.participants = participants
        self.training = training
        self.learning = learning
        self.seed = seed
        self.latency = latency
        self.jitter = jitter
        self.loss = loss
        self.faults = faults
    }
}
