package import Consensus

extension AgreementSettings {
    /// What the aggregations of this network need.
    ///
    /// - Parameter networkID: 32 bytes.
    package func aggregation(networkID: [UInt8]) -> AggregationSettings {
        let protection =
            switch consensus.protection.masks {
            case .off:
                ProtectionSettings(
                    chunks: consensus.protection.chunks, relabel: consensus.protection.relabel, masks: false)
            case .on(let degree):
                ProtectionSettings(
                    chunks: consensus.protection.chunks, relabel: consensus.protection.relabel, masks: true,
                    maskDegree: degree)
            }
        return AggregationSettings(
            networkID: networkID, topology: topology, method: consensus.method, weights: consensus.weights,
            tolerance: consensus.tolerance, protection: protection)
    }
}

extension NetworkAgreement {
    /// What the aggregations of this network need.
    package var aggregation: AggregationSettings { settings.aggregation(networkID: networkID) }
}
