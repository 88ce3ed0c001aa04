import LinearAlgebra
package import Topology

/// What a coalition could compute from an attempt that is given up when a member is lost, and from the one that runs on
/// the same vectors without it: differencing, under the protection in force.
///
/// With masks the bound of ``CoalitionVerdict/masked(maskGraph:coalition:)`` is taken: as if every message were seen, and
/// the member lost after its last one. An attempt then tells the sums over the honest components of its mask graph; with
/// self masks only over those of whose members the coalition can open all seeds by its own shares.
package struct LossAudit: Sendable {
    /// One member that may be lost, and what the others run.
    package struct Loss: Sendable {
        /// The place in the whole roster.
        package let lost: Int
        /// The mask graph of the others, in their order; nil without masks.
        package let maskGraph: Graph?
        /// The sessions of the others, one a chunk, in their order; read without masks only.
        package let sessions: [WatchedSession]

        package init(lost: Int, maskGraph: Graph?, sessions: [WatchedSession]) {
            self.lost = lost
            self.maskGraph = maskGraph
            self.sessions = sessions
        }
    }

    /// What came out for one coalition.
    package struct Finding: Sendable, Equatable {
        /// Losses tried: members outside the coalition.
        package let tried: Int
        /// The members whose own vector comes out after some loss, ascending.
        package let exposed: [Int]
    }

    /// Largest product of members and chunks for which attempts without masks are worked out.
    package static let unmaskedLimit = 640

    /// The mask graph of the whole roster; nil without masks.
    package let maskGraph: Graph?
    /// Shares that open a member's self seed, by place; empty without self masks.
    package let shareThresholds: [Int]
    /// The sessions of the attempt that is given up, one a chunk; read without masks only.
    package let sessions: [WatchedSession]
    /// Those tried, at least one.
    package let losses: [Loss]

    package init(
        maskGraph: Graph?, shareThresholds: [Int], sessions: [WatchedSession], losses: [Loss]
    ) {
        precondition(!losses.isEmpty && !sessions.isEmpty, "\(losses.count) losses to audit")
        self.maskGraph = maskGraph
        self.shareThresholds = shareThresholds
        self.sessions = sessions
        self.losses = losses
    }

    /// The fewest colluders that could open some member's self seed; nil without self masks.
    package var smallestOpeningCoalition: Int? { shareThresholds.min() }

    /// What a coalition learns; nil without masks beyond ``unmaskedLimit``.
    ///
    /// - Parameters:
    ///   - coalition: places in the whole roster.
    ///   - hasSelfMasks: false asks what it would learn without them.
    package func finding(for coalition: [Int], hasSelfMasks: Bool = true) -> Finding? {
        let count = sessions[0].memberCount
        guard maskGraph != nil || count * sessions.count <= Self.unmaskedLimit else { return nil }
        var isExposed = [Bool](repeating: false, count: count)
        let tried = losses.filter { !coalition.contains($0.lost) }
        for loss in tried {
            let exposed =
                maskGraph.map { masked($0, loss, coalition, hasSelfMasks: hasSelfMasks) }
                ?? unmasked(loss, coalition)
            for member in exposed { isExposed[member] = true }
        }
        return Finding(tried: tried.count, exposed: isExposed.indices.filter { isExposed[$0] })
    }

    private func masked(
        _ maskGraph: Graph, _ loss: Loss, _ coalition: [Int], hasSelfMasks: Bool
    ) -> [Int] {
        let count = maskGraph.vertexCount
        let isSealed =
            hasSelfMasks && !shareThresholds.isEmpty
            ? areSealed(maskGraph: maskGraph, shareThresholds: shareThresholds, colluders: coalition)
            : [Bool](repeating: false, count: count)
        let first = honestComponents(of: maskGraph, without: coalition)
            .filter { component in component.allSatisfy { !isSealed[$0] } }
        let rest = (0..<count).filter { $0 != loss.lost }
        let places = coalition.map { $0 < loss.lost ? $0 : $0 - 1 }
        let second = loss.maskGraph.map { honestComponents(of: $0, without: places) } ?? []
        var space = PrimeFieldEchelon(columnCount: count)
        for component in first + second.map({ $0.map { rest[$0] } }) {
            var row = [UInt64](repeating: 0, count: count)
            for member in component { row[member] = 1 }
            space.insert(row)
        }
        return space.determinedColumns
    }

    private func unmasked(_ loss: Loss, _ coalition: [Int]) -> [Int] {
        let count = sessions[0].memberCount
        let attempts = [
            ObservedAttempt(
                roster: Array(0..<count), sessions: sessions, maskGraph: nil, messageSteps: count,
                isComplete: true),
            ObservedAttempt(
                roster: (0..<count).filter { $0 != loss.lost }, sessions: loss.sessions, maskGraph: nil,
                messageSteps: count, isComplete: true),
        ]
        return DifferencingAudit.exposed(by: coalition, attempts: attempts, memberCount: count)
    }
}
