import LinearAlgebra
package import Topology

/// What curious participants who record everything can recover of the others' vectors (mathematics.md §4, §5).
///
/// Sessions of several rounds are audited one by one, since a round's vectors are new unknowns: somebody exposed in one of
/// them counts as exposed.
package struct LeakageAudit: Sendable {
    /// Largest roster for which unmasked sessions are audited: exact row reduction takes S³/3 products a session.
    package static let exactMemberLimit = 1_100
    /// Products of the field that a survey of unmasked sessions may take; more coalitions than fit are sampled.
    package static let defaultEffort = 1_000_000_000

    /// The sessions of the rounds watched, per round one a chunk.
    package let rounds: [[WatchedSession]]
    /// The averaging steps of a session; none of an exact sum.
    package let mixing: MixingPlan
    /// Who shares masks; nil without masks.
    package let maskGraph: Graph?
    /// σ of an edge mask, in units of the range of an entry.
    package let maskDeviation: Double
    /// Colluders that learn only the sum where values are shared by Shamir's scheme, which takes the place of masks; nil
    /// without.
    package let shamirThreshold: Int?

    /// An attempt that is given up and run again without a member; nil where no smaller roster can run.
    package let loss: LossAudit?

    /// - Precondition: at least one round and one chunk, sessions of one size of at least two; masks or shares, not both.
    package init(
        rounds: [[WatchedSession]], mixing: MixingPlan, maskGraph: Graph?, maskDeviation: Double,
        loss: LossAudit? = nil, shamirThreshold: Int? = nil
    ) {
        precondition(maskGraph == nil || shamirThreshold == nil, "masks and Shamir's shares")
        self.shamirThreshold = shamirThreshold
        precondition(
            rounds.allSatisfy { !$0.isEmpty } && !rounds.isEmpty && rounds[0][0].memberCount >= 2,
            "\(rounds.count) rounds to audit")
        let count = rounds[0][0].memberCount
        precondition(
            rounds.joined().allSatisfy { $0.memberCount == count }
                && maskGraph?.vertexCount ?? count == count,
            "session and mask graphs of different sizes")
        self.rounds = rounds
        self.mixing = mixing
        self.maskGraph = maskGraph
        self.maskDeviation = maskDeviation
        self.loss = loss
    }

    /// Whether masks or shares hide the vectors.
    package var isProtected: Bool { maskGraph != nil || shamirThreshold != nil }

    /// Members of the roster.
    package var memberCount: Int { rounds[0][0].memberCount }

    /// Sessions audited: rounds times chunks.
    package var sessionCount: Int { rounds.reduce(0) { $0 + $1.count } }

    /// What a coalition learns under the protection in force; nil where that cannot be computed, see
    /// ``unmaskedVerdict(of:)``.
    package func verdict(of coalition: [Int]) -> CoalitionVerdict? {
        if let shamirThreshold {
            return .shared(memberCount: memberCount, threshold: shamirThreshold, coalition: coalition)
        }
        guard let maskGraph else { return unmaskedVerdict(of: coalition) }
        return .masked(maskGraph: maskGraph, coalition: coalition)
    }

    /// What a coalition would learn if nothing were masked; nil beyond ``exactMemberLimit``.
    package func unmaskedVerdict(of coalition: [Int]) -> CoalitionVerdict? {
        guard memberCount <= Self.exactMemberLimit else { return nil }
        let verdicts = rounds.map { sessions in
            // Of averaging, more powers than members tell nothing new; exact sums are watched to their end.
            let steps =
                if case .averaging = sessions[0] { min(mixing.steps, memberCount - 1) } else { memberCount }
            return CoalitionVerdict.unmasked(sessions: sessions, coalition: coalition, steps: steps)
        }
        var isExposed = [Bool](repeating: false, count: memberCount)
        for member in verdicts.flatMap(\.exposed) { isExposed[member] = true }
        return CoalitionVerdict(
            coalition: coalition.sorted(), exposed: isExposed.indices.filter { isExposed[$0] },
            rankDeficit: verdicts.map(\.rankDeficit).min() ?? memberCount,
            fullRankStep: verdicts.compactMap(\.fullRankStep).min(), groups: [])
    }

    /// Many coalitions under the protection in force.
    ///
    /// - Parameters:
    ///   - effort: roughly the operations to spend; coalitions are sampled where all of them take more.
    ///   - seed: of the sample.
    /// - Returns: nil where one coalition alone takes far more than `effort`, and see ``unmaskedVerdict(of:)``.
    package func survey(
        _ choice: CoalitionChoice, effort: Int = defaultEffort, seed: UInt64 = 1
    ) -> CoalitionSurvey? {
        guard isProtected else { return unmaskedSurvey(choice, effort: effort, seed: seed) }
        let limit = max(1, effort / (8 * (memberCount + 2 * (maskGraph?.edges.count ?? 0))))
        return survey(choice, limit: limit, seed: seed) { verdict(of: $0) }
    }

    /// Many coalitions if nothing were masked; as ``survey(_:effort:seed:)``.
    package func unmaskedSurvey(
        _ choice: CoalitionChoice, effort: Int = defaultEffort, seed: UInt64 = 1
    ) -> CoalitionSurvey? {
        guard memberCount <= Self.exactMemberLimit else { return nil }
        let cost = rounds.reduce(0) { sum, sessions in
            sum + sessions.reduce(0) { $0 + $1.effort(isAlone: sessions.count == 1) }
        }
        guard cost / 4 <= effort else { return nil }
        return survey(choice, limit: max(1, effort / cost), seed: seed) { unmaskedVerdict(of: $0) }
    }

    private func survey(
        _ choice: CoalitionChoice, limit: Int, seed: UInt64, _ verdict: ([Int]) -> CoalitionVerdict?
    ) -> CoalitionSurvey? {
        let (list, isExhaustive) = choice.coalitions(memberCount: memberCount, limit: limit, seed: seed)
        let verdicts = list.compactMap(verdict)
        return verdicts.isEmpty ? nil : CoalitionSurvey(verdicts: verdicts, isExhaustive: isExhaustive)
    }

    /// Rényi figure and posterior of the masks; nil without masks and beyond ``MaskStrength/memberLimit``.
    package func maskStrength(against coalition: [Int]) -> MaskStrength? {
        maskGraph.flatMap { MaskStrength(maskGraph: $0, coalition: coalition, deviation: maskDeviation) }
    }

    /// The smallest variance of a member's value given all that the coalition sees, 1 beforehand; under the protection in
    /// force, of the first round. nil beyond the limits of ``MaskStrength`` and ``PosteriorVariance``.
    package func posteriorVariance(against coalition: [Int]) -> Double? {
        if maskGraph != nil { return maskStrength(against: coalition)?.smallestPosteriorVariance }
        if let shamirThreshold {
            // Of independent values whose sum alone is known.
            let others = Double(memberCount - coalition.count)
            return coalition.count > shamirThreshold ? 0 : 1 - 1 / others
        }
        let variances = PosteriorVariance.ofUnmasked(
            sessions: rounds[0], mixing: mixing, coalition: coalition)
        return variances?.indices.filter { !coalition.contains($0) }.compactMap { variances?[$0] }.min()
    }

    /// The probability that a given member is breached by a coalition chosen without looking, under the protection in
    /// force: of being cut off in a random mask graph, of more colluders than the threshold of shares (0 or 1), or without
    /// either ``firstMessageProbability(coalitionSize:)``.
    package func breachProbability(coalitionSize: Int) -> Double {
        if let shamirThreshold { return coalitionSize > shamirThreshold ? 1 : 0 }
        guard let maskGraph else { return firstMessageProbability(coalitionSize: coalitionSize) }
        return BreachProbability.byIsolation(
            maskDegree: maskGraph.smallestDegree, memberCount: memberCount, coalitionSize: coalitionSize)
    }

    /// By the first message alone and without masks: a lower bound, see ``BreachProbability``.
    package func firstMessageProbability(coalitionSize: Int) -> Double {
        BreachProbability.byFirstMessage(
            degrees: rounds[0][0].firstReceiverCounts, coalitionSize: coalitionSize, chunks: rounds[0].count)
    }
}
