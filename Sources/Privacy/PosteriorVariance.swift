import LinearAlgebra
package import Topology

/// What a coalition that computes in doubles knows of unmasked chunks: a linear-Gaussian posterior (mathematics.md §4.2).
///
/// The exact criterion says what can be computed at all; this says how well at the precision of the messages. The values
/// have variance 1 beforehand, and so have the chunks that are drawn. Local arithmetic.
package enum PosteriorVariance {
    /// Largest product of members and chunks that is computed: the matrix is dense and decomposed in whole.
    package static let unknownLimit = 320
    /// Rounding of a message of doubles.
    package static let roundingDeviation = 1e-15

    /// The variance of every member's value given all that the coalition sees.
    ///
    /// - Parameters:
    ///   - sessions: one a chunk, labels as in the roster.
    ///   - mixing: the averaging steps, all of which are watched; not read of exact sums.
    ///   - messageDeviation: the noise of a message.
    /// - Returns: shape `(S)`, in 0…1; nil beyond ``unknownLimit``.
    package static func ofUnmasked(
        sessions: [WatchedSession], mixing: MixingPlan, coalition: [Int],
        messageDeviation: Double = roundingDeviation
    ) -> [Double]? {
        let count = sessions[0].memberCount
        let unknowns = count * sessions.count
        guard unknowns <= unknownLimit else { return nil }
        var stacked = Matrix(rowCount: unknowns, columnCount: unknowns)
        for (chunk, session) in sessions.enumerated() {
            // Any matrix with the same Gram matrix tells the same; R of S rows is the smallest.
            let right = RightSingularVectors(
                observations(of: session, mixing: mixing, coalition: coalition))
            let isRemainder = chunk == sessions.count - 1
            for index in 0..<count {
                for place in 0..<count {
                    let entry = significant(right, index) * right.vectors[index, place]
                    let row = chunk * count + index
                    guard isRemainder else {
                        stacked[row, (chunk + 1) * count + place] = entry
                        continue
                    }
                    stacked[row, place] = entry
                    for drawn in 1..<sessions.count { stacked[row, drawn * count + place] = -entry }
                }
            }
        }
        let right = RightSingularVectors(stacked)
        return (0..<count).map { place in
            var variance = 0.0
            for index in 0..<unknowns {
                let ratio = significant(right, index) / messageDeviation
                let entry = right.vectors[index, place]
                variance += entry * entry / (1 + ratio * ratio)
            }
            return variance
        }
    }

    /// A singular value, or 0 where it is no more than the rounding of the matrix itself.
    private static func significant(_ right: RightSingularVectors, _ index: Int) -> Double {
        right.values[index] > 8 * Double.ulpOfOne * right.values[0] ? right.values[index] : 0
    }

    /// The matrix from the starting values of a session to all that the coalition sees of it.
    private static func observations(
        of session: WatchedSession, mixing: MixingPlan, coalition: [Int]
    ) -> Matrix {
        if case .averaging(let graph) = session {
            return trajectory(graph: graph, mixing: mixing, coalition: coalition)
        }
        let count = session.memberCount
        var rows = session.partialSums(seenBy: coalition, messageSteps: count).map { $0.row.map(Double.init) }
        rows.append([Double](repeating: 1, count: count))
        while rows.count < count { rows.append([Double](repeating: 0, count: count)) }
        return Matrix(rowCount: rows.count, columnCount: count, elements: rows.flatMap { $0 })
    }

    /// The matrix from the starting values of averaging to all that the coalition sees of it.
    ///
    /// - Returns: a row per watched member and step, steps outermost, and rows of zeros up to S; shape `(n, S)`, n ≥ S.
    private static func trajectory(graph: Graph, mixing: MixingPlan, coalition: [Int]) -> Matrix {
        let count = graph.vertexCount
        let seen = watched(by: coalition, in: graph)
        // state[v] is the row of member v: its value as a function of the starting values.
        var state = (0..<count).map { vertex in
            var row = [Double](repeating: 0, count: count)
            row[vertex] = 1
            return row
        }
        var before = state
        var elements = seen.flatMap { state[$0] }
        for index in 0..<mixing.steps {
            let step = mixing.step(at: index)
            let next = (0..<count).map { vertex in
                var row = [Double](repeating: 0, count: count)
                let own = state[vertex]
                for neighbour in graph.neighbours(of: vertex) {
                    for place in 0..<count { row[place] += state[neighbour][place] - own[place] }
                }
                for place in 0..<count {
                    row[place] =
                        own[place] + step.momentum * (own[place] - before[vertex][place])
                        + step.gain * row[place]
                }
                return row
            }
            before = state
            state = next
            elements += seen.flatMap { state[$0] }
        }
        let height = max(elements.count / count, count)
        elements += [Double](repeating: 0, count: height * count - elements.count)
        return Matrix(rowCount: height, columnCount: count, elements: elements)
    }
}
