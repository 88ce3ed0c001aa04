import LinearAlgebra

/// Block coordinate descent on W for one connected component of a graphical lasso; all scratch in one value.
///
/// Row j of W is W x_j off the diagonal, where x_j solves the lasso ½xᵀWx − S_jᵀx + ρ‖x‖₁ over the other variables;
/// Λ follows from Λ_jj = 1/(W_jj − x_jᵀW_j), Λ_j = −Λ_jj x_j.
struct CovarianceDescent {
    private let count: Int
    private let penalty: Double
    /// S + ρI.
    private let target: [Double]
    private var covariance: [Double]
    /// Row j: x_j, with x_jj = 0.
    private var coefficients: [Double]
    private(set) var sweeps = 0

    private var support: [Int] = []
    private var isInSupport: [Bool]
    /// W over the support, contiguous.
    private var gram: [Double]
    private var gradient: [Double]
    private var solution: [Double]
    /// W x.
    private var image: [Double]

    /// - Parameter target: S + ρI, positive definite.
    init(target: Matrix, penalty: Double) {
        self.count = target.rowCount
        self.penalty = penalty
        self.target = target.elements
        self.covariance = target.elements
        self.coefficients = [Double](repeating: 0, count: count * count)
        self.isInSupport = [Bool](repeating: false, count: count)
        self.gram = [Double](repeating: 0, count: count * count)
        self.gradient = [Double](repeating: 0, count: count)
        self.solution = [Double](repeating: 0, count: count)
        self.image = [Double](repeating: 0, count: count)
    }

    /// Sweeps until W stands still or the limit is reached.
    mutating func run() {
        var scale = 0.0
        for index in 0..<count { scale = max(scale, covariance[index * count + index]) }
        let rowChangeMin = GraphicalLassoLimits.rowChangeMin * scale
        var rowChange = scale
        while sweeps < GraphicalLassoLimits.sweepsMax && rowChange > rowChangeMin {
            // Early sweeps need no better rows than their neighbours; but a row of W far outside S ± ρ could cost W its
            // positive definiteness.
            let tolerance = max(rowChangeMin, min(0.1 * rowChange, 0.01 * penalty)) / Double(count)
            rowChange = 0
            for variable in 0..<count {
                solveLasso(variable, tolerance: tolerance)
                rowChange = max(rowChange, update(variable))
            }
            sweeps += 1
        }
    }

    /// W as it stands: within ρ of S, diagonal S + ρ, positive definite.
    var estimate: Matrix { Matrix(rowCount: count, columnCount: count, elements: covariance) }

    /// Λ, exactly symmetric; an entry is zero if either of its two rows says so.
    var precision: Matrix {
        var result = Matrix(rowCount: count, columnCount: count)
        for j in 0..<count {
            var explained = 0.0
            for i in 0..<count where i != j {
                explained += coefficients[j * count + i] * covariance[j * count + i]
            }
            let diagonal = 1 / (covariance[j * count + j] - explained)
            for i in 0..<count { result[j, i] = -diagonal * coefficients[j * count + i] }
            result[j, j] = diagonal
        }
        for j in 0..<count {
            for i in 0..<j {
                let (first, second) = (result[j, i], result[i, j])
                let mean = first == 0 || second == 0 ? 0 : 0.5 * (first + second)
                result[j, i] = mean
                result[i, j] = mean
            }
        }
        return result
    }

    /// Coordinate descent on the support, widened until no variable outside wants in; leaves x in `solution` by
    /// position in `support`, and W x in `image`.
    private mutating func solveLasso(_ variable: Int, tolerance: Double) {
        let row = variable * count
        support.removeAll(keepingCapacity: true)
        for i in 0..<count {
            isInSupport[i] = coefficients[row + i] != 0
            if isInSupport[i] {
                solution[support.count] = coefficients[row + i]
                support.append(i)
            }
        }
        isInSupport[variable] = true
        while true {
            gather(row)
            descend(tolerance: tolerance)
            multiply()
            let before = support.count
            for i in 0..<count where !isInSupport[i] {
                if (target[row + i] - image[i]).magnitude > penalty {
                    isInSupport[i] = true
                    solution[support.count] = 0
                    support.append(i)
                }
            }
            if support.count == before { return }
        }
    }

    /// gram = W over the support, gradient = S_j − W x over it.
    private mutating func gather(_ row: Int) {
        let size = support.count
        for p in 0..<size {
            let source = support[p] * count
            var product = 0.0
            for q in 0..<size {
                let entry = covariance[source + support[q]]
                gram[p * size + q] = entry
                product += entry * solution[q]
            }
            gradient[p] = target[row + support[p]] - product
        }
    }

    /// Coordinate descent on the support; where variables are almost collinear and it would take for ever, exact steps
    /// for the signs reached in between. Every move lowers the lasso's objective.
    private mutating func descend(tolerance: Double) {
        for _ in 0..<GraphicalLassoLimits.exactStepsMax {
            if descendByCoordinates(tolerance: tolerance) { return }
            if !stepExactly() { return }
        }
    }

    /// Returns whether a pass moved nothing by more than `tolerance`.
    private mutating func descendByCoordinates(tolerance: Double) -> Bool {
        let size = support.count
        for _ in 0..<GraphicalLassoLimits.passesMax {
            var largest = 0.0
            for p in 0..<size {
                let diagonal = gram[p * size + p]
                let pull = gradient[p] + diagonal * solution[p]
                let shrunk = max(pull.magnitude - penalty, 0)
                let next = (pull < 0 ? -shrunk : shrunk) / diagonal
                let change = next - solution[p]
                if change == 0 { continue }
                solution[p] = next
                largest = max(largest, change.magnitude * diagonal)
                Self.subtract(change, times: gram, at: p &* size, count: size, from: &gradient)
            }
            if largest <= tolerance { return true }
        }
        return false
    }

    /// Towards the optimum for the present signs, up to the first change of sign. False if rounding forbids it.
    private mutating func stepExactly() -> Bool {
        let size = support.count
        let moving = (0..<size).filter { solution[$0] != 0 }
        var matrix = Matrix(rowCount: moving.count, columnCount: moving.count)
        for (row, p) in moving.enumerated() {
            for (column, q) in moving.enumerated() { matrix[row, column] = gram[p * size + q] }
        }
        guard !moving.isEmpty, let factor = try? CholeskyFactor(matrix) else { return false }
        let direction = factor.solve(moving.map { gradient[$0] - (solution[$0] < 0 ? -penalty : penalty) })
        var length = 1.0
        var stopped: Int?
        for (p, change) in zip(moving, direction) where solution[p] * (solution[p] + change) < 0 {
            let crossing = -solution[p] / change
            if crossing < length {
                length = crossing
                stopped = p
            }
        }
        for (p, change) in zip(moving, direction) {
            let next = p == stopped ? 0 : solution[p] + length * change
            Self.subtract(next - solution[p], times: gram, at: p * size, count: size, from: &gradient)
            solution[p] = next
        }
        return true
    }

    /// image = Σ_p x_p W_p.
    private mutating func multiply() {
        for i in 0..<count { image[i] = 0 }
        for p in support.indices where solution[p] != 0 {
            Self.subtract(-solution[p], times: covariance, at: support[p] * count, count: count, from: &image)
        }
    }

    /// values[0..<n] −= factor · source[start..<start + n].
    private static func subtract(
        _ factor: Double, times source: [Double], at start: Int, count: Int, from values: inout [Double]
    ) {
        precondition(start >= 0 && start + count <= source.count && count <= values.count)
        let from = source.span
        var to = values.mutableSpan
        for i in 0..<count { to[i] -= factor * from[start &+ i] }
    }

    /// Row and column of W from `image`, x from `solution`. Returns the ℓ1 change of the row.
    private mutating func update(_ variable: Int) -> Double {
        let row = variable * count
        var change = 0.0
        for i in 0..<count where i != variable {
            change += (image[i] - covariance[row + i]).magnitude
            covariance[row + i] = image[i]
            covariance[i * count + variable] = image[i]
            coefficients[row + i] = 0
        }
        for p in support.indices { coefficients[row + support[p]] = solution[p] }
        return change
    }
}
