import COpenBLAS

/// Σ r x and Σ r x xᵀ of one pattern, summed up block by block. Local arithmetic.
package struct WeightedMoments: Sendable {
    package let dimension: Int
    /// Σ r x, shape `(d)`.
    package private(set) var mean: [Double]
    /// Σ r x xᵀ, shape `(d, d)`; the upper triangle only.
    package private(set) var scatter: Matrix

    /// Rows with less weight are left out of the moments: below what a sum of ordinary rows can show.
    private static let weightMin = 1e-13

    package init(dimension: Int) {
        precondition(dimension > 0, "moments of \(dimension) variables")
        self.dimension = dimension
        self.mean = [Double](repeating: 0, count: dimension)
        self.scatter = Matrix(rowCount: dimension, columnCount: dimension)
    }

    /// Adds rows `start..<start + count` with weights `weights[offset…]`.
    ///
    /// - Parameters:
    ///   - weights: ≥ 0.
    ///   - gathered: scratch, at least `count · d` entries.
    package mutating func add(
        _ rows: Matrix, from start: Int, count: Int, weights: [Double], at offset: Int,
        gathered: inout [Double]
    ) {
        let d = dimension
        precondition(rows.columnCount == d, "\(rows.columnCount) columns for \(d)")
        precondition(start >= 0 && count >= 0 && start + count <= rows.rowCount, "rows \(start) + \(count)")
        precondition(offset >= 0 && offset + count <= weights.count, "\(weights.count) weights are too few")
        precondition(gathered.count >= count * d, "\(gathered.count) entries of scratch for \(count) × \(d)")
        var used = 0
        // SAFETY: at most `count` rows of d entries are written to `gathered`; rows and weights were checked above;
        // four distinct arrays.
        unsafe gathered.withUnsafeMutableBufferPointer { target in
            unsafe mean.withUnsafeMutableBufferPointer { mean in
                unsafe rows.elements.withUnsafeBufferPointer { source in
                    unsafe weights.withUnsafeBufferPointer { weights in
                        for row in 0..<count {
                            let weight = unsafe weights[offset &+ row]
                            guard weight > Self.weightMin else { continue }
                            let root = weight.squareRoot()
                            let from = (start &+ row) &* d
                            let to = used &* d
                            for j in 0..<d {
                                let x = unsafe source[from &+ j]
                                unsafe target[to &+ j] = root * x
                                unsafe mean[j] += weight * x
                            }
                            used &+= 1
                        }
                    }
                }
            }
        }
        guard used > 0 else { return }
        let (order, rank) = (BLASLibrary.index(d), BLASLibrary.index(used))
        precondition(BLASLibrary.isSingleThreaded)
        // SAFETY: `gathered` holds rank·order and `scatter` order² initialised doubles; no pointer is kept.
        unsafe scatter.elements.withUnsafeMutableBufferPointer { target in
            unsafe gathered.withUnsafeBufferPointer { source in
                unsafe cblas_dsyrk(
                    CblasRowMajor, CblasUpper, CblasTrans, order, rank, 1, source.baseAddress, order, 1,
                    target.baseAddress, order)
            }
        }
    }
}
