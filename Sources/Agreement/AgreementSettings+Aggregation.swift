package import Consensus
package import Learning
package import Sodium

extension AgreementSettings {
    /// What the aggregations of this network need.
    ///
    /// - Parameter networkID: 32 bytes.
    package func aggregation(networkID: [UInt8]) -> AggregationSettings {
        let agreed = consensus.protection
        var maskDegree: Int?
        if case .on(let degree) = agreed.masks { maskDegree = degree }
        let protection =
            agreed.shamirThreshold.map { ProtectionSettings(shamirThreshold: $0) }
            ?? ProtectionSettings(
                chunks: agreed.chunks, relabel: agreed.relabel, masks: agreed.masks != .off,
                selfMasks: agreed.hasSelfMasks, maskDegree: maskDegree)
        return AggregationSettings(
            networkID: networkID, topology: topology, method: consensus.method, weights: consensus.weights,
            tolerance: consensus.tolerance, protection: protection)
    }
}

extension AgreementSettings {
    /// What every member of this network knows alike.
    ///
    /// - Parameters:
    ///   - roster: the participants' keys, in their order.
    ///   - columnCount: columns of the rows, ≥ 1.
    package func learning(
        aggregation: AggregationSettings, roster: [PublicIdentity], columnCount: Int
    ) -> LearningSettings {
        LearningSettings(
            aggregation: aggregation, roster: roster,
            quorum: quorum.count(participantCount: roster.count), sessionDeadline: deadlines.session,
            stepDeadline: deadlines.step, grace: deadlines.grace,
            isPairAllowed: quorum == .atLeast(2) && roster.count <= 3,
            gate: privacyGate(columnCount: columnCount))
    }
}

extension NetworkAgreement {
    /// What the aggregations of this network need.
    package var aggregation: AggregationSettings { settings.aggregation(networkID: networkID) }
}
