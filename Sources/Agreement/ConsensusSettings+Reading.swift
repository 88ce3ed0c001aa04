import Consensus

extension ConsensusSettings {
    /// What the rest of the file says that the section must fit.
    struct Network {
        let topology: SettingsReader.Section
        let quorum: Quorum
        /// S where the file names it.
        let participantCount: Int?

        /// Whether the file lists who may connect.
        var hasEdges: Bool { topology.has("edges") }
    }

    /// Reads the section; what does not go together is reported with its reason.
    init(reading section: SettingsReader.Section, network: Network) {
        self.init()
        method = section.choice("method", default: method)
        weights = section.choice("weights", default: weights)
        tolerance = section.number("tolerance", in: 1e-15...0.01, default: tolerance)
        let protection = section.section("protection")
        self.protection.chunks = protection.wholeNumber(
            "chunks", in: 1...16, default: ProtectionAgreement.defaultChunks(method))
        self.protection.relabel = protection.trueOrFalse("relabel", default: self.protection.relabel)
        self.protection.masks = Self.masks(of: protection, network: network)
        guard !protection.has("shamir") else {
            readShamir(section, protection, network: network)
            return
        }
        // Off together with the masks, unless the file insists on what cannot be.
        let isMasked = self.protection.masks != .off
        let selfMasks = protection.trueOrFalse("self-masks", default: isMasked)
        if selfMasks && !isMasked {
            let allowed = "false where \(protection.key("masks")) is false"
            protection.report(.outOfRange(found: "true", allowed: allowed), "self-masks")
        }
        self.protection.selfMasks = selfMasks || !isMasked
    }

    private static func masks(
        of protection: SettingsReader.Section, network: Network
    ) -> ProtectionAgreement.EdgeMasks {
        guard let node = protection.value("masks") else { return .on(degree: nil) }
        if let flag = node.flag { return flag ? .on(degree: nil) : .off }
        guard case .mapping = node.content else {
            let expected = ConfigurationProblem.ExpectedValue.either(["true", "false", "{degree: 10}"])
            protection.report(.wrongType(expected: expected, found: node.summary), "masks")
            return .on(degree: nil)
        }
        let section = protection.section("masks")
        if !section.has("degree") { section.reportMissing("degree", expected: .wholeNumber) }
        if network.hasEdges {
            section.report(
                .doesNotCombine(otherKey: network.topology.key("edges"), reason: .masksFollowEdges), "degree")
        }
        return .on(degree: section.optionalWholeNumber("degree", in: 2...1024))
    }

    /// `shamir: {threshold: t}`, which stands in exact sums and in the place of all other protection.
    private mutating func readShamir(
        _ section: SettingsReader.Section, _ protection: SettingsReader.Section, network: Network
    ) {
        let shamir = protection.section("shamir")
        func refuse(_ otherKey: String, _ reason: ConfigurationProblem.CombinationReason) {
            protection.report(.doesNotCombine(otherKey: otherKey, reason: reason), "shamir")
        }
        if method != .exact { refuse(section.key("method"), .sharesAddUpExactly) }
        if network.hasEdges { refuse(network.topology.key("edges"), .sharesNeedEveryPair) }
        if protection.has("masks"), self.protection.masks != .off {
            refuse(protection.key("masks"), .sharesReplaceMasks)
        }
        if protection.trueOrFalse("self-masks", default: false) {
            refuse(protection.key("self-masks"), .sharesReplaceMasks)
        }
        if protection.has("chunks"), self.protection.chunks > 1 {
            refuse(protection.key("chunks"), .sharesNeedNoChunks)
        }
        self.protection = ProtectionAgreement(chunks: 1, relabel: false, masks: .off)
        // What is neither a mapping nor empty has been reported.
        if shamir.node?.scalarText != nil { return }
        guard shamir.has("threshold") else {
            return shamir.reportMissing("threshold", expected: .wholeNumber)
        }
        let count = network.participantCount ?? participantLimit
        guard count >= 3 else { return refuse("\(count) participants", .sharesNeedThree) }
        let largest = min(
            RosterGeometry.largestShamirThreshold(memberCount: count),
            network.quorum.count(participantCount: count) - 1)
        guard let threshold = shamir.optionalWholeNumber("threshold", in: 1...(count - 1)) else { return }
        guard threshold <= largest else {
            let allowed =
                "a whole number from 1 to \(largest): threshold + 1 participants open a sum, which the quorum of "
                + "\(network.quorum.count(participantCount: count)) must be able to, and \(count - 1) of \(count)"
            return shamir.report(.outOfRange(found: "\(threshold)", allowed: allowed), "threshold")
        }
        self.protection.shamirThreshold = threshold
    }
}
