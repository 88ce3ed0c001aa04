/// Sums over rows of one pattern's responsibilities.
package struct ResponsibilitySums: Sendable, Equatable {
    /// Σ r.
    package var count = 0.0
    /// Σ r².
    package var squares = 0.0
    /// Σ r ln r, ≤ 0.
    package var logWeighted = 0.0
    /// max r.
    package var largest = 0.0

    package init() {}
}

/// Log densities of a block of rows under each pattern, turned into responsibilities in place. Local arithmetic.
package struct ResponsibilityBlock: Sendable {
    package let patternCount: Int
    /// Distance between patterns in `values`, ≥ the padded rows of a block, a multiple of 8.
    package let leading: Int
    /// Pattern-major: `values[pattern · leading + row]`.
    package var values: [Double]
    /// ln Σ_k exp(values) of each row, after `normalise`.
    package private(set) var logSums: [Double]
    /// Count, squares, log-weighted and largest of each pattern by lane; then each pattern's powers of eight rows.
    private var sums: [SIMD8<Double>]

    package init(patternCount: Int, leading: Int) {
        precondition(
            patternCount > 0 && leading > 0 && leading % 8 == 0, "\(patternCount) patterns by \(leading)")
        self.patternCount = patternCount
        self.leading = leading
        self.values = [Double](repeating: 0, count: patternCount * leading)
        self.logSums = [Double](repeating: 0, count: leading)
        self.sums = [SIMD8<Double>](repeating: .zero, count: 5 * patternCount)
    }

    /// Replaces log densities by responsibilities: exp(value − ln Σ exp) over the patterns of a row.
    ///
    /// - Parameters:
    ///   - rowCount: rows in use; padded rows, up to the next multiple of 8, get zeros.
    ///   - totals: shape `(patternCount)`, raised by the block's sums.
    /// - Returns: Σ over rows of ln Σ exp.
    package mutating func normalise(rowCount: Int, totals: inout [ResponsibilitySums]) -> Double {
        let padded = (rowCount + 7) / 8 * 8
        precondition(rowCount >= 0 && padded <= leading, "\(rowCount) rows in a block of \(leading)")
        precondition(totals.count == patternCount, "\(totals.count) totals for \(patternCount) patterns")
        for index in sums.indices { sums[index] = .zero }
        let (patterns, ld) = (patternCount, leading)
        var total = SIMD8<Double>.zero
        // SAFETY: n + 8 ≤ padded ≤ ld, so eight lanes at pattern·ld + n lie inside `values` and at n inside `logSums`;
        // 5·patterns sums exist; three distinct arrays.
        unsafe values.withUnsafeMutableBytes { values in
            unsafe logSums.withUnsafeMutableBytes { logSums in
                unsafe sums.withUnsafeMutableBufferPointer { sums in
                    for n in stride(from: 0, to: padded, by: 8) {
                        let present = SIMD8<Double>.one(upTo: rowCount &- n)
                        let logSum = unsafe Self.normalise(
                            values, sums, present: present, at: n, patterns: patterns, leading: ld)
                        total += logSum * present
                        unsafe logSums.storeBytes(of: logSum, toByteOffset: n &* 8, as: SIMD8<Double>.self)
                    }
                }
            }
        }
        for pattern in 0..<patternCount {
            totals[pattern].count += sums[4 * pattern].sum()
            totals[pattern].squares += sums[4 * pattern + 1].sum()
            totals[pattern].logWeighted += sums[4 * pattern + 2].sum()
            totals[pattern].largest = max(totals[pattern].largest, sums[4 * pattern + 3].max())
        }
        return total.sum()
    }

    /// Eight rows. Returns ln Σ exp of each.
    @inline(__always)
    private static func normalise(
        _ values: UnsafeMutableRawBufferPointer, _ sums: UnsafeMutableBufferPointer<SIMD8<Double>>,
        present: SIMD8<Double>, at n: Int, patterns: Int, leading: Int
    ) -> SIMD8<Double> {
        // SAFETY: the caller guarantees eight lanes at (pattern·leading + n)·8 bytes and 5·patterns sums.
        var largest = unsafe values.loadUnaligned(fromByteOffset: n &* 8, as: SIMD8<Double>.self)
        for pattern in 1..<max(patterns, 1) {
            let value = unsafe values.loadUnaligned(
                fromByteOffset: (pattern &* leading &+ n) &* 8, as: SIMD8<Double>.self)
            largest.replace(with: value, where: value .> largest)
        }
        var sum = SIMD8<Double>.zero
        for pattern in 0..<patterns {
            let value = unsafe values.loadUnaligned(
                fromByteOffset: (pattern &* leading &+ n) &* 8, as: SIMD8<Double>.self)
            let power = (value - largest).exponential()
            unsafe sums[4 &* patterns &+ pattern] = power
            sum += power
        }
        let logSum = largest + NormalSampler.ln(sum)
        let reciprocal = present / sum
        for pattern in 0..<patterns {
            let offset = (pattern &* leading &+ n) &* 8
            let logarithm =
                unsafe values.loadUnaligned(fromByteOffset: offset, as: SIMD8<Double>.self) - logSum
            let r = unsafe sums[4 &* patterns &+ pattern] * reciprocal
            unsafe values.storeBytes(of: r, toByteOffset: offset, as: SIMD8<Double>.self)
            unsafe sums[4 &* pattern] += r
            unsafe sums[4 &* pattern &+ 1] += r * r
            unsafe sums[4 &* pattern &+ 2] += r * logarithm
            let most = unsafe sums[4 &* pattern &+ 3]
            unsafe sums[4 &* pattern &+ 3].replace(with: r, where: r .> most)
        }
        return logSum
    }
}

extension SIMD8 where Scalar == Double {
    /// 1 in the first `count` lanes, 0 in the others.
    @inline(__always)
    static func one(upTo count: Int) -> SIMD8<Double> {
        let lane = SIMD8<Double>(0, 1, 2, 3, 4, 5, 6, 7)
        return SIMD8<Double>.zero.replacing(with: 1, where: lane .< Double(count))
    }

    /// eˣ for x ≤ 700, within 2 ulp; x below −708 counts as −708. Local arithmetic.
    @inline(__always)
    func exponential() -> SIMD8<Double> {
        let x = self.replacing(with: -708, where: self .< -708)
        let shifted = x * 1.442_695_040_888_963_387 + PortableMath.roundingShift
        let k = shifted - PortableMath.roundingShift
        let r = (x - k * PortableMath.ln2High) - k * PortableMath.ln2Low
        var p = SIMD8<Double>(repeating: 1.0 / 6_227_020_800)
        p = p * r + 1.0 / 479_001_600
        p = p * r + 1.0 / 39_916_800
        p = p * r + 1.0 / 3_628_800
        p = p * r + 1.0 / 362_880
        p = p * r + 1.0 / 40_320
        p = p * r + 1.0 / 5_040
        p = p * r + 1.0 / 720
        p = p * r + 1.0 / 120
        p = p * r + 1.0 / 24
        p = p * r + 1.0 / 6
        p = p * r + 0.5
        p = p * r + 1
        p = p * r + 1
        // SAFETY: both types are eight 64-bit lanes; the integer in the low bits of `shifted` is k.
        let exponent = unsafe unsafeBitCast(shifted, to: SIMD8<UInt64>.self) &<< 52
        return unsafe unsafeBitCast(
            unsafeBitCast(p, to: SIMD8<UInt64>.self) &+ exponent, to: SIMD8<Double>.self)
    }
}
