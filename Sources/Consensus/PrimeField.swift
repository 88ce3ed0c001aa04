/// Arithmetic modulo the Mersenne prime 2^61 − 1, on residues below it.
enum PrimeField {
    /// 2^61 − 1.
    static let prime: UInt64 = (1 << 61) - 1

    static func add(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let sum = left + right
        return sum >= prime ? sum - prime : sum
    }

    static func subtract(_ left: UInt64, _ right: UInt64) -> UInt64 {
        left >= right ? left - right : left + prime - right
    }

    static func multiply(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        // 2^61 ≡ 1: the bits above the lowest 61 are added to them.
        let sum = (product.low & prime) + (product.high << 3 | product.low >> 61)
        return sum >= prime ? sum - prime : sum
    }

    /// The inverse of a residue other than 0, by Fermat: its power p − 2.
    static func inverse(_ value: UInt64) -> UInt64 {
        precondition(value % prime != 0, "0 has no inverse modulo 2^61 − 1")
        var result: UInt64 = 1
        var base = value
        var exponent = prime - 2
        while exponent > 0 {
            if exponent & 1 == 1 { result = multiply(result, base) }
            base = multiply(base, base)
            exponent >>= 1
        }
        return result
    }

    /// A uniform residue: 61 bits of a word, drawn again where they are all ones.
    static func random(using generator: inout some RandomNumberGenerator) -> UInt64 {
        while true {
            let value = generator.next() >> 3
            if value < prime { return value }
        }
    }
}
