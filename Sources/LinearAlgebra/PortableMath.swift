/// Elementary functions with the same bits on every processor.
///
/// Peers compare hashes of what they compute, and the C library's `exp` and `log` change bits between processors
/// (with and without fused multiply-add). These use +, −, ×, ÷ and bit operations in a fixed order only; the
/// reductions and polynomials are those of Sun's fdlibm (S. Moshier and K. C. Ng), within 1 ulp for `ln` and
/// `exp`, 2 ulp for sine and cosine.
package enum PortableMath {
    static let ln2High = 6.931_471_803_691_238_164_90e-01
    static let ln2Low = 1.908_214_929_270_587_700_02e-10
    /// Adding and subtracting this rounds |x| < 2⁵⁰ to the nearest integer, ties to even.
    static let roundingShift = 0x1.8p52

    /// The natural logarithm.
    ///
    /// - Parameter value: any double; 0 gives −∞, negative values and NaN give NaN.
    package static func ln(_ value: Double) -> Double {
        guard value > 0 else { return value == 0 ? -.infinity : .nan }
        guard value < .infinity else { return value }
        // Subnormal numbers are brought into the normal range first.
        let isSmall = value < .leastNormalMagnitude
        let normal = isSmall ? value * 0x1p54 : value
        // value = 2^k · (1 + f) with 1 + f in [√½, √2).
        let shifted = normal.bitPattern &+ ((0x3ff0_0000 - 0x3fe6_a09e) << 32)
        let k = Double(Int(shifted >> 52) - 0x3ff - (isSmall ? 54 : 0))
        let mantissa = (shifted & 0x000f_ffff_ffff_ffff) &+ (0x3fe6_a09e << 32)
        let f = Double(bitPattern: mantissa) - 1
        let halfSquare = 0.5 * f * f
        let s = f / (2 + f)
        let z = s * s
        let w = z * z
        let even = w * (Logarithm.l2 + w * (Logarithm.l4 + w * Logarithm.l6))
        let odd = z * (Logarithm.l1 + w * (Logarithm.l3 + w * (Logarithm.l5 + w * Logarithm.l7)))
        return s * (halfSquare + (even + odd)) + k * ln2Low - halfSquare + f + k * ln2High
    }

    /// The exponential function.
    ///
    /// - Parameter value: any double; above 709.79 gives ∞, below −745.14 gives 0, NaN gives NaN.
    package static func exp(_ value: Double) -> Double {
        guard value == value else { return value }
        guard value < 709.782_712_893_384 else { return .infinity }
        guard value > -745.133_219_101_942 else { return 0 }
        // value = k ln 2 + r with |r| ≤ ln 2 / 2, r = high − low.
        let k = (value * 1.442_695_040_888_963_387 + roundingShift) - roundingShift
        let high = value - k * ln2High
        let low = k * ln2Low
        let r = high - low
        let z = r * r
        let c =
            r - z
            * (Exponential.p1
                + z * (Exponential.p2 + z * (Exponential.p3 + z * (Exponential.p4 + z * Exponential.p5))))
        let scaled = 1 + (r * c / (2 - c) - low + high)
        // In two factors, as 2^k alone may lie outside the range of a double.
        let exponent = Int(k)
        let half = exponent / 2
        return scaled * powerOfTwo(half) * powerOfTwo(exponent - half)
    }

    /// Sine and cosine of `turns` full turns: sin 2πt and cos 2πt.
    ///
    /// - Parameter turns: |t| < 2⁴⁸; whole turns and quarters are exact.
    package static func sinCos(turns: Double) -> (sine: Double, cosine: Double) {
        precondition(turns.magnitude < 0x1p48, "\(turns) turns are too many to reduce")
        let quarters = 4 * turns
        let shifted = quarters + roundingShift
        let angle = (quarters - (shifted - roundingShift)) * Trigonometry.halfPi
        let z = angle * angle
        let sine = angle + angle * z * Trigonometry.sinePolynomial(z)
        let cosine = Trigonometry.cosine(z)
        switch shifted.bitPattern & 3 {
        case 0: return (sine, cosine)
        case 1: return (cosine, -sine)
        case 2: return (-sine, -cosine)
        default: return (-cosine, sine)
        }
    }

    private static func powerOfTwo(_ exponent: Int) -> Double {
        Double(bitPattern: UInt64(exponent + 1023) << 52)
    }

    /// ln(1+f) − f + f²/2 over s = f/(2+f).
    enum Logarithm {
        static let l1 = 6.666_666_666_666_735_130e-01
        static let l2 = 3.999_999_999_940_941_908e-01
        static let l3 = 2.857_142_874_366_239_149e-01
        static let l4 = 2.222_219_843_214_978_396e-01
        static let l5 = 1.818_357_216_161_805_012e-01
        static let l6 = 1.531_383_769_920_937_332e-01
        static let l7 = 1.479_819_860_511_658_591e-01
    }

    private enum Exponential {
        static let p1 = 1.666_666_666_666_660_190_37e-01
        static let p2 = -2.777_777_777_701_559_338_42e-03
        static let p3 = 6.613_756_321_437_934_361_17e-05
        static let p4 = -1.653_390_220_546_525_153_90e-06
        static let p5 = 4.138_136_797_057_238_460_39e-08
    }

    /// Kernels on [−π/4, π/4].
    enum Trigonometry {
        static let halfPi = 1.570_796_326_794_896_558_00
        static let s1 = -1.666_666_666_666_663_243_48e-01
        static let s2 = 8.333_333_333_322_489_461_24e-03
        static let s3 = -1.984_126_982_985_794_931_34e-04
        static let s4 = 2.755_731_370_707_006_767_89e-06
        static let s5 = -2.505_076_025_340_686_341_95e-08
        static let s6 = 1.589_690_995_211_550_102_21e-10
        static let c1 = 4.166_666_666_666_660_190_37e-02
        static let c2 = -1.388_888_888_887_410_957_49e-03
        static let c3 = 2.480_158_728_947_672_941_78e-05
        static let c4 = -2.755_731_435_139_066_330_35e-07
        static let c5 = 2.087_572_321_298_174_827_90e-09
        static let c6 = -1.135_964_755_778_819_482_65e-11

        /// (sin a − a)/a³ at z = a².
        static func sinePolynomial(_ z: Double) -> Double {
            s1 + z * (s2 + z * (s3 + z * (s4 + z * (s5 + z * s6))))
        }

        /// cos a at z = a².
        static func cosine(_ z: Double) -> Double {
            let r = z * (c1 + z * (c2 + z * c3)) + (z * z) * (z * z) * (c4 + z * (c5 + z * c6))
            let half = 0.5 * z
            let w = 1 - half
            return w + (((1 - w) - half) + z * r)
        }
    }
}
