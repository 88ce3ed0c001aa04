import LinearAlgebra

/// Block coordinate descent on W for one connected component of a graphical lasso; all scratch in one value.
///
/// Row j of W is W x_j off the diagonal, where x_j solves the lasso ½xᵀWx − S_jᵀx + ρ‖x‖₁ over the other variables;
/// Λ follows from Λ_jj = 1/(W_jj − x_jᵀW_j), Λ_j = −Λ_jj x_j. Portable arithmetic in a fixed order.
///
/// Arrays are lent to the loops as spans, once a sweep: neither references nor uniqueness are checked inside.
struct CovarianceDescent {
    private let count: Int
    private let penalty: Double
    /// S, on the diagonal W's.
    private let target: [Double]
    /// Σ_{i≠j} |S_ij| / (n − 1): what changes of a row of W are compared with.
    private let rowScale: Double
    private var covariance: [Double]
    /// 1/W_jj, which never changes.
    private let reciprocals: [Double]
    /// Row j: first the variables with x_ji ≠ 0, as many as `sizes` says.
    private var places: [Int]
    /// Row j: their x_ji, in the same order.
    private var values: [Double]
    private var sizes: [Int]
    private(set) var sweeps = 0

    /// W over the support of a row, n entries a row.
    private var gram: [Double]
    /// S_j − W x over the support.
    private var gradient: [Double]
    /// W x.
    private var image: [Double]
    /// How far W_ji may lie from S_ji before i joins the support: ρ, ∞ for those in it.
    private var limits: [Double]
    /// Of the x_j at work, those that are not zero: variables and −x.
    private var rows: [Int]
    private var factors: [Double]

    /// - Parameters:
    ///   - target: S, and on the diagonal W's.
    ///   - start: W to begin with: within ρ of S, diagonal that of `target`.
    ///   - previous: a Λ whose x_j to begin with; zeros where nothing is known.
    init(target: Matrix, start: Matrix, previous: Matrix? = nil, penalty: Double) {
        let count = target.rowCount
        precondition(start.rowCount == count, "a start of \(start.rowCount) for \(count) variables")
        precondition(previous.map { $0.rowCount == count } ?? true)
        self.count = count
        self.penalty = penalty
        self.target = target.elements
        self.covariance = start.elements
        var reciprocals = [Double](repeating: 0, count: count)
        for index in 0..<count { reciprocals[index] = 1 / target[index, index] }
        self.reciprocals = reciprocals
        self.rowScale = Self.sumOffDiagonal(target.elements.span, count: count) / Double(max(count - 1, 1))
        self.places = [Int](repeating: 0, count: count * count)
        self.values = [Double](repeating: 0, count: count * count)
        self.sizes = [Int](repeating: 0, count: count)
        self.gram = [Double](repeating: 0, count: count * count)
        self.gradient = [Double](repeating: 0, count: count)
        self.image = [Double](repeating: 0, count: count)
        self.limits = [Double](repeating: penalty, count: count)
        self.rows = [Int](repeating: 0, count: count)
        self.factors = [Double](repeating: 0, count: count)
        if let previous { begin(with: previous) }
    }

    /// Σ_{i≠j} |S_ij|, row by row.
    private static func sumOffDiagonal(_ entries: Span<Double>, count: Int) -> Double {
        var total = 0.0
        for row in 0..<count {
            var sum = 0.0
            for column in 0..<row { sum += entries[row &* count &+ column].magnitude }
            total += sum
        }
        return 2 * total
    }

    /// x_j = −Λ_j/Λ_jj.
    private mutating func begin(with previous: Matrix) {
        for j in 0..<count {
            let row = j * count
            let reciprocal = 1 / previous.elements[row + j]
            for i in 0..<count where i != j && previous.elements[row + i] != 0 {
                places[row + sizes[j]] = i
                values[row + sizes[j]] = -previous.elements[row + i] * reciprocal
                sizes[j] += 1
            }
        }
    }

    /// Sweeps until no row of W changes by more than `accuracy`, in ℓ1 and relative to a mean row of S, or until the
    /// limit on sweeps. May be called again with a smaller one.
    mutating func run(accuracy: Double, sweepsMax: Int) {
        let rowChangeMax = accuracy * rowScale
        // Early sweeps need no better rows than their neighbours; but a row of W far outside S ± ρ could cost W its
        // positive definiteness.
        var coarse = 0.01 * rowScale
        for _ in 0..<sweeps { coarse *= 0.01 }
        while sweeps < sweepsMax {
            let tolerance = max(rowChangeMax, min(coarse, 0.01 * penalty)) / Double(count)
            let rowChange = sweep(tolerance: tolerance)
            sweeps += 1
            coarse *= 0.01
            if rowChange <= rowChangeMax { return }
        }
    }

    /// W as it stands: within ρ of S but for the tolerance of the rows.
    var estimate: Matrix { Matrix(rowCount: count, columnCount: count, elements: covariance) }

    /// Λ, exactly symmetric; an entry is zero if either of its two rows says so.
    var precision: Matrix {
        var result = [Double](repeating: 0, count: count * count)
        for j in 0..<count {
            let row = j * count
            var explained = 0.0
            for p in row..<row + sizes[j] { explained += values[p] * covariance[row + places[p]] }
            let diagonal = 1 / (covariance[row + j] - explained)
            for p in row..<row + sizes[j] { result[row + places[p]] = -diagonal * values[p] }
            result[row + j] = diagonal
        }
        Self.symmetrise(&result, count: count)
        return Matrix(rowCount: count, columnCount: count, elements: result)
    }

    private static func symmetrise(_ elements: inout [Double], count: Int) {
        var entries = elements.mutableSpan
        for j in 0..<count {
            for i in 0..<j {
                let (first, second) = (entries[j &* count &+ i], entries[i &* count &+ j])
                let mean = first == 0 || second == 0 ? 0 : 0.5 * (first + second)
                entries[j &* count &+ i] = mean
                entries[i &* count &+ j] = mean
            }
        }
    }

    /// Every row of W once. Returns the largest ℓ1 change of a row.
    private mutating func sweep(tolerance: Double) -> Double {
        Self.sweep(
            LassoRow(count: count, penalty: penalty, tolerance: tolerance), target: target,
            reciprocals: reciprocals, covariance: &covariance, places: &places, values: &values,
            sizes: &sizes,
            gram: &gram, gradient: &gradient, image: &image, limits: &limits, rows: &rows, factors: &factors)
    }

    private static func sweep(
        _ lasso: LassoRow, target: [Double], reciprocals: [Double], covariance: inout [Double],
        places: inout [Int], values: inout [Double], sizes: inout [Int], gram: inout [Double],
        gradient: inout [Double], image: inout [Double], limits: inout [Double], rows: inout [Int],
        factors: inout [Double]
    ) -> Double {
        let count = lasso.count
        var covariance = covariance.mutableSpan
        var places = places.mutableSpan
        var values = values.mutableSpan
        var sizes = sizes.mutableSpan
        var gram = gram.mutableSpan
        var gradient = gradient.mutableSpan
        var image = image.mutableSpan
        var limits = limits.mutableSpan
        var rows = rows.mutableSpan
        var factors = factors.mutableSpan
        var largest = 0.0
        for variable in 0..<count {
            let first = variable * count
            let wanted = target.span.extracting(first..<first + count)
            var support = places._mutatingExtracting(first..<first + count)
            var x = values._mutatingExtracting(first..<first + count)
            var size = sizes[variable]
            for p in 0..<size { limits[support[p]] = .infinity }
            limits[variable] = .infinity
            lasso.gather(covariance.span, support: support.span, known: 0, size, &gram)
            lasso.begin(gram.span, wanted, support: support.span, size, x.span, &gradient)
            while true {
                lasso.descend(gram.span, reciprocals.span, support: support.span, size, &x, &gradient)
                let active = lasso.collect(support: support.span, size, x.span, &rows, &factors)
                for i in 0..<count { image[i] = 0 }
                RowArithmetic.subtract(
                    factors.span.extracting(0..<active), rows: rows.span.extracting(0..<active),
                    of: covariance.span, from: &image)
                let before = size
                lasso.widen(wanted, image.span, &limits, &support, &size, &x, &gradient)
                if size == before { break }
                lasso.gather(covariance.span, support: support.span, known: before, size, &gram)
            }
            for p in 0..<size { limits[support[p]] = lasso.penalty }
            limits[variable] = lasso.penalty
            sizes[variable] = LassoRow.compact(&support, &x, size)
            image[variable] = covariance[first + variable]
            largest = max(largest, lasso.replace(variable, by: image.span, in: &covariance))
        }
        return largest
    }
}
