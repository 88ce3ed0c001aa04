import Testing

import LinearAlgebra

@Suite struct SeededGeneratorTests {
    @Test func `the stream of a seed is the committed one`() {
        var generator = SeededGenerator(seed: 0)
        #expect(
            (0..<3).map { _ in generator.next() } == [
                0x53175d61490b23df, 0x61da6f3dc380d507, 0x5c0fdf91ec9a7bfc,
            ])
    }

    @Test func `labels part the streams of one seed`() {
        var plain = SeededGenerator(seed: 7)
        var start = SeededGenerator(seed: 7, label: "start 0")
        var next = SeededGenerator(seed: 7, label: "start 1")
        let words = [plain.next(), start.next(), next.next()]
        #expect(Set(words).count == 3)
    }

    @Test func `a permutation holds every index once and depends on the seed alone`() {
        var first = SeededGenerator(seed: 9)
        var second = SeededGenerator(seed: 9)
        let order = permutation(of: 100, using: &first)
        #expect(order.sorted() == Array(0..<100))
        #expect(order == permutation(of: 100, using: &second))
        #expect(permutation(of: 0, using: &first).isEmpty)
    }

    @Test func `every order of three comes up equally often`() {
        var generator = SeededGenerator(seed: 10)
        var counts: [[Int]: Int] = [:]
        for _ in 0..<60_000 { counts[permutation(of: 3, using: &generator), default: 0] += 1 }
        #expect(counts.count == 6)
        // Five standard deviations of a binomial count.
        #expect(counts.values.allSatisfy { abs($0 - 10_000) < 460 })
    }
}
