import LinearAlgebra
import Testing

@testable import Consensus

@Suite struct FixedPointTests {
    @Test func `f is 62 less the bits of the roster`() {
        for (size, bits) in [
            (1, 62), (2, 61), (3, 60), (4, 60), (5, 59), (8, 59), (31, 57), (32, 57), (33, 56), (1_009, 52),
            (65_535, 46),
        ] { #expect(FixedPoint(summands: size).fractionBits == bits) }
    }

    @Test func `ties go to the even word, on both sides of zero`() {
        let encoding = FixedPoint(summands: 33)
        let unit = 0x1p-56
        for (value, word) in [
            (0.5, 0), (1.5, 2), (2.5, 2), (3.5, 4), (0.49, 0), (0.51, 1), (2.51, 3), (1, 1), (0, 0),
        ] as [(Double, Int64)] {
            #expect(encoding.word(value * unit) == UInt64(bitPattern: word))
            #expect(encoding.word(-value * unit) == UInt64(bitPattern: -word))
        }
        // Halves below 2^52 units; from there on every double is whole.
        #expect(encoding.word((0x1p51 + 0.5) * unit) == 1 << 51)
        #expect(encoding.word((0x1p51 + 1.5) * unit) == (1 << 51) + 2)
        #expect(encoding.word((0x1p52 + 1) * unit) == (1 << 52) + 1)
        #expect(encoding.word(1) == 1 << 56)
        #expect(encoding.word(-1) == UInt64(bitPattern: -(1 << 56)))
        #expect(encoding.word(Double.leastNonzeroMagnitude) == 0)
    }

    @Test(arguments: [1, 2, 7, 31, 64, 1_009])
    func `rounding is that of IEEE 754 and off by half a unit at most`(size: Int) {
        let encoding = FixedPoint(summands: size)
        var generator = SeededGenerator(seed: UInt64(size), label: "fixed point")
        for index in 0..<2_000 {
            let wide = Double(Int64(bitPattern: generator.next())) * 0x1p-63
            // All magnitudes from 1 down to far below a unit.
            let value = (0..<(index % 70)).reduce(wide) { small, _ in small / 2 }
            let scaled = value * Double(1 << encoding.fractionBits)
            let word = Int64(bitPattern: encoding.word(value))
            #expect(Double(word) == scaled.rounded(.toNearestOrEven))
            #expect((Double(word) - scaled).magnitude <= 0.5)
        }
    }

    @Test func `words that stand for doubles come back as they were`() {
        let encoding = FixedPoint(summands: 5)
        for value in [0, 1, -1, 0.1, -0.3, 0x1p-59, 4.75, -5] {
            let word = UInt64(bitPattern: Int64(value * Double(1 << encoding.fractionBits)))
            #expect(encoding.value(word) == value)
        }
    }
}
