/// A stream of single-precision standard normals: xoshiro128+ (Blackman and Vigna) on eight lanes, then Box–Muller.
///
/// For the draws of one participant's training: the same stream gives the same bits on one machine. Uniform numbers have 23
/// bits, so no normal exceeds 5.7 in magnitude. Local arithmetic.
package struct FloatNormalStream: Sendable {
    private var a: SIMD8<UInt32>
    private var b: SIMD8<UInt32>
    private var c: SIMD8<UInt32>
    private var d: SIMD8<UInt32>

    /// - Parameter generator: gives the lanes' starting states.
    package init(using generator: inout some RandomNumberGenerator) {
        a = .zero
        b = .zero
        c = .zero
        d = .zero
        for lane in 0..<8 {
            let first = generator.next()
            let second = generator.next()
            // The all-zero state is the only bad one.
            a[lane] = UInt32(truncatingIfNeeded: first) | 1
            b[lane] = UInt32(truncatingIfNeeded: first &>> 32)
            c[lane] = UInt32(truncatingIfNeeded: second)
            d[lane] = UInt32(truncatingIfNeeded: second &>> 32)
        }
    }

    /// 23 random bits a lane, as a number in 1…2, 2 excluded.
    @inline(__always)
    private mutating func fromOneToTwo() -> SIMD8<Float> {
        let sum = a &+ d
        let shifted = b &<< 9
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = (d &<< 11) | (d &>> 21)
        return SIMD8(bits: (sum &>> 9) | 0x3f80_0000)
    }

    /// Replaces the first `count` entries.
    package mutating func fill(_ values: inout [Float], count: Int) {
        precondition(count >= 0 && count <= values.count, "\(count) normals into \(values.count)")
        // SAFETY: `store` touches min(8, count − index) entries from an index < count.
        unsafe values.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for index in stride(from: 0, to: count, by: 16) {
                let radius = (-2 * (2 - fromOneToTwo()).logarithm()).squareRoot()
                let angle = SIMD8<Float>.sinCos(turns: fromOneToTwo() - 1)
                unsafe (radius * angle.cosine).store(base + index, count: count &- index)
                if index &+ 8 < count {
                    unsafe (radius * angle.sine).store(base + (index &+ 8), count: count &- index &- 8)
                }
            }
        }
    }
}
