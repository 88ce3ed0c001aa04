import Testing
import Topology

@Suite struct FoldScheduleTests {
    @Test func `steps are the floor of log2 S, and two more beside a power of two`() {
        for (size, steps) in [
            (1, 0), (2, 1), (3, 3), (4, 2), (5, 4), (7, 4), (8, 3), (31, 6), (32, 5), (33, 7), (64, 6),
            (101, 8), (1_009, 11), (2_003, 12), (5_003, 14), (10_007, 15),
        ] { #expect(FoldSchedule(size: size).stepCount == steps) }
    }

    @Test(arguments: 1...70)
    func `every message that is sent is awaited at the same step, and all is summed once`(size: Int) {
        let schedule = FoldSchedule(size: size)
        let all = (0..<size).map { schedule.exchanges(of: $0) }
        for (rank, exchanges) in all.enumerated() {
            #expect(exchanges.map(\.step) == exchanges.map(\.step).sorted())
            #expect(exchanges.allSatisfy { $0.step < schedule.stepCount })
            for exchange in exchanges {
                let mirrored = all[exchange.partner].filter { $0.step == exchange.step && $0.partner == rank }
                #expect(mirrored.count == 1)
                #expect(mirrored.first?.sends == exchange.receives)
                #expect(mirrored.first?.receives == exchange.sends)
            }
        }
        var sums = (0..<size).map { [Int](repeating: 0, count: size).replacing($0) }
        for step in 0..<schedule.stepCount {
            let before = sums
            for (rank, exchanges) in all.enumerated() {
                for exchange in exchanges where exchange.step == step && exchange.receives {
                    let other = before[exchange.partner]
                    sums[rank] =
                        exchange.kind == .takeBack ? other : zip(sums[rank], other).map { $0 + $1 }
                }
            }
        }
        for sum in sums { #expect(sum == [Int](repeating: 1, count: size)) }
    }
}

extension [Int] {
    /// One at `index`, zero elsewhere.
    fileprivate func replacing(_ index: Int) -> [Int] {
        var result = self
        result[index] = 1
        return result
    }
}
