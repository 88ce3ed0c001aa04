/// Arithmetic modulo the Mersenne prime 2⁶¹ − 1, on residues `0 ..< 2⁶¹ − 1`. Exact, the same everywhere.
package enum PrimeField {
    /// 2⁶¹ − 1.
    package static let modulus: UInt64 = (1 << 61) - 1

    /// The residue of any integer.
    package static func element(_ value: Int) -> UInt64 {
        let magnitude = UInt64(value.magnitude) % modulus
        return value < 0 ? negated(magnitude) : magnitude
    }

    /// `a + b`.
    @inline(__always)
    package static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
        folded(a &+ b)
    }

    /// `a − b`.
    @inline(__always)
    package static func difference(_ a: UInt64, _ b: UInt64) -> UInt64 {
        folded(a &+ (modulus &- b))
    }

    /// `−a`.
    package static func negated(_ a: UInt64) -> UInt64 {
        a == 0 ? 0 : modulus &- a
    }

    /// `a · b`.
    @inline(__always)
    package static func product(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (high, low) = a.multipliedFullWidth(by: b)
        // a · b = high · 2⁶⁴ + low, and 2⁶¹ ≡ 1.
        return folded((low & modulus) &+ ((high &<< 3) | (low &>> 61)))
    }

    /// `1/a`, as `a^(p − 2)`.
    ///
    /// - Precondition: `a ≠ 0`.
    package static func inverse(_ a: UInt64) -> UInt64 {
        precondition(a != 0 && a < modulus, "\(a) has no inverse modulo \(modulus)")
        var result: UInt64 = 1
        var square = a
        var exponent = modulus - 2
        while exponent > 0 {
            if exponent & 1 == 1 { result = product(result, square) }
            square = product(square, square)
            exponent >>= 1
        }
        return result
    }

    /// A uniform residue: 61 bits of a word, drawn again where they are all ones.
    package static func random(using generator: inout some RandomNumberGenerator) -> UInt64 {
        while true {
            let value = generator.next() >> 3
            if value < modulus { return value }
        }
    }

    /// A value below `2 · modulus` as a residue.
    @inline(__always)
    static func folded(_ value: UInt64) -> UInt64 {
        value >= modulus ? value &- modulus : value
    }
}
