import LinearAlgebra

/// What a coalition can compute of one session's starting vectors, exactly (mathematics.md §4).
///
/// What it can compute of them is the span of all that it sees and of their sum, no more and no less: arithmetic is
/// exact, over GF(2⁶¹ − 1). In averaging the flooding of the maximum adds the agreed average; an exact sum ends with the
/// sum at everybody.
package struct SessionObservability: Sendable, Equatable {
    /// The dimension of what is known, of `session.memberCount`.
    package let rank: Int
    /// The first step after whose messages everything is known; nil if that never comes.
    package let fullRankStep: Int?
    /// A basis, over GF(2⁶¹ − 1), of the starting vectors that leave no trace in what the coalition sees.
    package let unseen: [[UInt64]]

    /// - Parameters:
    ///   - session: with labels as in the roster.
    ///   - coalition: places in the roster, each once, at least one.
    ///   - steps: messages of steps `0…steps` are seen; of averaging, later ones than S − 1 tell nothing new.
    /// - Complexity: O(S³).
    package init(session: WatchedSession, coalition: [Int], steps: Int) {
        precondition(steps >= 0, "\(coalition.count) colluders watch \(steps) steps")
        var (space, full) = session.view(of: coalition, messageSteps: steps + 1)
        space.insert([UInt64](repeating: 1, count: session.memberCount))
        rank = space.rank
        fullRankStep = full
        unseen = space.nullSpace
    }

    /// The places s whose starting value is known, ascending: those in which no unseen vector has an entry.
    package var determined: [Int] {
        let count = unseen.first.map(\.count) ?? rank
        return (0..<count).filter { place in unseen.allSatisfy { $0[place] == 0 } }
    }
}
