/// The eigenvalues of a symmetric matrix, ascending, with the same bits on every processor.
///
/// Householder's reduction to a tridiagonal matrix, then the implicit QL iteration (Bowdler et al. 1968) without
/// vectors: +, −, ×, ÷ and √ in a fixed order.
///
/// - Parameter matrix: shape `(d, d)`, finite, symmetric; the lower triangle is read.
/// - Returns: shape `(d)`; errors are some d·2⁻⁵² of the largest magnitude.
/// - Complexity: O(4/3 d³).
package func portableEigenvalues(_ matrix: Matrix) -> [Double] {
    let count = matrix.rowCount
    precondition(matrix.columnCount == count, "eigenvalues of \(count) × \(matrix.columnCount)")
    precondition(matrix.elements.allSatisfy { $0.isFinite }, "eigenvalues of a matrix that is not finite")
    guard count > 0 else { return [] }
    var (diagonal, offDiagonal) = tridiagonal(matrix)
    for low in 0..<count {
        // Far more sweeps than the two or three that a value takes.
        for _ in 0..<60 {
            var high = low
            while high < count - 1 {
                let scale = abs(diagonal[high]) + abs(diagonal[high + 1])
                if abs(offDiagonal[high]) <= 0x1p-53 * scale { break }
                high += 1
            }
            if high == low { break }
            sweep(&diagonal, &offDiagonal, low: low, high: high)
        }
    }
    return diagonal.sorted()
}

/// Diagonal and, at i, the entry between i and i + 1 of an orthogonally similar tridiagonal matrix.
private func tridiagonal(_ matrix: Matrix) -> (diagonal: [Double], offDiagonal: [Double]) {
    let count = matrix.rowCount
    var a = matrix.elements
    var offDiagonal = [Double](repeating: 0, count: count)
    var vector = [Double](repeating: 0, count: count)
    var product = vector
    for column in 0..<max(count - 2, 0) {
        // Scaled, so that neither tiny nor huge columns lose their squares.
        let size = (column + 1..<count).reduce(0.0) { max($0, abs(a[$1 * count + column])) }
        guard size > 0 else { continue }
        var square = 0.0
        for row in column + 1..<count {
            vector[row] = a[row * count + column] / size
            square += vector[row] * vector[row]
        }
        let head = vector[column + 1]
        let length = head > 0 ? -square.squareRoot() : square.squareRoot()
        offDiagonal[column] = length * size
        vector[column + 1] = head - length
        // vᵀv / 2 of the reflection I − v vᵀ/h.
        let half = square - head * length
        for row in column + 1..<count {
            var sum = 0.0
            for inner in column + 1..<count {
                sum += a[max(row, inner) * count + min(row, inner)] * vector[inner]
            }
            product[row] = sum / half
        }
        var overlap = 0.0
        for row in column + 1..<count { overlap += vector[row] * product[row] }
        let share = overlap / (2 * half)
        for row in column + 1..<count { product[row] -= share * vector[row] }
        for row in column + 1..<count {
            for inner in column + 1...row {
                a[row * count + inner] -= vector[row] * product[inner] + product[row] * vector[inner]
            }
        }
    }
    if count > 1 { offDiagonal[count - 2] = a[(count - 1) * count + count - 2] }
    return ((0..<count).map { a[$0 * count + $0] }, offDiagonal)
}

/// One implicit QL sweep with Wilkinson's shift over `low...high`.
private func sweep(_ d: inout [Double], _ e: inout [Double], low: Int, high: Int) {
    func length(_ x: Double, _ y: Double) -> Double {
        let (large, small) = (max(abs(x), abs(y)), min(abs(x), abs(y)))
        guard large > 0 else { return 0 }
        let ratio = small / large
        return large * (1 + ratio * ratio).squareRoot()
    }
    var g = (d[low + 1] - d[low]) / (2 * e[low])
    let r = length(g, 1)
    g = d[high] - d[low] + e[low] / (g + (g < 0 ? -r : r))
    var (s, c, p) = (1.0, 1.0, 0.0)
    for index in stride(from: high - 1, through: low, by: -1) {
        let f = s * e[index]
        let b = c * e[index]
        let radius = length(f, g)
        e[index + 1] = radius
        guard radius > 0 else {
            d[index + 1] -= p
            e[high] = 0
            return
        }
        s = f / radius
        c = g / radius
        g = d[index + 1] - p
        let t = (d[index] - g) * s + 2 * c * b
        p = s * t
        d[index + 1] = g + p
        g = c * t - b
    }
    d[low] -= p
    e[low] = g
    e[high] = 0
}
