/// Polynomials over the field in whole vectors: their values, and their interpolation.
extension PrimeField {
    /// Products of residues that 128 bits hold on top of a reduced sum: each is below 2¹²².
    private static let productsPerReduction = 63

    /// Σ_l weights[l] · rows[l], entry by entry: values of polynomials whose coefficients are the rows, or at a point
    /// whose Lagrange weights these are.
    ///
    /// Products are added up as 128-bit integers and reduced once every 63 rows.
    ///
    /// - Parameters:
    ///   - rows: residues, shape `(l, m)`, l ≥ 1.
    ///   - weights: residues, shape `(l)`.
    /// - Returns: residues, shape `(m)`.
    /// - Complexity: O(l·m).
    package static func combination(of rows: [[UInt64]], weights: [UInt64]) -> [UInt64] {
        precondition(
            !rows.isEmpty && rows.count == weights.count, "\(weights.count) weights for \(rows.count) rows")
        let count = rows[0].count
        var low = [UInt64](repeating: 0, count: count)
        var high = low
        for (place, row) in rows.enumerated() {
            precondition(row.count == count, "a row of \(row.count) entries, not \(count)")
            if place > 0, place % productsPerReduction == 0 { reduce(&high, &low) }
            let weight = weights[place]
            let source = row.span
            var lowSum = low.mutableSpan
            var highSum = high.mutableSpan
            for index in source.indices {
                let product = source[index].multipliedFullWidth(by: weight)
                let (sum, carries) = lowSum[index].addingReportingOverflow(product.low)
                lowSum[index] = sum
                highSum[index] = highSum[index] &+ product.high &+ (carries ? 1 : 0)
            }
        }
        reduce(&high, &low)
        return low
    }

    /// Makes `high · 2⁶⁴ + low` its residue, in `low`.
    private static func reduce(_ high: inout [UInt64], _ low: inout [UInt64]) {
        var lowSum = low.mutableSpan
        var highSum = high.mutableSpan
        for index in lowSum.indices {
            // 2⁶⁴ ≡ 2³ and 2⁶¹ ≡ 1; what is left is below 2⁶² + 2⁶.
            let value =
                (lowSum[index] & modulus) &+ (lowSum[index] &>> 61) &+ ((highSum[index] &<< 3) & modulus)
                &+ (highSum[index] &>> 58)
            lowSum[index] = folded((value & modulus) &+ (value &>> 61))
            highSum[index] = 0
        }
    }

    /// 1, z, z², …: `count` of them.
    package static func powers(of point: UInt64, count: Int) -> [UInt64] {
        precondition(count >= 1, "\(count) powers")
        var powers: [UInt64] = [1]
        for _ in 1..<count { powers.append(product(powers[powers.count - 1], point)) }
        return powers
    }

    /// The weights w with P(z) = Σ_j w_j P(points[j]) for every polynomial P of a degree below `points.count` (Lagrange).
    ///
    /// - Parameter points: residues, at least one, all different.
    package static func interpolationWeights(at point: UInt64, points: [UInt64]) -> [UInt64] {
        points.indices.map { own in
            var above: UInt64 = 1
            var below: UInt64 = 1
            for other in points.indices where other != own {
                above = product(above, difference(point, points[other]))
                below = product(below, difference(points[own], points[other]))
            }
            return product(above, inverse(below))
        }
    }

    /// `sum += addend`, entry by entry.
    package static func add(_ addend: [UInt64], to sum: inout [UInt64]) {
        let source = addend.span
        var target = sum.mutableSpan
        precondition(source.count == target.count, "\(source.count) residues for \(target.count)")
        for index in source.indices { target[index] = PrimeField.sum(target[index], source[index]) }
    }
}
