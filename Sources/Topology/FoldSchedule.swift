/// Who sends to whom in an all-reduce by recursive doubling with fold, for any number of ranks.
///
/// With P the largest power of two ≤ S: ranks `P ..< S` first hand their words to `rank − P`; then ranks below P
/// exchange with `rank XOR 2^b` for b = 0, 1, …; last, ranks below `S − P` hand the result to `rank + P`
/// (mathematics.md §5.1). ⌊log2 S⌋ steps, two more where S is no power of two.
package struct FoldSchedule: Sendable, Equatable {
    /// What one rank does at one step.
    package struct Exchange: Sendable, Equatable {
        /// What is sent and what becomes of what arrives.
        package enum Kind: Sendable, Equatable {
            /// Send only: the own words join the partner's.
            case handOver
            /// Receive only, and add.
            case takeOver
            /// Send the own sum, receive the partner's, and add.
            case swap
            /// Send only: the result.
            case handBack
            /// Receive only: the result takes the place of the own words.
            case takeBack
        }

        /// The step of the session, from 0.
        package let step: Int
        /// The other rank.
        package let partner: Int
        package let kind: Kind

        /// Whether this rank sends.
        package var sends: Bool { kind == .handOver || kind == .swap || kind == .handBack }
        /// Whether this rank waits for a message.
        package var receives: Bool { kind == .takeOver || kind == .swap || kind == .takeBack }
    }

    /// Ranks, at least 1.
    package let size: Int
    /// ⌊log2 S⌋.
    package let doublings: Int

    /// - Precondition: `size ≥ 1`.
    package init(size: Int) {
        precondition(size >= 1, "a schedule of \(size) ranks")
        self.size = size
        doublings = Int.bitWidth - 1 - size.leadingZeroBitCount
    }

    /// P, the ranks that exchange in every doubling.
    package var innerCount: Int { 1 << doublings }

    /// Whether there are ranks beyond a power of two.
    package var hasFold: Bool { size > innerCount }

    /// Steps of a session: ⌊log2 S⌋, and 2 where S is no power of two.
    package var stepCount: Int { doublings + (hasFold ? 2 : 0) }

    /// What `rank` does, in the order of the steps; no partner twice in the same direction.
    package func exchanges(of rank: Int) -> [Exchange] {
        precondition(rank >= 0 && rank < size, "rank \(rank) of \(size)")
        let last = stepCount - 1
        guard rank < innerCount else {
            let host = rank - innerCount
            return [
                Exchange(step: 0, partner: host, kind: .handOver),
                Exchange(step: last, partner: host, kind: .takeBack),
            ]
        }
        var result: [Exchange] = []
        let guest = rank + innerCount
        if guest < size { result.append(Exchange(step: 0, partner: guest, kind: .takeOver)) }
        let first = hasFold ? 1 : 0
        for bit in 0..<doublings {
            result.append(Exchange(step: first + bit, partner: rank ^ (1 << bit), kind: .swap))
        }
        if guest < size { result.append(Exchange(step: last, partner: guest, kind: .handBack)) }
        return result
    }
}
