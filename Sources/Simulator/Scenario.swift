package import Datasets
package import Learning
package import LinearAlgebra

/// A whole network in one value: who takes part, on what rows, over what kind of links, with what faults.
package struct Scenario: Sendable {
    /// A participant that stops at once, and starts again from its disk.
    package struct Crash: Sendable, Equatable {
        /// `roundsAway` of a participant that never comes back.
        package static let forGood = Int.max

        /// The round after whose start it stops; counted after the starts, from 0.
        package let round: Int
        package let participant: Int
        /// How many rounds' time it is away.
        package let roundsAway: Int

        package init(round: Int, participant: Int, roundsAway: Int) {
            self.round = round
            self.participant = participant
            self.roundsAway = roundsAway
        }
    }

    /// Names of the columns of all rows.
    package let columns: [String]
    package let participants: [ParticipantData]
    package let training: TrainingSettings
    package let learning: LearningSettings
    package let seed: UInt64
    /// Time a message takes, and the largest extra, uniformly drawn.
    package let latency: Duration
    package let jitter: Duration
    package let crashes: [Crash]
    /// The caller's threads; changes no bit of any outcome.
    package var runner: any ParallelRunner = SerialRunner()

    package init(
        columns: [String], participants: [ParticipantData], training: TrainingSettings,
        learning: LearningSettings, seed: UInt64,
        latency: Duration, jitter: Duration, crashes: [Crash] = []
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
        self.crashes = crashes
    }
}
