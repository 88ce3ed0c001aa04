/// Elementary functions on eight single-precision lanes. Local arithmetic: within 2 ulp, reductions of fdlibm,
/// polynomials of S. Moshier's Cephes and least-maximum fits of our own.
extension SIMD8 where Scalar == Float {
    /// Eight lanes from `base`, or the first `count` and zeros.
    @inline(__always)
    static func load(_ base: UnsafePointer<Float>, count: Int) -> SIMD8<Float> {
        // SAFETY: the caller guarantees min(count, 8) entries at `base`.
        if count >= 8 { return unsafe UnsafeRawPointer(base).loadUnaligned(as: SIMD8<Float>.self) }
        var value = SIMD8<Float>.zero
        for lane in 0..<count { value[lane] = unsafe base[lane] }
        return value
    }

    /// Writes eight lanes to `base`, or the first `count`.
    @inline(__always)
    func store(_ base: UnsafeMutablePointer<Float>, count: Int) {
        // SAFETY: the caller guarantees min(count, 8) entries at `base`.
        if count >= 8 {
            unsafe UnsafeMutableRawPointer(base).storeBytes(of: self, as: SIMD8<Float>.self)
            return
        }
        for lane in 0..<count { unsafe base[lane] = self[lane] }
    }

    /// 1 in the first `count` lanes, 0 in the others.
    @inline(__always)
    static func one(upTo count: Int) -> SIMD8<Float> {
        let lane = SIMD8<Float>(0, 1, 2, 3, 4, 5, 6, 7)
        return SIMD8<Float>.zero.replacing(with: 1, where: lane .< Float(count))
    }

    @inline(__always)
    var bits: SIMD8<UInt32> {
        // SAFETY: both types are eight 32-bit lanes and every bit pattern is valid in both.
        unsafe unsafeBitCast(self, to: SIMD8<UInt32>.self)
    }

    @inline(__always)
    init(bits: SIMD8<UInt32>) {
        // SAFETY: both types are eight 32-bit lanes and every bit pattern is valid in both.
        self = unsafe unsafeBitCast(bits, to: SIMD8<Float>.self)
    }

    /// All ones where the lane's sign bit is set, else zeros: cheaper than a comparison.
    @inline(__always)
    var signMask: SIMD8<UInt32> {
        SIMD8<UInt32>(truncatingIfNeeded: SIMD8<Int32>(truncatingIfNeeded: bits) &>> 31)
    }

    /// |x|.
    @inline(__always)
    var absolute: SIMD8<Float> { SIMD8(bits: bits & 0x7fff_ffff) }

    /// eˣ for x ≤ 0; below −87 counts as −87, NaN stays NaN.
    @inline(__always)
    func exponentialOfNegative() -> SIMD8<Float> {
        let x = self.replacing(with: -87, where: self .< -87)
        let magic = Float(0x1.8p23)
        let shifted = x * 1.442_695_04 + magic
        let k = shifted - magic
        let high = x - k * 0.693_359_375
        let r = high - k * -2.121_944_4e-4
        var p = SIMD8<Float>(repeating: 1.987_569_1e-4)
        p = p * r + 1.398_199_9e-3
        p = p * r + 8.333_452e-3
        p = p * r + 4.166_579_6e-2
        p = p * r + 0.166_666_65
        p = p * r + 0.5
        p = p * (r * r) + r + 1
        return SIMD8(bits: p.bits &+ (shifted.bits &<< 23))
    }

    /// ln x for positive normal x.
    @inline(__always)
    func logarithm() -> SIMD8<Float> {
        // x = 2^k (1 + f) with 1 + f in [√½, √2).
        let shifted = bits &+ SIMD8<UInt32>(repeating: 0x3f80_0000 - 0x3f35_04f3)
        let k = SIMD8(bits: (shifted &>> 23) | 0x4b00_0000) - (0x1p23 + 127)
        let f = SIMD8(bits: (shifted & 0x007f_ffff) &+ SIMD8<UInt32>(repeating: 0x3f35_04f3)) - 1
        let z = f * f
        var p = SIMD8<Float>(repeating: 7.037_683_6e-2)
        p = p * f - 0.115_146_1
        p = p * f + 0.116_769_98
        p = p * f - 0.124_201_41
        p = p * f + 0.142_493_23
        p = p * f - 0.166_680_58
        p = p * f + 0.200_007_15
        p = p * f - 0.249_999_94
        p = p * f + 0.333_333_31
        let low = f * z * p - 0.5 * z + k * -2.121_944_4e-4
        return f + low + k * 0.693_359_375
    }

    /// ln(1 + eˣ) and its derivative 1/(1 + e⁻ˣ).
    @inline(__always)
    func softplus() -> (value: SIMD8<Float>, slope: SIMD8<Float>) {
        let e = SIMD8(bits: bits | 0x8000_0000).exponentialOfNegative()
        // ln(1 + e)/e on 0…1.
        var p = SIMD8<Float>(repeating: 0.005_126_1)
        p = p * e - 0.029_074_06
        p = p * e + 0.077_516_09
        p = p * e - 0.136_022_48
        p = p * e + 0.190_768_81
        p = p * e - 0.248_353_99
        p = p * e + 0.333_181_22
        p = p * e - 0.499_994_45
        p = p * e + 0.999_999_97
        let mask = signMask
        let above = SIMD8(bits: (SIMD8(repeating: 1).bits & ~mask) | (e.bits & mask))
        return (SIMD8(bits: bits & ~mask) + e * p, above / (1 + e))
    }

    /// tanh x.
    @inline(__always)
    func hyperbolicTangent() -> SIMD8<Float> {
        let magnitude = absolute
        let e = (-2 * magnitude).exponentialOfNegative()
        let far = (1 - e) / (1 + e)
        // Near 0 the quotient cancels.
        let z = self * self
        var p = SIMD8<Float>(repeating: -5.704_988_7e-3)
        p = p * z + 2.063_908_9e-2
        p = p * z - 5.373_970_9e-2
        p = p * z + 0.133_314_76
        p = p * z - 0.333_332_82
        let near = self + self * z * p
        let signed = SIMD8(bits: far.bits | (bits & 0x8000_0000))
        return signed.replacing(with: near, where: magnitude .< 0.625)
    }

    /// sin 2πt and cos 2πt for |t| < 2²⁰.
    @inline(__always)
    static func sinCos(turns: SIMD8<Float>) -> (sine: SIMD8<Float>, cosine: SIMD8<Float>) {
        let magic = Float(0x1.8p23)
        let quarters = 4 * turns
        let shifted = quarters + magic
        let angle = (quarters - (shifted - magic)) * 1.570_796_3
        let z = angle * angle
        let sinePolynomial = -0.166_666_55 + z * (8.332_161e-3 + z * -1.951_529_6e-4)
        let sine = angle + angle * z * sinePolynomial
        let tail = 4.166_664_6e-2 + z * (-1.388_731_6e-3 + z * 2.443_315_7e-5)
        let cosine = 1 - 0.5 * z + z * z * tail
        let quarter = shifted.bits
        let swap = 0 &- (quarter & 1)
        let exchanged = (sine.bits ^ cosine.bits) & swap
        let sineSign = (quarter & 2) &<< 30
        let cosineSign = ((quarter &+ 1) & 2) &<< 30
        return (
            SIMD8(bits: sine.bits ^ exchanged ^ sineSign), SIMD8(bits: cosine.bits ^ exchanged ^ cosineSign)
        )
    }
}

/// Activations of a hidden layer, in place. Local arithmetic.
package enum FloatActivation: Sendable, Equatable {
    case tanh
    case relu

    /// values = activation(values).
    ///
    /// - Parameter count: the first so many entries.
    package func apply(_ values: inout [Float], count: Int) {
        precondition(count >= 0 && count <= values.count, "\(count) of \(values.count) values")
        // SAFETY: `load` and `store` touch min(8, count − index) entries from an index < count.
        unsafe values.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            switch self {
            case .tanh:
                for index in stride(from: 0, to: count, by: 8) {
                    let left = count &- index
                    let x = unsafe SIMD8<Float>.load(base + index, count: left)
                    unsafe x.hyperbolicTangent().store(base + index, count: left)
                }
            case .relu:
                for index in stride(from: 0, to: count, by: 8) {
                    let left = count &- index
                    let x = unsafe SIMD8<Float>.load(base + index, count: left)
                    unsafe SIMD8(bits: x.bits & ~x.signMask).store(base + index, count: left)
                }
            }
        }
    }

    /// gradient = gradient · activation′, from the activated values.
    ///
    /// - Parameter count: the first so many entries.
    package func applyDerivative(_ gradient: inout [Float], activated: [Float], count: Int) {
        precondition(
            count >= 0 && count <= gradient.count && count <= activated.count,
            "\(count) of \(gradient.count) and \(activated.count) values")
        // SAFETY: as in `apply`; two distinct arrays.
        unsafe gradient.withUnsafeMutableBufferPointer { buffer in
            unsafe activated.withUnsafeBufferPointer { source in
                guard let base = buffer.baseAddress, let values = source.baseAddress else {
                    return
                }
                switch self {
                case .tanh:
                    for index in stride(from: 0, to: count, by: 8) {
                        let left = count &- index
                        let a = unsafe SIMD8<Float>.load(values + index, count: left)
                        let g = unsafe SIMD8<Float>.load(base + index, count: left)
                        unsafe (g * (1 - a * a)).store(base + index, count: left)
                    }
                case .relu:
                    for index in stride(from: 0, to: count, by: 8) {
                        let left = count &- index
                        let a = unsafe SIMD8<Float>.load(values + index, count: left)
                        let g = unsafe SIMD8<Float>.load(base + index, count: left)
                        // An activated value is 0 or positive: only a positive one's negative has a sign.
                        let mask = SIMD8(bits: 0 &- a.bits).signMask
                        unsafe SIMD8(bits: g.bits & mask).store(base + index, count: left)
                    }
                }
            }
        }
    }
}
