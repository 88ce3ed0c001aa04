/// A symmetric tridiagonal matrix, in portable arithmetic: the same bits on every processor.
struct TridiagonalMatrix {
    /// Shape `(k)`, at least 1.
    private(set) var diagonal: [Double] = []
    /// Beside the diagonal, shape `(k − 1)`.
    private(set) var offDiagonal: [Double] = []

    /// Adds a row and a column.
    ///
    /// - Parameter coupling: to the row before; nothing in the first.
    mutating func append(diagonal value: Double, coupling: Double) {
        if !diagonal.isEmpty { offDiagonal.append(coupling) }
        diagonal.append(value)
    }

    /// How many eigenvalues lie below `bound` (Sylvester's law of inertia, by the pivots of T − bound).
    func countBelow(_ bound: Double) -> Int {
        var count = 0
        var pivot = 1.0
        for index in diagonal.indices {
            let coupling = index > 0 ? offDiagonal[index - 1] : 0
            pivot = diagonal[index] - bound - (index > 0 ? coupling * coupling / pivot : 0)
            // A pivot of 0 is moved by less than a rounding of the entries.
            if pivot == 0 { pivot = -0x1p-900 }
            if pivot < 0 { count += 1 }
        }
        return count
    }

    /// The eigenvalue with `rank` others below it, by bisection.
    ///
    /// - Parameter range: holds it.
    /// - Returns: within a last place or 1e-300 of an eigenvalue of a matrix that differs by a rounding.
    func eigenvalue(rank: Int, in range: ClosedRange<Double>) -> Double {
        var low = range.lowerBound
        var high = range.upperBound
        while true {
            let middle = low + (high - low) / 2
            guard middle > low, middle < high, high - low > 1e-300 else { return middle }
            if countBelow(middle) > rank { high = middle } else { low = middle }
        }
    }

    /// The magnitude of the last entry of the eigenvector to an eigenvalue, of norm 1, by inverse iteration.
    ///
    /// - Parameter eigenvalue: within a few roundings of one.
    func lastEntry(of eigenvalue: Double) -> Double {
        let count = diagonal.count
        guard count > 1 else { return 1 }
        var vector = [Double](repeating: 1, count: count)
        for _ in 0..<3 {
            solve(shift: eigenvalue, &vector)
            var largest = 0.0
            for value in vector where value.magnitude > largest { largest = value.magnitude }
            var sum = 0.0
            for index in vector.indices {
                vector[index] /= largest
                sum += vector[index] * vector[index]
            }
            let norm = sum.squareRoot()
            for index in vector.indices { vector[index] /= norm }
        }
        return vector[count - 1].magnitude
    }

    /// Solves (T − shift) x = v in place, by elimination with row exchanges.
    private func solve(shift: Double, _ vector: inout [Double]) {
        let count = diagonal.count
        var main = diagonal.map { $0 - shift }
        var upper = offDiagonal + [0]
        var second = [Double](repeating: 0, count: count)
        for row in 0..<(count - 1) {
            var below = (offDiagonal[row], main[row + 1], upper[row + 1])
            if below.0.magnitude > main[row].magnitude {
                let own = (main[row], upper[row], 0.0)
                (main[row], upper[row], second[row]) = below
                below = own
                vector.swapAt(row, row + 1)
            }
            if main[row] == 0 { main[row] = 0x1p-60 }
            let factor = below.0 / main[row]
            main[row + 1] = below.1 - factor * upper[row]
            upper[row + 1] = below.2 - factor * second[row]
            vector[row + 1] -= factor * vector[row]
        }
        if main[count - 1] == 0 { main[count - 1] = 0x1p-60 }
        for row in (0..<count).reversed() {
            var value = vector[row]
            if row + 1 < count { value -= upper[row] * vector[row + 1] }
            if row + 2 < count { value -= second[row] * vector[row + 2] }
            vector[row] = value / main[row]
        }
    }
}
