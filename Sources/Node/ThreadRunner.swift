import Dispatch
import LinearAlgebra
import Synchronization

/// The process's threads, lent to the rooms that compute.
package struct ThreadRunner: ParallelRunner {
    /// Threads at work at once, the caller's among them, ≥ 1; no more than the machine has processors.
    package let threadCount: Int

    package init(threadCount: Int) {
        precondition(threadCount >= 1, "\(threadCount) threads")
        self.threadCount = threadCount
    }

    package func map<Piece: Sendable>(count: Int, _ work: @Sendable (Int) -> Piece) -> [Piece] {
        guard threadCount > 1, count > 1 else { return (0..<count).map(work) }
        let next = Atomic(0)
        let pieces = Mutex([Piece?](repeating: nil, count: count))
        // Every thread takes the next piece that nobody has taken yet.
        DispatchQueue.concurrentPerform(iterations: min(threadCount, count)) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                let piece = work(index)
                pieces.withLock { $0[index] = piece }
            }
        }
        return pieces.withLock { $0 }.enumerated().map { index, piece in
            guard let piece else { preconditionFailure("piece \(index) of \(count) was not done") }
            return piece
        }
    }
}
