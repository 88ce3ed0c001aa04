import LinearAlgebra

/// Entries in [−1, 1] as whole numbers, where sums are exact and masks or shares uniform.
///
/// One f for all entries. As words of Z_2^64: f = 62 − ⌈log2 S⌉ fractional bits, so that S entries add up to at most
/// 2^62 and the sum never wraps, whatever the masks in between did. As residues modulo p = 2^61 − 1:
/// f = 59 − ⌊log2 S⌋, so that S entries add up to less than p/2 (mathematics.md §5.4).
struct FixedPoint: Sendable, Equatable {
    /// Largest number of summands.
    static let summandLimit = 1 << 52

    /// What the whole numbers are added up in.
    enum Group {
        /// Z_2^64, as two's complement.
        case words
        /// The field of 2^61 − 1 elements, negative numbers in its upper half.
        case residues
    }

    /// f, 7…62.
    let fractionBits: Int
    /// 2^f and 2^−f, both exact.
    private let scale: Double
    private let unit: Double

    /// - Parameter summands: S, at least 1.
    init(summands: Int, in group: Group = .words) {
        precondition(summands >= 1 && summands <= Self.summandLimit, "a sum of \(summands) entries")
        switch group {
        case .words:
            // ⌈log2 S⌉: the bits of S − 1.
            fractionBits = 62 - (Int.bitWidth - (summands - 1).leadingZeroBitCount)
        case .residues:
            // ⌊log2 S⌋ + 1: the bits of S.
            fractionBits = 60 - (Int.bitWidth - summands.leadingZeroBitCount)
        }
        scale = Double(1 << fractionBits)
        unit = 1 / scale
    }

    /// `value · 2^f` as an integer, ties to even: off by at most 2^(−f−1).
    ///
    /// The product is exact. Below 2^52 adding 2^52 to the magnitude rounds it, as the spacing there is 1;
    /// from 2^52 on it is an integer already. Basic operations only, so the same bits on every processor.
    ///
    /// - Parameter value: in [−1, 1].
    func word(_ value: Double) -> UInt64 {
        let scaled = (value * scale).magnitude
        let rounded = scaled < 0x1p52 ? (scaled + 0x1p52) - 0x1p52 : scaled
        let magnitude = UInt64(rounded)
        return value < 0 ? 0 &- magnitude : magnitude
    }

    /// ``word(_:)`` of every entry.
    func words(_ values: [Double]) -> [UInt64] {
        values.map { word($0) }
    }

    /// The number that a word stands for, correctly rounded to a double.
    func value(_ word: UInt64) -> Double {
        Double(Int64(bitPattern: word)) * unit
    }

    /// ``word(_:)`` of every entry as residues.
    func residues(_ values: [Double]) -> [UInt64] {
        values.map { PrimeField.element(Int(Int64(bitPattern: word($0)))) }
    }

    /// The number that a residue stands for, correctly rounded to a double.
    func value(residue: UInt64) -> Double {
        residue > PrimeField.modulus / 2
            ? -value(PrimeField.negated(residue)) : value(residue)
    }
}

/// Arithmetic of whole vectors of words, modulo 2^64.
enum WordArithmetic {
    /// `sum += words`, wrapping.
    static func add(_ words: [UInt64], to sum: inout [UInt64]) {
        let source = words.span
        var target = sum.mutableSpan
        precondition(source.count == target.count, "\(source.count) words for \(target.count)")
        for index in source.indices { target[index] &+= source[index] }
    }

    /// `sum −= words`, wrapping.
    static func subtract(_ words: [UInt64], from sum: inout [UInt64]) {
        let source = words.span
        var target = sum.mutableSpan
        precondition(source.count == target.count, "\(source.count) words for \(target.count)")
        for index in source.indices { target[index] &-= source[index] }
    }
}
