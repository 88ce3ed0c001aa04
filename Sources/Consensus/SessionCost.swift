package import Topology

/// What one chunk's session of a sum costs a member, as planned.
package struct SessionCost: Sendable, Equatable {
    /// Steps of averaging, or all of an exact sum.
    package let steps: Int
    /// Steps of flooding the maximum after averaging; none of an exact sum.
    package let agreementSteps: Int
    /// DATA that a member sends, on average over the roster.
    package let messagesPerPeer: Double
    /// Their bytes as encoded, before a channel seals them.
    package let bytesPerPeer: Double
}

extension RosterGeometry {
    /// Largest roster for which `finite` is planned: the order of its steps takes S² logarithms.
    package static let finiteMemberLimit = 2_048

    /// The averaging of this roster with other weights; nil where the spectrum or the steps allow none.
    ///
    /// - Parameters:
    ///   - maskDegree: the largest number of masks of a member, 0 without masks.
    /// - Precondition: a geometry of `dynamical`.
    package func mixing(weights: MixingWeights, maskDegree: Int) -> MixingPlan? {
        guard let spectrum else { preconditionFailure("exact sums have no spectrum") }
        let isWhole = spectrum.eigenvalues.count == roster.count && roster.count <= Self.finiteMemberLimit
        guard weights != .finite || isWhole else { return nil }
        let plan = MixingPlan(
            weights: weights, graph: controlGraph, spectrum: spectrum,
            tolerance: Self.sessionTolerance(settings.tolerance, maskDegree: maskDegree))
        return plan.steps <= Self.stepLimit ? plan : nil
    }

    /// What a session that averages by this plan costs.
    ///
    /// - Parameter vectorCount: entries of the vector, without the constant-1 channel.
    package func cost(of mixing: MixingPlan, vectorCount: Int) -> SessionCost {
        let steps = mixing.steps + agreementSteps
        let degree = 2 * Double(controlGraph.edges.count) / Double(roster.count)
        let payload = DataPayload.values([Double](repeating: 0, count: vectorCount + 1))
        return cost(
            steps: mixing.steps, agreementSteps: agreementSteps, messages: degree * Double(steps), payload)
    }

    /// What a session of an exact sum costs on this roster, whatever the agreement's method.
    package func exactCost(vectorCount: Int) -> SessionCost {
        let words = [UInt64](repeating: 0, count: vectorCount + 1)
        guard !settings.topology.hasExplicitEdges else {
            // Everybody's words reach each other member once.
            return cost(
                steps: agreementSteps, agreementSteps: 0, messages: Double(roster.count - 1),
                .relayed(words, origin: 0))
        }
        let schedule = FoldSchedule(size: roster.count)
        let sent = (0..<roster.count).reduce(0) { $0 + schedule.exchanges(of: $1).count(where: \.sends) }
        return cost(
            steps: schedule.stepCount, agreementSteps: 0, messages: Double(sent) / Double(roster.count),
            .words(words))
    }

    /// What a session shared by Shamir's scheme costs on this roster: shares and commitments to everybody. The few shares of
    /// the sum that are flooded after the decision are not in it.
    package func shamirCost(vectorCount: Int) -> SessionCost {
        let others = Double(roster.count - 1)
        let shares = cost(
            steps: ShamirSession.stepCount, agreementSteps: 0, messages: others,
            .shares([UInt64](repeating: 0, count: vectorCount + 1)))
        let commitments = cost(
            steps: ShamirSession.stepCount, agreementSteps: 0, messages: others,
            .commitment([UInt8](repeating: 0, count: FieldLength.hash)))
        return SessionCost(
            steps: ShamirSession.stepCount, agreementSteps: 0,
            messagesPerPeer: shares.messagesPerPeer + commitments.messagesPerPeer,
            bytesPerPeer: shares.bytesPerPeer + commitments.bytesPerPeer)
    }

    private func cost(
        steps: Int, agreementSteps: Int, messages: Double, _ payload: DataPayload
    ) -> SessionCost {
        let message = DataMessage(round: 0, attempt: 0, chunk: 0, step: 0, payload: payload)
        return SessionCost(
            steps: steps, agreementSteps: agreementSteps, messagesPerPeer: messages,
            bytesPerPeer: messages * Double(message.byteCount))
    }

    /// A bound on the error of an exact sum, relative to S·range: that of encoding, and half a last place of a double.
    package var exactErrorBound: Double { Self.errorBound(FixedPoint(summands: roster.count)) }

    /// The same of a sum shared by Shamir's scheme.
    package var shamirErrorBound: Double {
        Self.errorBound(FixedPoint(summands: roster.count, in: .residues))
    }

    private static func errorBound(_ encoding: FixedPoint) -> Double {
        1 / (2 * Double(1 << encoding.fractionBits)) + Double.ulpOfOne / 2
    }
}
