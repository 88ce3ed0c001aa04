import LinearAlgebra
package import Topology

/// What one coalition learns of the others' vectors in an exchange, by exact criteria.
package struct CoalitionVerdict: Sendable, Equatable {
    /// Places in the roster, ascending.
    package let coalition: [Int]
    /// Members outside it whose own vector it can compute, ascending.
    package let exposed: [Int]
    /// Independent combinations of the roster's vectors that it cannot compute: 0 means everything is known.
    package let rankDeficit: Int
    /// The first step after which a session of every chunk is wholly known; nil with masks, or if that never comes.
    package let fullRankStep: Int?
    /// With masks or shares: the groups of honest members of which it learns the sum, each ascending. Empty without.
    package let groups: [[Int]]

    /// A vector cut into random chunks, one session each, and nothing masked.
    ///
    /// A functional aᵀx is known exactly if a lies in what is known of **every** chunk: all chunks but one are free, so
    /// the same coefficients must do in each of them (mathematics.md §4.1).
    ///
    /// - Parameters:
    ///   - sessions: one a chunk, labels as in the roster.
    ///   - steps: messages of steps `0…steps` are seen.
    package static func unmasked(
        sessions: [WatchedSession], coalition: [Int], steps: Int
    ) -> CoalitionVerdict {
        precondition(!sessions.isEmpty, "no session to watch")
        let count = sessions[0].memberCount
        let chunks = sessions.map { SessionObservability(session: $0, coalition: coalition, steps: steps) }
        var isHidden = [Bool](repeating: false, count: count)
        for vector in chunks.flatMap(\.unseen) {
            for place in vector.indices where vector[place] != 0 { isHidden[place] = true }
        }
        var isColluder = [Bool](repeating: false, count: count)
        for member in coalition { isColluder[member] = true }
        let lastFull = chunks.reduce(0 as Int?) { worst, chunk in
            guard let worst, let step = chunk.fullRankStep else { return nil }
            return max(worst, step)
        }
        return CoalitionVerdict(
            coalition: coalition.sorted(),
            exposed: (0..<count).filter { !isHidden[$0] && !isColluder[$0] },
            rankDeficit: deficit(of: chunks, memberCount: count),
            fullRankStep: lastFull, groups: [])
    }

    /// The dimension of all that leaves no trace in some chunk.
    private static func deficit(of chunks: [SessionObservability], memberCount: Int) -> Int {
        if chunks.count == 1 { return chunks[0].unseen.count }
        var unseen = PrimeFieldEchelon(columnCount: memberCount)
        for vector in chunks.flatMap(\.unseen) { unseen.insert(vector) }
        return unseen.rank
    }

    /// Masks between the neighbours of a mask graph: whatever is on the wire, the coalition learns the sums over the
    /// connected components of the honest part of that graph, and a component of one is that member
    /// (mathematics.md §5.1, §5.2).
    package static func masked(maskGraph: Graph, coalition: [Int]) -> CoalitionVerdict {
        let groups = honestComponents(of: maskGraph, without: coalition)
        return CoalitionVerdict(
            coalition: coalition.sorted(), exposed: groups.filter { $0.count == 1 }.map { $0[0] },
            rankDeficit: groups.reduce(0) { $0 + $1.count - 1 }, fullRankStep: nil, groups: groups)
    }

    /// Values shared by Shamir's scheme: up to `threshold` colluders learn the sum of the others and nothing else, more of
    /// them put together what was dealt to them and have everybody's own values (mathematics.md §5.4).
    package static func shared(memberCount: Int, threshold: Int, coalition: [Int]) -> CoalitionVerdict {
        let honest = (0..<memberCount).filter { !coalition.contains($0) }
        precondition(
            honest.count + coalition.count == memberCount, "colluders \(coalition) of \(memberCount)")
        let groups = coalition.count > threshold ? honest.map { [$0] } : [honest]
        return CoalitionVerdict(
            coalition: coalition.sorted(), exposed: groups.filter { $0.count == 1 }.map { $0[0] },
            rankDeficit: groups.reduce(0) { $0 + $1.count - 1 }, fullRankStep: nil, groups: groups)
    }
}

/// The connected components of a graph without the coalition, each ascending, in the order of their first member.
func honestComponents(of graph: Graph, without coalition: [Int]) -> [[Int]] {
    var isSeen = [Bool](repeating: false, count: graph.vertexCount)
    for member in coalition {
        precondition(member >= 0 && member < graph.vertexCount, "colluder \(member) of \(graph.vertexCount)")
        isSeen[member] = true
    }
    var components: [[Int]] = []
    for start in 0..<graph.vertexCount where !isSeen[start] {
        isSeen[start] = true
        var component = [start]
        var head = 0
        while head < component.count {
            for next in graph.neighbours(of: component[head]) where !isSeen[next] {
                isSeen[next] = true
                component.append(next)
            }
            head += 1
        }
        components.append(component.sorted())
    }
    return components
}
