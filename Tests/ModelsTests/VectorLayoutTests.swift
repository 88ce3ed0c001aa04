import LinearAlgebra
import Models
import Testing

@Suite struct VectorLayoutTests {
    @Test func `powers of two cover their values and no more`() {
        #expect(powerOfTwo(atLeast: 0) == 0x1p-100)
        #expect(powerOfTwo(atLeast: 1) == 1)
        #expect(powerOfTwo(atLeast: 1.000001) == 2)
        #expect(powerOfTwo(atLeast: 500) == 512)
        #expect(powerOfTwo(atLeast: 0.3) == 0.5)
    }

    @Test func `a vector comes back to the bit, as scales are powers of two`() {
        let layout = VectorLayout([
            VectorBlock(name: "a", count: 2, scale: 512), VectorBlock(name: "b", count: 1, scale: 0x1p-7),
        ])
        let values = [-17.3, 511.9, 0x1p-8 * 1.1]
        var clipped = 0
        let normalised = layout.normalised(values, clippedCount: &clipped)
        #expect(clipped == 0)
        #expect(normalised.allSatisfy { abs($0) <= 1 })
        #expect(layout.denormalised(normalised) == values)
    }

    @Test func `what exceeds its block is clamped and counted`() {
        let layout = VectorLayout([VectorBlock(name: "a", count: 3, scale: 2)])
        var clipped = 0
        #expect(layout.normalised([-3, 1, 2], clippedCount: &clipped) == [-1, 0.5, 1])
        #expect(clipped == 1)
    }
}
