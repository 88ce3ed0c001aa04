/// Lent by the shell, as a random generator is: does independent pieces of local work, perhaps at the same time.
///
/// How many threads it has never changes a result: the pieces are cut without asking it, and what they give is put
/// together in their order.
package protocol ParallelRunner: Sendable {
    /// `work(0)`, …, `work(count − 1)`, done in any order and returned in this one.
    ///
    /// - Parameters:
    ///   - count: ≥ 0.
    ///   - work: depends on its argument alone.
    func map<Piece: Sendable>(count: Int, _ work: @Sendable (Int) -> Piece) -> [Piece]
}

/// One piece after the other, on the caller's own thread.
package struct SerialRunner: ParallelRunner {
    package init() {}

    package func map<Piece: Sendable>(count: Int, _ work: @Sendable (Int) -> Piece) -> [Piece] {
        (0..<count).map(work)
    }
}

/// Rows cut into runs for a ``ParallelRunner``, by their number alone.
package struct RowPartition: Sendable, Equatable {
    package let rowCount: Int
    /// Runs, ≥ 1 where there are rows.
    package let count: Int

    /// Runs are whole superblocks of this many rows, the last one excepted.
    package static let superblock = 256
    /// More would cost more in scratch and in adding up than further threads could give.
    private static let countMax = 32
    /// A run of fewer superblocks would not be worth its scratch.
    private static let superblocksMin = 8

    package init(rowCount: Int) {
        precondition(rowCount >= 0, "\(rowCount) rows")
        self.rowCount = rowCount
        let superblocks = (rowCount + Self.superblock - 1) / Self.superblock
        count = min(Self.countMax, (superblocks + Self.superblocksMin - 1) / Self.superblocksMin)
    }

    /// The rows of run `index`; all runs are equally long but for one superblock.
    package subscript(index: Int) -> Range<Int> {
        precondition(index >= 0 && index < count, "run \(index) of \(count)")
        let superblocks = (rowCount + Self.superblock - 1) / Self.superblock
        let start = index * superblocks / count * Self.superblock
        let end = (index + 1) * superblocks / count * Self.superblock
        return start..<min(end, rowCount)
    }
}
