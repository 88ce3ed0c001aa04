import Consensus
import GraphicalMixture
import Learning
import LinearAlgebra
import Models
import Privacy

/// The small network with everything that leaves differentially private.
enum PrivateNetwork {
    static let columns = 3
    static let target = PrivacyTarget(epsilon: 4, delta: 1e-5)
    /// Sizes 1 and 2 of the dictionary, then this many.
    static let rounds = 2

    static var plan: PrivacyPlan? {
        PrivacyPlan(target: target, roundCount: 1 + rounds, isCalibrated: true)
    }

    static func training(participants: Int, plan: PrivacyPlan) -> TrainingSettings {
        let share = 1 / Double(participants).squareRoot()
        let privacy = RowPrivacy(
            clip: 2, multiplier: plan.round, share: share, rate: 1, participantCount: participants)
        @Sendable func settings(
            privacy: RowPrivacy?, participants: Int, patterns: Int
        ) -> TrainingSettings {
            TrainingSettings(
                columnCount: columns, valueLimit: 8, isCalibrated: true, startCount: 1,
                roundsMaximum: rounds, objectiveTolerance: 0, sumTolerance: 1e-9,
                participantCount: participants
            ) { start, rowCount in
                GraphicalMixtureModel(
                    columnCount: columns,
                    settings: GraphicalMixtureSettings(
                        patternCount: patterns, sparsity: 0.01, priorStrength: 1, origin: .split,
                        shape: .common,
                        seed: 1, privacy: privacy),
                    start: start, rowCount: rowCount)
            }
        }
        var training = settings(privacy: privacy, participants: participants, patterns: 2)
        training.privacy = TrainingPrivacy(
            plan: plan, ranges: Array(repeating: -10...20, count: columns), share: share)
        training.makeAlone = { settings(privacy: nil, participants: 1, patterns: 8) }
        return training
    }

    static func network(
        participants: Int, plan: PrivacyPlan, seed: UInt64 = 5, ledgers: [PrivacyLedger] = []
    ) throws -> MemberNetwork {
        let training = training(participants: participants, plan: plan)
        let learning = try SmallNetwork.learning(participants: participants)
        return try MemberNetwork(memberCount: participants, seed: seed) { member, record in
            try LearningInstance(
                settings: learning, member: member,
                trainer: Trainer(rows: SmallNetwork.rows(member, columns: columns), settings: training),
                authenticator: KeyedAuthenticator(member: member), recovered: record,
                ledger: ledgers.isEmpty ? PrivacyLedger() : ledgers[member])
        }
    }
}
