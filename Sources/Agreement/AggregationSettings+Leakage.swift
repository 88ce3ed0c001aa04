package import Consensus
package import Privacy
package import Sodium
import Topology

extension AggregationSettings {
    /// Masks of `exact` are uniform over Z_2^64 and hide all there is; the figures for normal masks take them for as wide
    /// as a word.
    private static let wordDeviation = 0x1p63

    /// Losses tried in a roster beyond ``RosterGeometry/completeMaskLimit``, evenly spread.
    private static let sampledLossCount = 8

    /// The audit of what members of a roster could recover of each other's vectors.
    ///
    /// Session graphs are relabelled by the state of the model, which nobody knows beforehand: those audited are draws for
    /// an empty state, one a round. Without relabelling all rounds have the same graph, and one is enough.
    ///
    /// - Parameters:
    ///   - roster: in the agreement's order, at least two.
    ///   - rounds: to audit, at least 1.
    ///   - losses: whether attempts that lose a member are audited too.
    /// - Throws: ``ConsensusError``.
    package func leakageAudit(
        roster: [PublicIdentity], rounds: Int = 1, losses: Bool = false
    ) throws(ConsensusError) -> LeakageAudit {
        precondition(roster.count >= 2 && rounds >= 1, "\(rounds) rounds of \(roster.count) members")
        let geometry = try RosterGeometry(settings: self, roster: roster)
        let isRelabelled = protection.relabel && !topology.hasExplicitEdges
        return LeakageAudit(
            rounds: (0..<(isRelabelled ? rounds : 1)).map { geometry.watchedSessions(round: UInt64($0)) },
            mixing: geometry.mixing, maskGraph: geometry.maskGraph, maskDeviation: maskDeviation,
            loss: losses ? lossAudit(of: geometry) : nil, shamirThreshold: protection.shamirThreshold)
    }

    /// σ of an edge mask, in units of the range of an entry.
    package var maskDeviation: Double {
        method == .exact ? Self.wordDeviation : RosterGeometry.maskDeviation
    }

    /// The attempts without one member each; nil where the others are too few or have no graph.
    private func lossAudit(of geometry: RosterGeometry) -> LossAudit? {
        let count = geometry.roster.count
        // Up to the threshold, shares of an attempt that is given up tell nothing; beyond it nothing is hidden anyway.
        guard count >= 3, protection.shamirThreshold == nil else { return nil }
        let isSmall = count <= RosterGeometry.completeMaskLimit
        let tried =
            isSmall
            ? Array(0..<count) : (0..<Self.sampledLossCount).map { $0 * count / Self.sampledLossCount }
        let losses = tried.compactMap { lost -> LossAudit.Loss? in
            var rest = geometry.roster
            rest.remove(at: lost)
            // A roster that cannot run is no attempt; without masks, what it would run takes a spectrum.
            if geometry.maskGraph == nil {
                guard isSmall, let others = try? RosterGeometry(settings: self, roster: rest) else {
                    return nil
                }
                return LossAudit.Loss(
                    lost: lost, maskGraph: nil, sessions: others.watchedSessions(attempt: 1))
            }
            guard let graph = try? RosterGeometry.maskGraph(settings: self, roster: rest) else { return nil }
            return LossAudit.Loss(lost: lost, maskGraph: graph, sessions: [])
        }
        guard !losses.isEmpty else { return nil }
        return LossAudit(
            maskGraph: geometry.maskGraph,
            shareThresholds: geometry.hasSelfMasks
                ? (0..<count).map { geometry.shareThreshold(of: $0) } : [],
            sessions: geometry.watchedSessions(), losses: losses)
    }
}

extension RosterGeometry {
    /// What a coalition sees of a sum's sessions, one a chunk, in the round of an empty state.
    func watchedSessions(round: UInt64 = 0, attempt: UInt32 = 0) -> [WatchedSession] {
        let plan = AggregationPlan(
            geometry: self, round: round, attempt: attempt,
            stateHash: [UInt8](repeating: 0, count: 32), operation: .sum, vectorCount: 1)
        guard plan.isExact else { return plan.chunkGraphs.map(WatchedSession.averaging) }
        // Everybody sends to everybody.
        if plan.shamirThreshold != nil { return [.averaging(.complete(vertexCount: roster.count))] }
        return foldSchedule == nil
            ? plan.chunkGraphs.map(WatchedSession.flooding) : plan.chunkRanks.map(WatchedSession.doubling)
    }
}
