package import Consensus

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

extension NetworkAgreement {
    /// What the aggregations of this network need.
    package var aggregation: AggregationSettings { settings.aggregation(networkID: networkID) }
}
