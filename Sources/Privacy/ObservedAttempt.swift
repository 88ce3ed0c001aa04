import LinearAlgebra
package import Topology

/// What a coalition saw of one attempt of an exchange: of a finished one, or of one that was given up after some steps.
///
/// Every attempt of a round runs on the same vectors, with chunks and masks of its own.
package struct ObservedAttempt: Sendable {
    /// Whether members add a mask of their own that is opened only once the round is decided (protocol.md §2.3).
    package enum SelfMasks: Sendable, Equatable {
        case none
        /// Not opened, and the coalition has too few shares to do it itself.
        case sealed
        /// Opened, by the decision or by a coalition with enough shares.
        case opened
    }

    /// Members of the attempt, by place in the agreement.
    package let roster: [Int]
    /// One graph a chunk; vertex i is member `roster[i]`.
    package let sessionGraphs: [Graph]
    /// Who shares masks, vertices alike; nil without masks.
    package let maskGraph: Graph?
    /// Messages of steps 0 ..< this were seen.
    package let messageSteps: Int
    package let selfMasks: SelfMasks
    /// Whether the sum of every chunk came out, masked as it is.
    package let isComplete: Bool

    /// - Precondition: graphs of the size of the roster.
    package init(
        roster: [Int], sessionGraphs: [Graph], maskGraph: Graph?, messageSteps: Int,
        selfMasks: SelfMasks = .none, isComplete: Bool
    ) {
        precondition(
            !sessionGraphs.isEmpty && sessionGraphs.allSatisfy { $0.vertexCount == roster.count }
                && maskGraph?.vertexCount ?? roster.count == roster.count,
            "graphs do not fit a roster of \(roster.count)")
        self.roster = roster
        self.sessionGraphs = sessionGraphs
        self.maskGraph = maskGraph
        self.messageSteps = messageSteps
        self.selfMasks = selfMasks
        self.isComplete = isComplete
    }

    /// Unknowns of an attempt besides the vectors: chunks but the last, edge masks and self masks of every chunk.
    fileprivate var nuisanceCount: Int {
        (sessionGraphs.count - 1) * roster.count
            + sessionGraphs.count * ((maskGraph?.edges.count ?? 0) + roster.count)
    }
}

/// What a coalition computes from several attempts or rounds together: differencing.
package enum DifferencingAudit {
    /// The members whose vector a coalition can compute from attempts that ran on the same vectors, ascending.
    ///
    /// - Parameters:
    ///   - coalition: by place in the agreement; those outside a roster see nothing of its attempt.
    ///   - memberCount: participants of the agreement.
    package static func exposed(
        by coalition: [Int], attempts: [ObservedAttempt], memberCount: Int
    ) -> [Int] {
        var knowledge = LinearKnowledge(
            secretCount: memberCount, nuisanceCount: attempts.reduce(0) { $0 + $1.nuisanceCount })
        var offset = 0
        for attempt in attempts {
            AttemptRows(attempt: attempt, coalition: coalition, memberCount: memberCount, offset: offset)
                .learn(into: &knowledge)
            offset += attempt.nuisanceCount
        }
        return knowledge.determined.filter { !coalition.contains($0) }
    }

    /// The members whose sums over rows come out when rounds with different rosters end: what does not depend on the
    /// model (row counts, Σx, Σxxᵀ) is the same in every round, so the difference of two sums is that of the rosters.
    ///
    /// No mask helps. - Parameter rosters: of the rounds, by place in the agreement.
    package static func exposed(
        by coalition: [Int], rosters: [[Int]], memberCount: Int
    ) -> [Int] {
        var space = PrimeFieldEchelon(columnCount: memberCount)
        for roster in rosters {
            var row = [UInt64](repeating: 0, count: memberCount)
            for member in roster where !coalition.contains(member) { row[member] = 1 }
            space.insert(row)
        }
        return space.determinedColumns.filter { !coalition.contains($0) }
    }
}

/// The values that a coalition saw in an attempt, as rows of coefficients.
private struct AttemptRows {
    let attempt: ObservedAttempt
    let coalition: [Int]
    let memberCount: Int
    /// The first unknown of this attempt.
    let offset: Int

    private var size: Int { attempt.roster.count }
    private var chunks: Int { attempt.sessionGraphs.count }

    func learn(into knowledge: inout LinearKnowledge) {
        let colluders = attempt.roster.indices.filter { coalition.contains(attempt.roster[$0]) }
        guard !colluders.isEmpty else { return }
        for (chunk, graph) in attempt.sessionGraphs.enumerated() {
            var rows = watched(by: colluders, in: graph).map { vertex in
                var row = [UInt64](repeating: 0, count: size)
                row[vertex] = 1
                return row
            }
            for step in 0..<attempt.messageSteps {
                for row in rows { learn(row, chunk: chunk, into: &knowledge) }
                // The span of more powers than members is that of the first ones.
                if step >= size { break }
                rows = rows.map { laplacianTimes($0, graph) }
            }
            if attempt.isComplete {
                learn([UInt64](repeating: 1, count: size), chunk: chunk, into: &knowledge)
            }
        }
    }

    /// One value seen, as coefficients of the masked chunk; what the coalition knows of it is left out.
    private func learn(_ row: [UInt64], chunk: Int, into knowledge: inout LinearKnowledge) {
        var secrets = [UInt64](repeating: 0, count: memberCount)
        var nuisances = [UInt64](repeating: 0, count: knowledge.nuisanceCount)
        let edges = attempt.maskGraph?.edges ?? []
        let edgeStart = offset + (chunks - 1) * size + chunk * (edges.count + size)
        for (place, coefficient) in row.enumerated() where !coalition.contains(attempt.roster[place]) {
            if chunk < chunks - 1 {
                nuisances[offset + chunk * size + place] = coefficient
            } else {
                secrets[attempt.roster[place]] = coefficient
                for drawn in 0..<(chunks - 1) {
                    nuisances[offset + drawn * size + place] = PrimeField.negated(coefficient)
                }
            }
            if attempt.selfMasks == .sealed { nuisances[edgeStart + edges.count + place] = coefficient }
        }
        for (index, edge) in edges.enumerated()
        where !coalition.contains(attempt.roster[edge.low]) && !coalition.contains(attempt.roster[edge.high])
        {
            nuisances[edgeStart + index] = PrimeField.difference(row[edge.low], row[edge.high])
        }
        knowledge.learn(secrets: secrets, nuisances: nuisances)
    }
}
