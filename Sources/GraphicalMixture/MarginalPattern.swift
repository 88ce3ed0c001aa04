import LinearAlgebra

/// A pattern seen through the columns that a row has: N(x_O | μ_O, Σ_OO) and what it says of the missing ones.
///
/// With Λ in blocks over observed O and missing M columns, everything follows from the one factor of Λ_MM:
///
///     E[x_M | x_O] = μ_M − Λ_MM⁻¹ Λ_MO (x_O − μ_O)        Cov[x_M | x_O] = Λ_MM⁻¹
///     ln|Σ_OO⁻¹|   = ln|Λ| − ln|Λ_MM|                      (x_O − μ_O)ᵀ Σ_OO⁻¹ (x_O − μ_O) = zᵀ Λ z
///
/// where z is the row less μ with the missing cells at their conditional mean. Local arithmetic.
struct MarginalPattern {
    /// Missing columns M, ascending; at least one.
    let missing: [Int]
    /// Observed columns O, ascending.
    private let observed: [Int]
    /// −(d − m)/2 · ln 2π + ½ (ln|Λ| − ln|Λ_MM|).
    let logConstant: Double
    private let pattern: MixturePattern
    private let factor: CholeskyFactor

    /// - Parameters:
    ///   - pattern: Λ positive definite.
    ///   - missing: columns of the pattern, ascending, at least one; all of them leave a density of 1.
    /// - Complexity: O(m³) for m missing columns.
    init(_ pattern: MixturePattern, missing: [Int]) {
        let d = pattern.mean.count
        precondition(
            !missing.isEmpty && missing.allSatisfy { $0 >= 0 && $0 < d }
                && zip(missing, missing.dropFirst()).allSatisfy(<),
            "missing columns \(missing) of \(d)")
        let m = missing.count
        var block = Matrix(rowCount: m, columnCount: m)
        for row in 0..<m {
            for column in 0..<m {
                block[row, column] = pattern.precision[missing[row], missing[column]]
            }
        }
        let factor = Self.factor(block)
        self.missing = missing
        self.pattern = pattern
        self.factor = factor
        var next = missing[...]
        self.observed = (0..<d).filter { column in
            guard next.first == column else { return true }
            next = next.dropFirst()
            return false
        }
        let halfLogTwoPi = 0.918_938_533_204_672_741_78
        self.logConstant =
            m == d
            ? 0 : 0.5 * (pattern.logDeterminant - factor.logDeterminant) - Double(d - m) * halfLogTwoPi
    }

    /// The factor of a principal block of a Λ that has one. In exact arithmetic it always exists; a Λ at the edge of
    /// what doubles can hold gets a diagonal raised by a few last places.
    private static func factor(_ block: Matrix) -> CholeskyFactor {
        var raised = block
        var ridge = 0x1p-50
        while true {
            if let factor = try? CholeskyFactor(raised) { return factor }
            precondition(
                ridge < 1, "a block of order \(block.rowCount) of a precision is not positive definite")
            for index in 0..<block.rowCount { raised[index, index] = block[index, index] * (1 + ridge) }
            ridge *= 4
        }
    }

    /// Λ_MM⁻¹, shape `(m, m)`, exactly symmetric.
    ///
    /// - Complexity: O(m³).
    var covariance: Matrix { factor.inverse }

    /// ln N(x_O | μ_O, Σ_OO), and −Λ_MO (x_O − μ_O), from which the conditional means follow.
    ///
    /// - Parameter row: shape `(d)`; what stands in the missing cells is not read.
    /// - Complexity: O(d²).
    func logDensity(_ row: Span<Double>) -> (value: Double, pull: [Double]) {
        let d = pattern.mean.count
        precondition(row.count == d, "\(row.count) cells for \(d) columns")
        let difference = observed.map { row[$0] - pattern.mean[$0] }
        // −Λ z with z = 0 in the missing cells.
        var product = [Double](repeating: 0, count: d)
        var target = product.mutableSpan
        RowArithmetic.subtract(
            difference.span, rows: observed.span, of: pattern.precision.elements.span, from: &target)
        var square = 0.0
        for (position, column) in observed.enumerated() { square -= difference[position] * product[column] }
        let pull = missing.map { product[$0] }
        return (logConstant - 0.5 * (square - explained(pull)), pull)
    }

    /// bᵀ Λ_MM⁻¹ b: what the conditional means take off the square.
    private func explained(_ pull: [Double]) -> Double {
        let m = pull.count
        let upper = factor.upper.elements.span
        var rest = pull
        var sum = 0.0
        for row in 0..<m {
            let value = rest[row] / upper[row * m + row]
            sum += value * value
            for column in row + 1..<max(m, row + 1) { rest[column] -= upper[row * m + column] * value }
        }
        return sum
    }

    /// Puts the conditional means into the missing cells.
    ///
    /// - Parameters:
    ///   - row: shape `(d)`.
    ///   - pull: what ``logDensity(_:)`` gave with the row's density.
    func fill(_ row: inout [Double], pull: [Double]) {
        for (column, value) in zip(missing, factor.solve(pull)) { row[column] = pattern.mean[column] + value }
    }

    /// Puts the conditional means into the missing cells and gives ln N(x_O | μ_O, Σ_OO).
    ///
    /// - Parameter row: shape `(d)`; what stands in the missing cells is not read.
    func complete(_ row: inout [Double]) -> Double {
        let found = logDensity(row.span)
        fill(&row, pull: found.pull)
        return found.value
    }
}
