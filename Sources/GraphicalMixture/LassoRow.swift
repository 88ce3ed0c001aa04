import LinearAlgebra

/// The steps of the lasso of one row of W, on spans that ``CovarianceDescent`` lends: ½xᵀWx − S_jᵀx + ρ‖x‖₁, x
/// restricted to a support of `size` variables.
struct LassoRow {
    /// n, the variables of the component.
    let count: Int
    let penalty: Double
    /// A coordinate that moves W_pp x_p by no more stands still.
    let tolerance: Double

    /// gram = W over the support, `count` entries a row, from row and column `known` on.
    @inline(__always)
    func gather(
        _ covariance: Span<Double>, support: Span<Int>, known: Int, _ size: Int,
        _ gram: inout MutableSpan<Double>
    ) {
        for p in known..<size {
            let source = covariance.extracting(support[p] &* count..<support[p] &* count &+ count)
            let row = p &* count
            for q in 0...p {
                let entry = source[support[q]]
                gram[row &+ q] = entry
                gram[q &* count &+ p] = entry
            }
        }
    }

    /// gradient = S_j − W x over the support.
    @inline(__always)
    func begin(
        _ gram: Span<Double>, _ wanted: Span<Double>, support: Span<Int>, _ size: Int, _ x: Span<Double>,
        _ gradient: inout MutableSpan<Double>
    ) {
        for p in 0..<size { gradient[p] = wanted[support[p]] }
        var residual = gradient._mutatingExtracting(0..<size)
        for p in 0..<size where x[p] != 0 {
            Self.subtract(x[p], gram.extracting(p &* count..<p &* count &+ size), from: &residual)
        }
    }

    /// target −= factor · row; short rows, so never a call.
    @inline(__always)
    private static func subtract(
        _ factor: Double, _ row: Span<Double>, from target: inout MutableSpan<Double>
    ) {
        precondition(row.count == target.count, "\(row.count) entries from \(target.count)")
        for i in 0..<target.count { target[i] -= factor * row[i] }
    }

    /// Coordinate descent on the support; where variables are almost collinear and it would take for ever, exact steps
    /// for the signs reached in between. Every move lowers the lasso's objective.
    @inline(__always)
    func descend(
        _ gram: Span<Double>, _ reciprocals: Span<Double>, support: Span<Int>, _ size: Int,
        _ x: inout MutableSpan<Double>, _ gradient: inout MutableSpan<Double>
    ) {
        if size == 0 { return }
        for _ in 0..<GraphicalLassoLimits.exactStepsMax {
            for _ in 0..<GraphicalLassoLimits.passesMax {
                let change = pass(gram, reciprocals, support: support, size, &x, &gradient)
                // A single variable is at its optimum after one step.
                if change <= tolerance || size == 1 { return }
            }
            if !stepExactly(gram, size, &x, &gradient) { return }
        }
    }

    /// One pass over the support: x_p = soft(g_p + W_pp x_p, ρ)/W_pp. Returns the largest change, times W_pp.
    @inline(__always)
    private func pass(
        _ gram: Span<Double>, _ reciprocals: Span<Double>, support: Span<Int>, _ size: Int,
        _ x: inout MutableSpan<Double>, _ gradient: inout MutableSpan<Double>
    ) -> Double {
        var residual = gradient._mutatingExtracting(0..<size)
        var largest = 0.0
        for p in 0..<size {
            let row = gram.extracting(p &* count..<p &* count &+ size)
            let old = x[p]
            let pull = residual[p] + row[p] * old
            let shrunk = pull.magnitude - penalty
            let next = shrunk > 0 ? (pull < 0 ? -shrunk : shrunk) * reciprocals[support[p]] : 0
            let change = next - old
            if change == 0 { continue }
            x[p] = next
            largest = max(largest, change.magnitude * row[p])
            Self.subtract(change, row, from: &residual)
        }
        return largest
    }

    /// Towards the optimum for the present signs, up to the first change of sign. False if rounding forbids it.
    private func stepExactly(
        _ gram: Span<Double>, _ size: Int, _ x: inout MutableSpan<Double>,
        _ gradient: inout MutableSpan<Double>
    ) -> Bool {
        var moving: [Int] = []
        for p in 0..<size where x[p] != 0 { moving.append(p) }
        var matrix = Matrix(rowCount: moving.count, columnCount: moving.count)
        var right: [Double] = []
        for (row, p) in moving.enumerated() {
            for (column, q) in moving.enumerated() { matrix[row, column] = gram[p * count + q] }
            right.append(gradient[p] - (x[p] < 0 ? -penalty : penalty))
        }
        guard !moving.isEmpty, let factor = try? CholeskyFactor(matrix) else { return false }
        let direction = factor.solve(right)
        var length = 1.0
        var stopped: Int?
        for (p, change) in zip(moving, direction) where x[p] * (x[p] + change) < 0 {
            let crossing = -x[p] / change
            if crossing < length {
                length = crossing
                stopped = p
            }
        }
        for (p, change) in zip(moving, direction) {
            let next = p == stopped ? 0 : x[p] + length * change
            for q in 0..<size { gradient[q] -= (next - x[p]) * gram[p * count + q] }
            x[p] = next
        }
        return true
    }

    /// The variables that are not zero, and −x. Returns how many.
    @inline(__always)
    func collect(
        support: Span<Int>, _ size: Int, _ x: Span<Double>, _ rows: inout MutableSpan<Int>,
        _ factors: inout MutableSpan<Double>
    ) -> Int {
        var active = 0
        for p in 0..<size where x[p] != 0 {
            rows[active] = support[p]
            factors[active] = -x[p]
            active &+= 1
        }
        return active
    }

    /// Takes in the variables whose W_ji lies further from S_ji than allowed.
    @inline(__always)
    func widen(
        _ wanted: Span<Double>, _ image: Span<Double>, _ limits: inout MutableSpan<Double>,
        _ support: inout MutableSpan<Int>, _ size: inout Int, _ x: inout MutableSpan<Double>,
        _ gradient: inout MutableSpan<Double>
    ) {
        let count = wanted.count
        precondition(image.count == count && limits.count == count)
        var violations = 0
        for i in 0..<count where (wanted[i] - image[i]).magnitude > limits[i] { violations &+= 1 }
        if violations == 0 { return }
        for i in 0..<count where (wanted[i] - image[i]).magnitude > limits[i] {
            limits[i] = .infinity
            support[size] = i
            x[size] = 0
            gradient[size] = wanted[i] - image[i]
            size += 1
        }
    }

    /// Moves the entries that are not zero to the front. Returns how many there are.
    @inline(__always)
    static func compact(
        _ support: inout MutableSpan<Int>, _ x: inout MutableSpan<Double>, _ size: Int
    ) -> Int {
        var kept = 0
        for p in 0..<size where x[p] != 0 {
            support[kept] = support[p]
            x[kept] = x[p]
            kept &+= 1
        }
        return kept
    }

    /// Row and column of W. Returns the ℓ1 change of the row, summed in four lanes.
    @inline(__always)
    func replace(_ variable: Int, by image: Span<Double>, in covariance: inout MutableSpan<Double>) -> Double
    {
        let first = variable &* count
        var row = covariance._mutatingExtracting(first..<first &+ count)
        precondition(image.count == row.count, "\(image.count) entries for a row of \(row.count)")
        var (a, b, c, d) = (0.0, 0.0, 0.0, 0.0)
        var i = 0
        while i < row.count &- 3 {
            a += (image[i] - row[i]).magnitude
            b += (image[i &+ 1] - row[i &+ 1]).magnitude
            c += (image[i &+ 2] - row[i &+ 2]).magnitude
            d += (image[i &+ 3] - row[i &+ 3]).magnitude
            i &+= 4
        }
        while i < row.count {
            a += (image[i] - row[i]).magnitude
            i &+= 1
        }
        for i in 0..<row.count { row[i] = image[i] }
        var place = variable
        for i in 0..<image.count {
            covariance[place] = image[i]
            place &+= count
        }
        return (a + b) + (c + d)
    }
}
