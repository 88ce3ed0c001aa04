import LinearAlgebra
package import Topology

/// What a coalition saw of one attempt of an exchange: of a finished one, or of one that was given up after some steps.
///
/// Every attempt of a round runs on the same vectors, with chunks and masks of its own.
package struct ObservedAttempt: Sendable {
    /// Whether members add a mask of their own that is opened only once the round is decided (protocol.md §2.3).
    package enum SelfMasks: Sendable, Equatable {
        case none
        /// Not opened by the members. By place in the roster: shares that open a member's seed, which its mask neighbours
        /// hold, so that a coalition with so many of them opens it by itself.
        case sealed(shareThresholds: [Int])
        /// Opened, by the decision.
        case opened
    }

    /// Members of the attempt, by place in the agreement.
    package let roster: [Int]
    /// One a chunk; place i is member `roster[i]`.
    package let sessions: [WatchedSession]
    /// Who shares masks, places alike; nil without masks.
    package let maskGraph: Graph?
    /// Messages of steps 0 ..< this were seen.
    package let messageSteps: Int
    package let selfMasks: SelfMasks
    /// Whether the sum of every chunk came out, masked as it is.
    package let isComplete: Bool

    /// - Precondition: sessions, graph and thresholds of the size of the roster.
    package init(
        roster: [Int], sessions: [WatchedSession], maskGraph: Graph?, messageSteps: Int,
        selfMasks: SelfMasks = .none, isComplete: Bool
    ) {
        precondition(
            !sessions.isEmpty && sessions.allSatisfy { $0.memberCount == roster.count }
                && maskGraph?.vertexCount ?? roster.count == roster.count,
            "sessions or masks do not fit a roster of \(roster.count)")
        if case .sealed(let thresholds) = selfMasks {
            precondition(thresholds.count == roster.count, "\(thresholds.count) share thresholds")
        }
        self.roster = roster
        self.sessions = sessions
        self.maskGraph = maskGraph
        self.messageSteps = messageSteps
        self.selfMasks = selfMasks
        self.isComplete = isComplete
    }

    /// The places whose self mask a coalition cannot take off.
    ///
    /// - Parameter colluders: places in the roster.
    func sealedPlaces(against colluders: [Int]) -> [Bool] {
        guard case .sealed(let thresholds) = selfMasks else {
            return [Bool](repeating: false, count: roster.count)
        }
        return areSealed(maskGraph: maskGraph, shareThresholds: thresholds, colluders: colluders)
    }

    /// Unknowns of an attempt besides the vectors: chunks but the last, edge masks and self masks of every chunk.
    fileprivate var nuisanceCount: Int {
        (sessions.count - 1) * roster.count
            + sessions.count * ((maskGraph?.edges.count ?? 0) + roster.count)
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
    private var chunks: Int { attempt.sessions.count }

    func learn(into knowledge: inout LinearKnowledge) {
        let colluders = attempt.roster.indices.filter { coalition.contains(attempt.roster[$0]) }
        guard !colluders.isEmpty else { return }
        let isSealed = attempt.sealedPlaces(against: colluders)
        for (chunk, session) in attempt.sessions.enumerated() {
            var space = session.view(of: colluders, messageSteps: attempt.messageSteps).space
            if attempt.isComplete { space.insert([UInt64](repeating: 1, count: size)) }
            for row in space.rows(fromColumn: 0) {
                learn(row, chunk: chunk, isSealed: isSealed, into: &knowledge)
            }
        }
    }

    /// One value seen, as coefficients of the masked chunk; what the coalition knows of it is left out.
    private func learn(
        _ row: [UInt64], chunk: Int, isSealed: [Bool], into knowledge: inout LinearKnowledge
    ) {
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
            if isSealed[place] { nuisances[edgeStart + edges.count + place] = coefficient }
        }
        for (index, edge) in edges.enumerated()
        where !coalition.contains(attempt.roster[edge.low]) && !coalition.contains(attempt.roster[edge.high])
        {
            nuisances[edgeStart + index] = PrimeField.difference(row[edge.low], row[edge.high])
        }
        knowledge.learn(secrets: secrets, nuisances: nuisances)
    }
}

/// Whether a coalition has too few shares of a member's self seed, by place; its own members' never are.
///
/// - Parameter colluders: places in the roster.
func areSealed(maskGraph: Graph?, shareThresholds: [Int], colluders: [Int]) -> [Bool] {
    var isColluder = [Bool](repeating: false, count: shareThresholds.count)
    for member in colluders { isColluder[member] = true }
    return shareThresholds.indices.map { place in
        let shares = maskGraph?.neighbours(of: place).count { isColluder[$0] } ?? 0
        return !isColluder[place] && shares < shareThresholds[place]
    }
}
