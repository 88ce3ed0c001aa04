import LinearAlgebra

/// A row seen through the cells that it has, under each pattern of a mixture: N(x_O | μ_O, Σ_OO), and what it says of
/// the missing cells.
///
/// With Λ in blocks over observed O and missing M columns, everything follows from the one factor RᵀR = Λ_MM:
///
///     E[x_M | x_O] = μ_M + Λ_MM⁻¹ b,   b = −Λ_MO (x_O − μ_O)        Cov[x_M | x_O] = Λ_MM⁻¹
///     ln|Σ_OO⁻¹|   = ln|Λ| − ln|Λ_MM|
///     (x_O − μ_O)ᵀ Σ_OO⁻¹ (x_O − μ_O) = (x_O − μ_O)ᵀ Λ_OO (x_O − μ_O) − |R⁻ᵀ b|²
///
/// Factors stay until a row lacks other cells; all scratch is made once. Local arithmetic.
struct MarginalView {
    let patterns: [MixturePattern]
    /// Missing columns M, ascending.
    private(set) var missing: [Int] = []
    /// Observed columns O, ascending.
    private var observed: [Int] = []
    private let dimension: Int
    /// R of pattern k in m² entries from k·d² on, row-major, upper triangle.
    private var factors: [Double]
    /// Λ_MM⁻¹ likewise, upper triangle, where `hasInverse` says so.
    private var inverses: [Double]
    private var hasInverse: [Bool]
    /// −(d − m)/2 · ln 2π + ½ (ln|Λ| − ln|Λ_MM|), by pattern.
    private var constants: [Double]
    /// ln|Λ_MM|, by pattern.
    private var logDeterminants: [Double]
    /// R⁻ᵀ b of pattern k in m entries from k·d on.
    private var halves: [Double]
    private var difference: [Double]
    private var product: [Double]
    private var triangle: [Double]

    /// - Parameter patterns: at least one, of one dimension d, Λ positive definite.
    init(_ patterns: [MixturePattern]) {
        let d = patterns.first?.mean.count ?? 0
        precondition(
            d > 0 && patterns.allSatisfy { $0.mean.count == d }, "patterns of \(patterns.map(\.mean.count))")
        self.patterns = patterns
        dimension = d
        factors = [Double](repeating: 0, count: patterns.count * d * d)
        inverses = factors
        hasInverse = [Bool](repeating: false, count: patterns.count)
        constants = [Double](repeating: 0, count: patterns.count)
        logDeterminants = constants
        halves = [Double](repeating: 0, count: patterns.count * d)
        difference = [Double](repeating: 0, count: d)
        product = difference
        triangle = [Double](repeating: 0, count: d * d)
    }

    /// Turns to a row.
    ///
    /// - Parameter row: shape `(d)`, NaN where a cell is missing, at least once; all of them leave a density of 1.
    /// - Complexity: O(K m³) where the row before lacked other cells.
    mutating func look(at row: Span<Double>) {
        precondition(row.count == dimension, "\(row.count) cells for \(dimension) columns")
        guard !isAlike(row) else { return }
        missing.removeAll(keepingCapacity: true)
        observed.removeAll(keepingCapacity: true)
        for column in 0..<dimension {
            if row[column].isNaN { missing.append(column) } else { observed.append(column) }
        }
        precondition(!missing.isEmpty, "a row without a missing cell")
        for k in patterns.indices { factorise(k) }
    }

    private func isAlike(_ row: Span<Double>) -> Bool {
        guard !missing.isEmpty else { return false }
        var next = 0
        for column in 0..<dimension {
            let isNext = next < missing.count && missing[next] == column
            guard row[column].isNaN == isNext else { return false }
            if isNext { next += 1 }
        }
        return true
    }

    /// The factor of a principal block of a Λ that has one. In exact arithmetic it always exists; a Λ at the edge of
    /// what doubles can hold gets a diagonal raised by a few last places.
    private mutating func factorise(_ k: Int) {
        let (d, m) = (dimension, missing.count)
        let pattern = patterns[k]
        var ridge = 0.0
        while true {
            Self.gather(pattern.precision, missing, ridge: ridge, into: &factors, at: k * d * d)
            if let logDeterminant = Self.factorise(&factors, at: k * d * d, order: m, line: &product) {
                let halfLogTwoPi = 0.918_938_533_204_672_741_78
                hasInverse[k] = false
                logDeterminants[k] = logDeterminant
                constants[k] =
                    m == d
                    ? 0 : 0.5 * (pattern.logDeterminant - logDeterminant) - Double(d - m) * halfLogTwoPi
                return
            }
            precondition(ridge < 1, "a block of order \(m) of a precision is not positive definite")
            ridge = max(0x1p-50, 4 * ridge)
        }
    }

    private static func gather(
        _ precision: Matrix, _ missing: [Int], ridge: Double, into factors: inout [Double], at first: Int
    ) {
        let (d, m) = (precision.columnCount, missing.count)
        let source = precision.elements.span
        let columns = missing.span
        var whole = factors.mutableSpan
        var block = whole._mutatingExtracting(first..<first + m * m)
        for a in 0..<m {
            let row = columns[a] * d
            for b in a..<m { block[a * m + b] = source[row + columns[b]] }
            block[a * m + a] *= 1 + ridge
        }
    }

    /// R in place of the upper triangle; ln|RᵀR|, or nil if there is no factor.
    ///
    /// - Parameter scratch: at least m entries.
    private static func factorise(
        _ factors: inout [Double], at first: Int, order m: Int, line scratch: inout [Double]
    ) -> Double? {
        var whole = factors.mutableSpan
        var block = whole._mutatingExtracting(first..<first + m * m)
        var line = scratch.mutableSpan
        var logDeterminant = 0.0
        var pivots = 1.0
        for p in 0..<m {
            let pivot = block[p * m + p]
            guard pivot > 0, pivot < .infinity else { return nil }
            // One logarithm for several pivots, while their product is far from both ends of what a double holds.
            pivots *= pivot
            if pivots > 1e100 || pivots < 1e-100 || p == m - 1 {
                logDeterminant += PortableMath.ln(pivots)
                pivots = 1
            }
            let root = pivot.squareRoot()
            for j in p..<m {
                line[j] = block[p * m + j] / root
                block[p * m + j] = line[j]
            }
            for i in p + 1..<max(m, p + 1) {
                let value = line[i]
                if value == 0 { continue }
                for j in i..<m { block[i * m + j] -= value * line[j] }
            }
        }
        return logDeterminant
    }

    // MARK: - One pattern

    /// ln N(x_O | μ_O, Σ_OO) under pattern k.
    ///
    /// - Parameter row: the one looked at.
    /// - Complexity: O(d²).
    mutating func logDensity(_ row: Span<Double>, under k: Int) -> Double {
        let (d, m) = (dimension, missing.count)
        let pattern = patterns[k]
        for (position, column) in observed.enumerated() {
            difference[position] = row[column] - pattern.mean[column]
        }
        Self.multiply(pattern.precision, difference, observed, into: &product)
        var square = 0.0
        for (position, column) in observed.enumerated() { square -= difference[position] * product[column] }
        for a in 0..<m { halves[k * d + a] = product[missing[a]] }
        square -= Self.solveTransposed(factors, at: k * d * d, order: m, &halves, at: k * d)
        return constants[k] - 0.5 * square
    }

    /// product = −Λ z with z = 0 in the missing cells.
    private static func multiply(
        _ precision: Matrix, _ difference: [Double], _ observed: [Int], into product: inout [Double]
    ) {
        var target = product.mutableSpan
        for column in 0..<target.count { target[column] = 0 }
        RowArithmetic.subtract(
            difference.span.extracting(0..<observed.count), rows: observed.span,
            of: precision.elements.span, from: &target)
    }

    /// right = R⁻ᵀ right; its squared length.
    private static func solveTransposed(
        _ factors: [Double], at start: Int, order m: Int, _ right: inout [Double], at first: Int
    ) -> Double {
        let factor = factors.span.extracting(start..<start + m * m)
        var all = right.mutableSpan
        var rest = all._mutatingExtracting(first..<first + m)
        var square = 0.0
        for a in 0..<m {
            let value = rest[a] / factor[a * m + a]
            rest[a] = value
            square += value * value
            for b in a + 1..<max(m, a + 1) { rest[b] -= factor[a * m + b] * value }
        }
        return square
    }

    /// Puts the conditional means under pattern k into the missing cells.
    ///
    /// - Parameter row: shape `(d)`, the one that ``logDensity(_:under:)`` was last asked for with this pattern.
    mutating func fill(_ row: inout [Double], under k: Int) {
        let (d, m) = (dimension, missing.count)
        let first = k * d * d
        for a in stride(from: m - 1, through: 0, by: -1) {
            var sum = halves[k * d + a]
            for b in a + 1..<max(m, a + 1) { sum -= factors[first + a * m + b] * product[b] }
            product[a] = sum / factors[first + a * m + a]
        }
        for (a, column) in missing.enumerated() { row[column] = patterns[k].mean[column] + product[a] }
    }

    /// What the missing cells would add to −ln p on average over x_M | x_O: ½(m(ln 2π + 1) − ln|Λ_MM| − blur·tr Λ_MM).
    ///
    /// Under a blurred pattern that is the mean of rows without the blur, as in `expectedReading`; for cells that depend
    /// on others a little too much.
    ///
    /// - Parameter blur: what the pattern's variances have in them beside those of the rows.
    func missingLoss(under k: Int, blur: Double) -> Double {
        let m = missing.count
        let halfLogTwoPi = 0.918_938_533_204_672_741_78
        let pattern = patterns[k]
        var trace = 0.0
        for column in missing { trace += pattern.precision[column, column] }
        return Double(m) * (halfLogTwoPi + 0.5) - 0.5 * (logDeterminants[k] + blur * trace)
    }

    /// scatter += weight · Cov[x_M | x_O] under pattern k.
    ///
    /// - Parameter scatter: the upper triangle of `(d, d)` by rows.
    mutating func addCovariance(under k: Int, weight: Double, to scatter: inout MutableSpan<Double>) {
        let (d, m) = (dimension, missing.count)
        precondition(scatter.count == d * (d + 1) / 2, "\(scatter.count) entries for \(d) columns")
        if !hasInverse[k] {
            Self.invert(factors, into: &inverses, at: k * d * d, order: m, scratch: &triangle)
            hasInverse[k] = true
        }
        let inverse = inverses.span.extracting(k * d * d..<k * d * d + m * m)
        for a in 0..<m {
            let i = missing[a]
            // Entry (i, j) of an upper triangle by rows stands at i·d − i(i − 1)/2 + j − i.
            let start = i * d - i * (i - 1) / 2 - i
            for b in a..<m { scatter[start + missing[b]] += weight * inverse[a * m + b] }
        }
    }

    /// Λ_MM⁻¹ = X Xᵀ with X = R⁻¹.
    private static func invert(
        _ factors: [Double], into inverses: inout [Double], at first: Int, order m: Int,
        scratch: inout [Double]
    ) {
        let factor = factors.span.extracting(first..<first + m * m)
        var x = scratch.mutableSpan
        for a in stride(from: m - 1, through: 0, by: -1) {
            let reciprocal = 1 / factor[a * m + a]
            for b in a..<m { x[a * m + b] = 0 }
            for c in a + 1..<max(m, a + 1) {
                let value = factor[a * m + c] * reciprocal
                if value == 0 { continue }
                for b in c..<m { x[a * m + b] -= value * x[c * m + b] }
            }
            x[a * m + a] = reciprocal
        }
        var all = inverses.mutableSpan
        var inverse = all._mutatingExtracting(first..<first + m * m)
        for a in 0..<m {
            for b in a..<m {
                var sum = 0.0
                for c in b..<m { sum += x[a * m + c] * x[b * m + c] }
                inverse[a * m + b] = sum
            }
        }
    }
}
