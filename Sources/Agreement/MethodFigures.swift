package import Consensus
import Learning
import Privacy
package import Sodium
package import Topology

/// One way to form the sums of an agreement: what it costs, how exact it is, what it lets a curious peer recover.
package struct MethodFigures: Sendable, Equatable {
    /// How messages travel.
    package enum Route: String, Sendable {
        /// To the neighbours of each chunk's session graph.
        case averaging
        /// Recursive doubling with fold, where every pair may connect.
        case doubling
        /// Along explicit edges, from everybody to everybody.
        case flooding
        /// Shamir's shares, from everybody to everybody, in the place of masks.
        case sharing
    }

    package let method: AggregationMethod
    /// Of `dynamical`; nil of exact sums.
    package let weights: MixingWeights?
    package let route: Route
    /// A session without masks, and one with; nil where the method is not available on this roster.
    package let plain: SessionCost?
    package let masked: SessionCost?
    /// A bound on the error of a sum, relative to S·range.
    package let errorBound: Double
    /// Parallel sessions of a sum.
    package let chunks: Int
    /// The most that any one curious peer tried recovers of the others' own vectors; nil where not computed.
    package let recoveredPlain: Int?
    package let recoveredMasked: Int?

    /// Whether the agreement could name it.
    package var isAvailable: Bool { plain != nil && masked != nil }
}

extension AggregationSettings {
    /// Every method and kind of weights on a roster, for the agreement's graph, tolerance and mask degree.
    ///
    /// Both methods are taken at the agreement's number of chunks, or where that is the default of its method, each at its
    /// own default.
    ///
    /// - Parameters:
    ///   - roster: at least two.
    ///   - vectorCount: entries of the vector.
    ///   - effort: of each survey, see ``LeakageAudit/survey(_:effort:seed:)``.
    /// - Throws: ``ConsensusError``.
    package func methodFigures(
        roster: [PublicIdentity], vectorCount: Int, effort: Int
    ) throws(ConsensusError) -> [MethodFigures] {
        let base = try RosterGeometry(settings: taking(.dynamical), roster: roster)
        let maskDegree = base.maskGraph?.largestDegree ?? 0
        let sessions = base.watchedSessions()
        let masked = LeakageAudit(
            rounds: [sessions], mixing: base.mixing, maskGraph: base.maskGraph,
            maskDeviation: RosterGeometry.maskDeviation
        ).survey(.ofSize(1), effort: effort)?.worst.exposed.count
        // What is watched longer than there are members tells nothing new, so that most weights share one audit.
        var known: [(steps: Int, count: Int?)] = []
        var figures: [MethodFigures] = []
        for weights in MixingWeights.allCases {
            let plain = base.mixing(weights: weights, maskDegree: 0)
            let steps = plain.map { min($0.steps, roster.count - 1) }
            var recovered = known.first { $0.steps == steps }?.count
            if let plain, let steps, !known.contains(where: { $0.steps == steps }) {
                recovered = Self.recovered(from: sessions, mixing: plain, effort: effort)
                known.append((steps, recovered))
            }
            figures.append(
                MethodFigures(
                    method: .dynamical, weights: weights, route: .averaging,
                    plain: plain.map { base.cost(of: $0, vectorCount: vectorCount) },
                    masked: base.mixing(weights: weights, maskDegree: maskDegree).map {
                        base.cost(of: $0, vectorCount: vectorCount)
                    },
                    errorBound: tolerance, chunks: base.settings.protection.chunks,
                    recoveredPlain: recovered, recoveredMasked: masked))
        }
        let exact = try RosterGeometry(settings: taking(.exact), roster: roster)
        let cost = base.exactCost(vectorCount: vectorCount)
        figures.append(
            MethodFigures(
                method: .exact, weights: nil, route: topology.hasExplicitEdges ? .flooding : .doubling,
                plain: cost, masked: cost, errorBound: base.exactErrorBound,
                chunks: exact.settings.protection.chunks,
                recoveredPlain: Self.recovered(
                    from: exact.watchedSessions(), mixing: exact.mixing, effort: effort),
                recoveredMasked: masked))
        if !topology.hasExplicitEdges && roster.count >= 3 {
            // One curious peer is below any threshold; there is no session of this kind without shares.
            let shares = base.shamirCost(vectorCount: vectorCount)
            figures.append(
                MethodFigures(
                    method: .exact, weights: nil, route: .sharing, plain: shares, masked: shares,
                    errorBound: base.shamirErrorBound, chunks: 1, recoveredPlain: 0, recoveredMasked: 0))
        }
        return figures
    }

    /// These settings with another method and with masks.
    private func taking(_ other: AggregationMethod) -> AggregationSettings {
        let isDefault = protection.chunks == ProtectionAgreement.defaultChunks(method)
        return AggregationSettings(
            networkID: networkID, topology: topology, method: other, weights: .chebyshev,
            tolerance: tolerance,
            protection: ProtectionSettings(
                chunks: isDefault ? ProtectionAgreement.defaultChunks(other) : protection.chunks,
                relabel: protection.relabel, masks: true, selfMasks: protection.selfMasks,
                maskDegree: protection.maskDegree, colluders: protection.colluders))
    }

    private static func recovered(
        from sessions: [WatchedSession], mixing: MixingPlan, effort: Int
    ) -> Int? {
        LeakageAudit(
            rounds: [sessions], mixing: mixing, maskGraph: nil, maskDeviation: RosterGeometry.maskDeviation
        ).unmaskedSurvey(.ofSize(1), effort: effort)?.worst.exposed.count
    }
}

extension AgreementSettings {
    /// Entries of the longest vector of a run.
    ///
    /// - Parameter columnCount: columns of the rows, at least 1.
    package func vectorCount(columnCount: Int) -> Int {
        training(columnCount: columnCount, participantCount: 2).vectorCountMax
    }
}
