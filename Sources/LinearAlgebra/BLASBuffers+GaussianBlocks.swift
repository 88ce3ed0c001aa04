import COpenBLAS

/// One Gaussian of a mixture, prepared for `TransposedBlock`: Λ = RᵀR.
package struct GaussianComponent: Sendable {
    /// R, shape `(d, d)`, upper triangular.
    package let factor: Matrix
    /// R μ, shape `(d)`.
    package let centre: [Double]
    /// What is added to −½|R(x − μ)|²: ln π + ½ ln|Λ| − (d/2) ln 2π.
    package let constant: Double

    /// - Parameters:
    ///   - factor: R, shape `(d, d)`, zeros below the diagonal.
    ///   - mean: μ, shape `(d)`.
    ///   - constant: finite.
    package init(factor: Matrix, mean: [Double], constant: Double) {
        let count = mean.count
        precondition(
            factor.rowCount == count && factor.columnCount == count,
            "a factor of \(factor.rowCount) × \(factor.columnCount) for \(count) means")
        precondition(constant.isFinite, "the constant of a Gaussian is \(constant)")
        self.factor = factor
        self.constant = constant
        self.centre = (0..<count).map { row in
            (row..<count).reduce(0) { $0 + factor[row, $1] * mean[$1] }
        }
    }
}

/// A few hundred rows, one variable after the other, so that eight rows fill a vector register. Local arithmetic.
package struct TransposedBlock: Sendable {
    /// Rows that fit: a multiple of 8.
    package let capacity: Int
    /// Distance between variables; not a power of two, as that would map all variables to the same cache lines.
    package let leading: Int
    package let dimension: Int
    /// Rows held.
    package private(set) var count = 0
    private var elements: [Double]
    private var product: [Double]

    /// From this many variables on a triangular product is faster than a full one.
    private static let triangularFrom = 32
    /// Exponents stay finite however far a row lies, and whatever overflowed on the way.
    private static let squareMax = 1e300

    /// - Parameter capacity: a positive multiple of 8.
    package init(capacity: Int, dimension: Int) {
        precondition(
            capacity > 0 && capacity % 8 == 0 && dimension > 0, "a block of \(capacity) × \(dimension)")
        self.capacity = capacity
        self.leading = capacity + 8
        self.dimension = dimension
        self.elements = [Double](repeating: 0, count: dimension * leading)
        self.product = elements
    }

    /// `count` up to the next multiple of 8: lanes beyond `count` hold zeros.
    package var paddedCount: Int { (count + 7) / 8 * 8 }

    /// Takes rows `start..<start + count`.
    package mutating func load(_ rows: Matrix, from start: Int, count newCount: Int) {
        precondition(rows.columnCount == dimension, "\(rows.columnCount) columns for \(dimension)")
        precondition(
            start >= 0 && newCount >= 0 && newCount <= capacity && start + newCount <= rows.rowCount,
            "rows \(start)..<\(start + newCount) of \(rows.rowCount) in a block of \(capacity)")
        count = newCount
        let (padded, d, ld) = (paddedCount, dimension, leading)
        // SAFETY: `elements` has d·ld entries with padded ≤ ld, `rows` start + count rows of d; distinct arrays.
        unsafe elements.withUnsafeMutableBufferPointer { target in
            unsafe rows.elements.withUnsafeBufferPointer { source in
                for row in 0..<newCount {
                    let offset = (start &+ row) &* d
                    for column in 0..<d {
                        unsafe target[column &* ld &+ row] = unsafe source[offset &+ column]
                    }
                }
                for row in newCount..<padded {
                    for column in 0..<d { unsafe target[column &* ld &+ row] = 0 }
                }
            }
        }
    }

    /// constant − ½|R(x − μ)|² of every row, padded rows included, into `densities[offset…]`.
    package mutating func logDensities(
        of component: GaussianComponent, into densities: inout [Double], at offset: Int
    ) {
        let padded = paddedCount
        precondition(component.centre.count == dimension, "a Gaussian of \(component.centre.count) variables")
        precondition(
            offset >= 0 && offset + padded <= densities.count, "\(densities.count) densities are too few")
        guard padded > 0 else { return }
        multiply(by: component.factor)
        let (d, ld, constant) = (dimension, leading, component.constant)
        // SAFETY: lanes n…n+7 with n + 8 ≤ padded ≤ ld lie inside variable j's run of `product` for every j < d, and
        // inside densities[offset ..< offset + padded]; distinct arrays; loads and stores allow any alignment.
        unsafe product.withUnsafeBytes { source in
            unsafe component.centre.withUnsafeBufferPointer { centre in
                unsafe densities.withUnsafeMutableBytes { target in
                    for n in stride(from: 0, to: padded, by: 8) {
                        var square = SIMD8<Double>.zero
                        for j in 0..<d {
                            let value = unsafe source.loadUnaligned(
                                fromByteOffset: (j &* ld &+ n) &* 8, as: SIMD8<Double>.self)
                            let t = unsafe value - SIMD8(repeating: centre[j])
                            square += t * t
                        }
                        // The comparison is false for NaN too.
                        square = SIMD8(repeating: Self.squareMax).replacing(
                            with: square, where: square .< Self.squareMax)
                        unsafe target.storeBytes(
                            of: constant - 0.5 * square, toByteOffset: (offset &+ n) &* 8,
                            as: SIMD8<Double>.self)
                    }
                }
            }
        }
    }

    /// product = R · block.
    private mutating func multiply(by factor: Matrix) {
        let (order, columns) = (BLASLibrary.index(dimension), BLASLibrary.index(paddedCount))
        let stride = BLASLibrary.index(leading)
        precondition(BLASLibrary.isSingleThreaded)
        let isTriangular = dimension >= Self.triangularFrom
        // SAFETY: `factor` holds order², `elements` and `product` order·stride initialised doubles with
        // columns ≤ stride; three arrays; the library keeps no pointer.
        unsafe product.withUnsafeMutableBufferPointer { target in
            unsafe factor.elements.withUnsafeBufferPointer { triangle in
                unsafe elements.withUnsafeBufferPointer { source in
                    if isTriangular {
                        // The triangular product works in place.
                        _ = unsafe target.update(fromContentsOf: source)
                        unsafe cblas_dtrmm(
                            CblasRowMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, order, columns,
                            1,
                            triangle.baseAddress, order, target.baseAddress, stride)
                    } else {
                        unsafe cblas_dgemm(
                            CblasRowMajor, CblasNoTrans, CblasNoTrans, order, columns, order, 1,
                            triangle.baseAddress, order, source.baseAddress, stride, 0, target.baseAddress,
                            stride)
                    }
                }
            }
        }
    }
}
