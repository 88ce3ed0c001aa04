/// Standard normal numbers with the same bits everywhere (Box and Muller 1958), eight pairs at a time.
///
/// Sixteen words give sixteen normals: words 0…7 give radii, words 8…15 angles; the cosines come first, then the
/// sines. A uniform number is the upper 52 bits of a word, so no normal exceeds 8.5 in magnitude.
package enum NormalSampler {
    private static let lanes = 8

    /// Words that `fill` reads for `count` normals: `count` rounded up to a multiple of 16.
    package static func wordCount(for count: Int) -> Int {
        precondition(count >= 0, "no sample has \(count) values")
        return (count + 2 * lanes - 1) / (2 * lanes) * (2 * lanes)
    }

    /// Replaces every entry of `values` by a standard normal number.
    ///
    /// - Parameter words: uniform, at least `wordCount(for: values.count)`.
    package static func fill(_ values: inout [Double], from words: [UInt64]) {
        let needed = wordCount(for: values.count)
        precondition(words.count >= needed, "\(words.count) words for \(values.count) normals, not \(needed)")
        let full = values.count / (2 * lanes) * (2 * lanes)
        var start = 0
        var target = values.mutableSpan
        while start < full {
            let (cosines, sines) = pair(load(words, start), load(words, start + lanes))
            for lane in 0..<lanes {
                target[start &+ lane] = cosines[lane]
                target[start &+ lanes &+ lane] = sines[lane]
            }
            start += 2 * lanes
        }
        guard start < values.count else { return }
        let (cosines, sines) = pair(load(words, start), load(words, start + lanes))
        for index in start..<values.count {
            let lane = index - start
            values[index] = lane < lanes ? cosines[lane] : sines[lane - lanes]
        }
    }

    /// `count` standard normal numbers.
    package static func sample(count: Int, using generator: inout some RandomNumberGenerator) -> [Double] {
        var words = [UInt64](repeating: 0, count: wordCount(for: count))
        for index in words.indices { words[index] = generator.next() }
        var values = [Double](repeating: 0, count: count)
        fill(&values, from: words)
        return values
    }

    @inline(__always)
    private static func load(_ words: [UInt64], _ start: Int) -> SIMD8<UInt64> {
        SIMD8(
            words[start], words[start + 1], words[start + 2], words[start + 3], words[start + 4],
            words[start + 5], words[start + 6], words[start + 7])
    }

    /// √(−2 ln u) cos 2πv and √(−2 ln u) sin 2πv, u in (0, 1] and v in [0, 1) from the two words.
    @inline(__always)
    private static func pair(_ first: SIMD8<UInt64>, _ second: SIMD8<UInt64>) -> (
        SIMD8<Double>, SIMD8<Double>
    ) {
        let u = 2 - fromOneToTwo(first)
        let v = fromOneToTwo(second) - 1
        let radius = (-2 * ln(u)).squareRoot()
        let (sine, cosine) = sinCos(turns: v)
        return (radius * cosine, radius * sine)
    }

    @inline(__always)
    private static func fromOneToTwo(_ words: SIMD8<UInt64>) -> SIMD8<Double> {
        doubles((words &>> 12) | 0x3ff0_0000_0000_0000)
    }

    /// ``PortableMath/ln(_:)`` on eight normal positive numbers: the same operations in the same order.
    @inline(__always)
    static func ln(_ value: SIMD8<Double>) -> SIMD8<Double> {
        typealias L = PortableMath.Logarithm
        let shifted = bits(value) &+ SIMD8(repeating: (0x3ff0_0000 - 0x3fe6_a09e) << 32)
        // 2⁵² + e − (2⁵² + 1023) is exact and cheaper than a conversion.
        let k = doubles((shifted &>> 52) | 0x4330_0000_0000_0000) - (0x1p52 + 1023)
        let f = doubles((shifted & 0x000f_ffff_ffff_ffff) &+ SIMD8(repeating: 0x3fe6_a09e << 32)) - 1
        let halfSquare = 0.5 * f * f
        let s = f / (2 + f)
        let z = s * s
        let w = z * z
        let even = w * (L.l2 + w * (L.l4 + w * L.l6))
        let odd = z * (L.l1 + w * (L.l3 + w * (L.l5 + w * L.l7)))
        let low = s * (halfSquare + (even + odd)) + k * PortableMath.ln2Low
        return low - halfSquare + f + k * PortableMath.ln2High
    }

    /// ``PortableMath/sinCos(turns:)`` on eight numbers.
    @inline(__always)
    static func sinCos(turns: SIMD8<Double>) -> (sine: SIMD8<Double>, cosine: SIMD8<Double>) {
        typealias T = PortableMath.Trigonometry
        let quarters = 4 * turns
        let shifted = quarters + PortableMath.roundingShift
        let angle = (quarters - (shifted - PortableMath.roundingShift)) * T.halfPi
        let z = angle * angle
        let sinePolynomial = T.s1 + z * (T.s2 + z * (T.s3 + z * (T.s4 + z * (T.s5 + z * T.s6))))
        let sine = angle + angle * z * sinePolynomial
        let tail = (z * z) * (z * z) * (T.c4 + z * (T.c5 + z * T.c6))
        let r = z * (T.c1 + z * (T.c2 + z * T.c3)) + tail
        let half = 0.5 * z
        let w = 1 - half
        let cosine = w + (((1 - w) - half) + z * r)
        // Odd quarters swap the two; signs follow the quarter: sine − in 2 and 3, cosine − in 1 and 2.
        let quarter = bits(shifted)
        let swap = 0 &- (quarter & 1)
        let exchanged = (bits(sine) ^ bits(cosine)) & swap
        let sineSign = (quarter & 2) &<< 62
        let cosineSign = ((quarter &+ 1) & 2) &<< 62
        return (doubles(bits(sine) ^ exchanged ^ sineSign), doubles(bits(cosine) ^ exchanged ^ cosineSign))
    }

    @inline(__always)
    private static func bits(_ values: SIMD8<Double>) -> SIMD8<UInt64> {
        // SAFETY: both types are eight 64-bit lanes and every bit pattern is valid in both.
        unsafe unsafeBitCast(values, to: SIMD8<UInt64>.self)
    }

    @inline(__always)
    private static func doubles(_ bits: SIMD8<UInt64>) -> SIMD8<Double> {
        // SAFETY: both types are eight 64-bit lanes and every bit pattern is valid in both.
        unsafe unsafeBitCast(bits, to: SIMD8<Double>.self)
    }
}
