package import Consensus
package import LinearAlgebra
package import Models
package import Privacy

/// What happens to a member of the network.
package enum LearningEvent: Sendable {
    /// The member starts, or starts again after a crash.
    case started
    /// An authenticated link to a member is up.
    case linkUp(Int)
    /// The link to a member is gone.
    case linkDown(Int)
    /// A whole message over an authenticated link.
    case received(PeerMessage, from: Int)
    /// The answer to a `compute` directive.
    case computed(LearningResult)
    /// A `store` directive has reached the disk.
    case stored(token: UInt64)
    /// The owner has other rows; they count from the next exchange on.
    case rowsReplaced(TrainingRows)
    /// The time asked for by `wake`.
    case timer
    /// The owner ends the process: the others are told, so that they need not wait.
    case leaving
}

/// What the world around a member has to do, in the order given.
package enum LearningDirective: Sendable {
    /// Send a message over the link to a member; dropped if there is none.
    case send(PeerMessage, to: Int)
    /// Send a message to all neighbours in the control graph, but not back to the one that it came from.
    case flood(PeerMessage, except: Int?)
    /// Keep links to these members, besides those of the control graph.
    case connect([Int])
    /// Cut the link to a member that is silent.
    case cut(Int)
    /// Run the work on a thread of its own and answer with `computed`.
    indirect case compute(LearningWork)
    /// Make the record durable, then answer with `stored`.
    indirect case store(LearningRecord, token: UInt64)
    /// Send `timer` after this time; a newer wish replaces an older one.
    case wake(after: Duration)
    /// A round has been decided, optimised and stored.
    indirect case completed(RoundSummary)
    /// A member sent what no honest member sends; its connection ends.
    indirect case misbehaved(member: Int, MemberFault)
    /// The member sends nothing: its own sums rest on too few rows.
    indirect case held(GateReport)
    /// Learning is over; the model is `trainer.model`.
    case finished
    /// The member cannot go on: its own rows, disk or sums are at fault.
    indirect case failed(LearningFailure)
}

/// Why a member stops.
package enum LearningFailure: Error, Sendable, Equatable {
    case training(TrainingError)
    case consensus(ConsensusError)
    /// What an attempt opened cannot be right.
    case aggregation(AggregationFailure)
    /// Members voted for different sums of one attempt.
    case sumsDiffer(members: [Int])
    /// Members are in different states at the same round.
    case statesDiffer(members: [Int])
    /// The next vector would show more of a row than was promised.
    case budgetSpent(PrivacyBudget)
    /// What was stored cannot be read back.
    case unreadableRecord
}

/// Heavy work on a copy of the trainer, to be run away from the member's own thread.
package struct LearningWork: Sendable {
    enum Task: Sendable {
        case localUpdate
        case absorb(values: [Double], kept: KeptState)
        /// The state of a round that others are in.
        case adopt(agreed: [UInt8])
    }
    let task: Task
    /// Tells this work from what was asked for before.
    let token: UInt64
    var trainer: Trainer
    /// What judges the vector that is prepared.
    let gate: PrivacyGate?

    /// Does the work; seconds of CPU on large data.
    ///
    /// - Parameters:
    ///   - runner: the shell's threads; changes no bit of the result.
    ///   - generator: noise and samples of a private run come from it: libsodium's in a daemon.
    package func run(
        on runner: any ParallelRunner = SerialRunner(), using generator: inout some RandomNumberGenerator
    ) -> LearningResult {
        switch task {
        case .localUpdate:
            return LearningResult(
                outcome: .prepared(trainer.gatedUpdate(gate, on: runner, using: &generator)), token: token)
        case .adopt(let agreed):
            var trainer = trainer
            do throws(TrainingError) {
                try trainer.adopt(agreed: agreed)
                let next =
                    trainer.stage == .finished
                    ? nil : trainer.gatedUpdate(gate, on: runner, using: &generator)
                return LearningResult(outcome: .adopted(trainer, next: next), token: token)
            } catch {
                return LearningResult(outcome: .failed(error), token: token)
            }
        case .absorb(let values, let kept):
            var trainer = trainer
            let sum = SharedVector(layout: trainer.layout, values: values)
            do throws(TrainingError) {
                try trainer.absorb(sum, kept: kept)
                let next =
                    trainer.stage == .finished
                    ? nil : trainer.gatedUpdate(gate, on: runner, using: &generator)
                return LearningResult(outcome: .absorbed(trainer, next: next), token: token)
            } catch {
                return LearningResult(outcome: .failed(error), token: token)
            }
        }
    }
}

/// What a `LearningWork` gave.
package struct LearningResult: Sendable {
    enum Outcome: Sendable {
        case prepared(GatedUpdate)
        /// The trainer after the exchange, and its vector of the next one.
        case absorbed(Trainer, next: GatedUpdate?)
        /// The trainer in the state of others, and its vector of their round.
        case adopted(Trainer, next: GatedUpdate?)
        case failed(TrainingError)
    }
    let outcome: Outcome
    let token: UInt64
}

/// What must be on disk before the member acts on it.
package struct LearningRecord: Sendable, Equatable {
    /// The exchange that the record belongs to; never goes back.
    package let round: UInt64
    /// The state at the start of the round; nil where only the journal changed.
    package let checkpoint: [UInt8]?
    /// Private vectors that are counted with this record, before any of them leaves; over older records, all of them.
    package let releases: [PrivacyRelease]
    private let content: Content

    /// A journal is made into bytes only for those who ask for them.
    private enum Content: Sendable {
        case encoded([UInt8])
        case value(Journal)
    }

    /// The attempt, the own inputs and the own vote of the round.
    package var journal: [UInt8] {
        switch content {
        case .encoded(let bytes): bytes
        case .value(let journal): journal.encoded()
        }
    }

    package init(
        round: UInt64, checkpoint: [UInt8]?, journal: [UInt8], releases: [PrivacyRelease] = []
    ) {
        self.init(round: round, checkpoint: checkpoint, releases: releases, .encoded(journal))
    }

    init(round: UInt64, checkpoint: [UInt8]?, journal: Journal, releases: [PrivacyRelease]) {
        self.init(round: round, checkpoint: checkpoint, releases: releases, .value(journal))
    }

    /// This record over an older one, whose checkpoint stays where this has none: what a disk holds after both.
    package func over(_ older: LearningRecord?) -> LearningRecord {
        LearningRecord(
            round: round, checkpoint: checkpoint ?? older?.checkpoint,
            releases: PrivacyLedger((older?.releases ?? []) + releases).releases, content)
    }

    private init(
        round: UInt64, checkpoint: [UInt8]?, releases: [PrivacyRelease], _ content: Content
    ) {
        self.round = round
        self.checkpoint = checkpoint
        self.releases = releases
        self.content = content
    }

    package static func == (left: LearningRecord, right: LearningRecord) -> Bool {
        left.round == right.round && left.checkpoint == right.checkpoint && left.releases == right.releases
            && left.journal == right.journal
    }
}

/// The figures of one decided exchange.
package struct RoundSummary: Sendable {
    /// Exchanges before this one, the agreement of the moments and the starts included.
    package let exchange: UInt64
    /// The stage whose sum was agreed.
    package let stage: TrainingStage
    package let attempts: UInt32
    package let objective: AgreedObjective?
    package let activePatternCount: Int
    /// What is wrong with the first model in trouble after the round.
    package let warning: ModelWarning?
    package let averagingSteps: Int
    package let agreementSteps: Int
    /// The largest difference to a neighbour that the last averaging step saw, relative to the range.
    package let residual: Double
    package let clippedEntryCount: Int
    /// BLAKE2b-256 of the agreed state after the round.
    package let stateHash: [UInt8]
    package let diversity: DiversityFigures?
    package let privacy: PrivacyStatus
    /// Members in the sum.
    package let memberCount: Int
}

/// What a member sent that no honest member sends.
package enum MemberFault: Sendable, Equatable {
    /// A seed or vector that does not fit the attempt.
    case aggregation(Misbehaviour)
    /// A flooded message whose signature is not its sender's; the member is the one that passed it on.
    case forgedSignature(claimed: Int)
    /// Two different messages of a type for one round, attempt and sender, both signed by it.
    case conflictingMessage(MessageType)
    /// A revealed seed that is not the one its sender's READY commits to.
    case wrongSeed
    /// A share of the sum that is not the one its sender has committed itself to.
    case wrongShare
    /// What it gave for a hash has another.
    case wrongPart
    /// A roster of another agreement, or without its sender.
    case foreignRoster
    /// READY from another state than a quorum's.
    case otherState
}
