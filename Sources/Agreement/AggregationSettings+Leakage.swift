package import Consensus
package import Privacy
package import Sodium
import Topology

extension AggregationSettings {
    /// Masks of `exact` are uniform over Z_2^64 and hide all there is; the figures for normal masks take them for as wide
    /// as a word.
    private static let wordDeviation = 0x1p63

    /// The audit of what members of a roster could recover of each other's vectors.
    ///
    /// Session graphs are relabelled by the state of the model, which nobody knows beforehand: those audited are draws for
    /// an empty state, one a round. Without relabelling all rounds have the same graph, and one is enough.
    ///
    /// - Parameters:
    ///   - roster: in the agreement's order, at least two.
    ///   - rounds: to audit, at least 1.
    /// - Throws: ``ConsensusError``.
    package func leakageAudit(
        roster: [PublicIdentity], rounds: Int = 1
    ) throws(ConsensusError) -> LeakageAudit {
        precondition(roster.count >= 2 && rounds >= 1, "\(rounds) rounds of \(roster.count) members")
        let geometry = try RosterGeometry(settings: self, roster: roster)
        let isRelabelled = protection.relabel && !topology.hasExplicitEdges
        let graphs = (0..<(isRelabelled ? rounds : 1)).map { round in
            let plan = AggregationPlan(
                geometry: geometry, round: UInt64(round), attempt: 0,
                stateHash: [UInt8](repeating: 0, count: 32), operation: .sum, vectorCount: 1)
            // Of an exact sum a member may see anybody's own words: as if all were neighbours.
            return method == .exact
                ? (0..<plan.chunkCount).map { _ in Graph.complete(vertexCount: roster.count) }
                : plan.chunkGraphs
        }
        return LeakageAudit(
            rounds: graphs, mixing: geometry.mixing, maskGraph: geometry.maskGraph,
            maskDeviation: method == .exact ? Self.wordDeviation : RosterGeometry.maskDeviation,
            shamirThreshold: protection.shamirThreshold)
    }
}
