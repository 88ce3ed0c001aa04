import Foundation
import Testing

import LinearAlgebra

@Suite struct PortableMathTests {
    /// Distance in units in the last place of `expected`.
    private func ulps(_ value: Double, _ expected: Double) -> Double {
        value == expected ? 0 : abs(value - expected) / expected.ulp
    }

    @Test func `ln is within 1 ulp of the C library from subnormal to huge`() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<200_000 {
            let value = Double(bitPattern: generator.next() >> 1)
            guard value.isFinite && value > 0 else { continue }
            #expect(ulps(PortableMath.ln(value), Foundation.log(value)) <= 1)
        }
        for step in 1..<20_000 {
            let near = 1 + (Double(step) - 10_000) * 1e-6
            #expect(ulps(PortableMath.ln(near), Foundation.log(near)) <= 1)
        }
    }

    @Test func `exp is within 1 ulp of the C library over its whole range`() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<200_000 {
            let unit = Double(generator.next() >> 11) * 0x1p-53
            for value in [-745 + 1454 * unit, unit - 0.5, -40 * unit] {
                #expect(ulps(PortableMath.exp(value), Foundation.exp(value)) <= 1)
            }
        }
    }

    @Test func `sine and cosine are within 2 ulp of the C library`() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<100_000 {
            // One unit more for the sine: the rounding of the reference's own argument.
            let turns = Double(generator.next() >> 11) * 0x1p-53 * 0.125
            let (sine, cosine) = PortableMath.sinCos(turns: turns)
            let angle = 2 * Double.pi * turns
            #expect(ulps(sine, Foundation.sin(angle)) <= 3)
            #expect(ulps(cosine, Foundation.cos(angle)) <= 2)
        }
        // The reference's argument 2πt is rounded by up to 9e-16 in the first two turns.
        let tolerance = 1.5e-15
        for step in 0..<128 {
            let turns = Double(step) / 64
            let (sine, cosine) = PortableMath.sinCos(turns: turns)
            #expect(abs(sine - Foundation.sin(2 * Double.pi * turns)) < tolerance)
            #expect(abs(cosine - Foundation.cos(2 * Double.pi * turns)) < tolerance)
        }
    }

    @Test func `limits are those of IEEE 754`() {
        #expect(PortableMath.ln(0) == -.infinity)
        #expect(PortableMath.ln(-1).isNaN)
        #expect(PortableMath.ln(.nan).isNaN)
        #expect(PortableMath.ln(.infinity) == .infinity)
        #expect(PortableMath.ln(1) == 0)
        #expect(PortableMath.exp(0) == 1)
        #expect(PortableMath.exp(-.infinity) == 0)
        #expect(PortableMath.exp(.infinity) == .infinity)
        #expect(PortableMath.exp(.nan).isNaN)
        #expect(PortableMath.sinCos(turns: 0.25) == (1, 0))
        #expect(PortableMath.sinCos(turns: 1).cosine == 1)
    }

    @Test func `bits are the committed ones`() {
        var digest: UInt64 = 0
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<10_000 {
            let unit = Double(generator.next() >> 11) * 0x1p-53
            let (sine, cosine) = PortableMath.sinCos(turns: unit)
            for value in [PortableMath.ln(unit * 100), PortableMath.exp(unit * 20 - 10), sine, cosine] {
                digest = (digest ^ value.bitPattern) &* 0x0000_0100_0000_01b3
            }
        }
        #expect(digest == 9_548_607_550_694_171_112)
    }
}
