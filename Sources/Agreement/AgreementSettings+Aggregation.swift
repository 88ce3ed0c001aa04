package import Consensus
package import Learning
package import Sodium

extension AgreementSettings {
    /// What the aggregations of this network need.
    ///
    /// - Parameters:
    ///   - networkID: 32 bytes.
    ///   - participantCount: of the agreement.
    package func aggregation(networkID: [UInt8], participantCount: Int) -> AggregationSettings {
        let agreed = consensus.protection
        var maskDegree: Int?
        if case .on(let degree) = agreed.masks { maskDegree = degree }
        let protection =
            agreed.shamirThreshold.map { ProtectionSettings(shamirThreshold: $0) }
            ?? ProtectionSettings(
                chunks: agreed.chunks, relabel: agreed.relabel, masks: agreed.masks != .off,
                selfMasks: agreed.hasSelfMasks, maskDegree: maskDegree,
                colluders: privacy.dp == nil ? 0 : colluders(participantCount: participantCount))
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
            isPairAllowed: isPairAllowed(participantCount: roster.count),
            gate: privacyGate(columnCount: columnCount))
    }
}

extension AgreementSettings {
    /// Whether two may make a sum although each learns the other's part: in so many words, or where there are no more.
    func isPairAllowed(participantCount: Int) -> Bool {
        participantCount == 2 || quorum == .atLeast(2) && participantCount <= 3
    }

    /// Members of the smallest roster that makes a sum.
    func rosterMinimum(participantCount: Int) -> Int {
        LearningSettings.rosterMinimum(
            quorum: quorum.count(participantCount: participantCount),
            isPairAllowed: isPairAllowed(participantCount: participantCount))
    }
}

extension NetworkAgreement {
    /// What the aggregations of this network need.
    package var aggregation: AggregationSettings {
        settings.aggregation(networkID: networkID, participantCount: participants.count)
    }
}
