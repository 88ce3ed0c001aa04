/// How a decoder's output `a` becomes a standard deviation. Local arithmetic.
package enum FloatDeviation: Sendable, Equatable {
    /// ln(1 + eᵃ) + floor.
    case softplus(floor: Float)
    /// floor + w (1 − e^(−ln(1 + eᵃ)/w)) with w = cap − floor: in (floor, cap), softplus where it is small.
    case bounded(floor: Float, cap: Float)

    /// The value below which none falls.
    package var floor: Float {
        switch self {
        case .softplus(let floor), .bounded(let floor, _): floor
        }
    }

    /// w of `bounded`; 0 for `softplus`.
    @inline(__always)
    var width: Float {
        switch self {
        case .softplus: 0
        case .bounded(let floor, let cap): cap - floor
        }
    }

    /// σ and dσ/da.
    @inline(__always)
    static func apply(
        _ a: SIMD8<Float>, floor: Float, width: Float, isBounded: Bool
    ) -> (value: SIMD8<Float>, slope: SIMD8<Float>) {
        let soft = a.softplus()
        guard isBounded else { return (soft.value + floor, soft.slope) }
        let rest = (soft.value * (-1 / width)).exponentialOfNegative()
        return (floor + width * (1 - rest), rest * soft.slope)
    }

    /// The standard deviations of a block.
    ///
    /// - Parameters:
    ///   - heads: shape `(rowCount, 2 d)`: means, then `a`.
    ///   - deviations: shape `(rowCount, d)`, more is left alone.
    package func apply(heads: [Float], rowCount: Int, columnCount: Int, into deviations: inout [Float]) {
        precondition(heads.count >= 2 * rowCount * columnCount, "\(heads.count) heads for \(rowCount) rows")
        precondition(
            deviations.count >= rowCount * columnCount, "\(deviations.count) entries for \(rowCount) rows")
        let (floor, width) = (floor, width)
        let isBounded = width > 0
        // SAFETY: `load` and `store` touch min(8, d − column) entries of a row; distinct arrays.
        unsafe heads.withUnsafeBufferPointer { source in
            unsafe deviations.withUnsafeMutableBufferPointer { target in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                for row in 0..<rowCount {
                    for column in stride(from: 0, to: columnCount, by: 8) {
                        let left = columnCount &- column
                        let a = unsafe SIMD8<Float>.load(
                            from + ((2 &* row &+ 1) &* columnCount &+ column), count: left)
                        let found = Self.apply(a, floor: floor, width: width, isBounded: isBounded)
                        unsafe found.value.store(to + (row &* columnCount &+ column), count: left)
                    }
                }
            }
        }
    }
}

/// −ln N(x | μ, diag σ²) of a decoder's rows and its gradient.
///
/// A cell that is NaN is missing: it has no part in a loss and no gradient.
/// Sums over columns in single precision, eight lanes; the caller adds rows up in double.
package enum GaussianLoss {
    private static let halfLogTwoPi: Float = 0.918_938_5

    /// Losses of a block, heads turned into gradients in place.
    ///
    /// - Parameters:
    ///   - rows: x, shape `(n, d)`, |x| ≤ 1e15.
    ///   - heads: shape `(J n, 2 d)`, μ and a of row r belong to x of row r mod n; becomes ∂/∂μ and ∂/∂a times
    ///     `scale`.
    ///   - scale: of the gradients; nil leaves the heads alone.
    ///   - losses: shape `(J n)`, more is left alone.
    package static func evaluate(
        rows: [Float], heads: inout [Float], rowCount n: Int, sampleCount: Int, columnCount d: Int,
        deviation: FloatDeviation, scale: Float?, losses: inout [Float]
    ) {
        precondition(rows.count >= n * d, "\(rows.count) entries for \(n) rows")
        precondition(heads.count >= 2 * n * sampleCount * d, "\(heads.count) heads for \(n) × \(sampleCount)")
        precondition(losses.count >= n * sampleCount, "\(losses.count) losses for \(n) × \(sampleCount)")
        let (floor, width) = (deviation.floor, deviation.width)
        // SAFETY: head row j·n + row < n·J of 2 d entries, x row < n of d entries; three distinct arrays.
        unsafe heads.withUnsafeMutableBufferPointer { heads in
            unsafe rows.withUnsafeBufferPointer { rows in
                unsafe losses.withUnsafeMutableBufferPointer { losses in
                    guard let x = rows.baseAddress, let h = heads.baseAddress else { return }
                    for sample in 0..<sampleCount {
                        for row in 0..<n {
                            let target = sample &* n &+ row
                            let head = unsafe h + (2 &* target &* d)
                            let values = unsafe x + (row &* d)
                            // One call a combination, so that the compiler makes each without branches.
                            switch (width > 0, scale) {
                            case (true, let scale?):
                                unsafe losses[target] = unsafe loss(
                                    values, head, d, floor, width, isBounded: true, scale, writes: true)
                            case (false, let scale?):
                                unsafe losses[target] = unsafe loss(
                                    values, head, d, floor, width, isBounded: false, scale, writes: true)
                            case (let isBounded, nil):
                                unsafe losses[target] = unsafe loss(
                                    values, head, d, floor, width, isBounded: isBounded, 0, writes: false)
                            }
                        }
                    }
                }
            }
        }
    }

    /// One row's loss.
    @inline(__always)
    private static func loss(
        _ x: UnsafePointer<Float>, _ head: UnsafeMutablePointer<Float>, _ d: Int, _ floor: Float,
        _ width: Float, isBounded: Bool, _ scale: Float, writes: Bool
    ) -> Float {
        // SAFETY: the caller guarantees d entries at `x` and 2 d at `head`.
        var squares = SIMD8<Float>.zero
        var product = SIMD8<Float>(repeating: 1)
        var logarithms = SIMD8<Float>.zero
        var factors = 0
        var cells = SIMD8<Float>.zero
        for column in stride(from: 0, to: d, by: 8) {
            let left = d &- column
            let value = unsafe SIMD8<Float>.load(x + column, count: left)
            let mean = unsafe SIMD8<Float>.load(head + column, count: left)
            let a = unsafe SIMD8<Float>.load(head + d + column, count: left)
            var (sigma, slope) = FloatDeviation.apply(a, floor: floor, width: width, isBounded: isBounded)
            if left < 8 {
                // Lanes without a column count as σ = 1, x = μ.
                sigma = SIMD8<Float>(repeating: 1).replacing(
                    with: sigma, where: SIMD8<Float>.one(upTo: left) .> 0)
            }
            let isMissing = value .!= value
            sigma.replace(with: 1, where: isMissing)
            let inverse = 1 / sigma
            let t = ((value - mean) * inverse).replacing(with: 0, where: isMissing)
            cells += SIMD8<Float>(repeating: 1).replacing(with: 0, where: isMissing)
            squares += t * t
            product *= sigma
            factors &+= 1
            // Four factors stay within single precision for 1e-9 < σ < 1e9.
            if factors == 4 {
                logarithms += product.logarithm()
                product = SIMD8(repeating: 1)
                factors = 0
            }
            if writes {
                unsafe (t * inverse * -scale).store(head + column, count: left)
                slope = ((1 - t * t) * inverse * slope * scale).replacing(with: 0, where: isMissing)
                unsafe slope.store(head + d + column, count: left)
            }
        }
        if factors > 0 { logarithms += product.logarithm() }
        let padding = (d + 7) / 8 * 8 - d
        return (0.5 * squares + logarithms).sum() + (cells.sum() - Float(padding)) * halfLogTwoPi
    }

    /// ½ Σ (x − μ)² of a block, heads turned into gradients in place.
    ///
    /// - Parameters:
    ///   - rows: x, shape `(n, d)`, |x| ≤ 1e15.
    ///   - heads: μ, shape `(n, d)`; becomes (μ − x) · `scale`; nil leaves it alone.
    ///   - losses: shape `(n)`, more is left alone.
    package static func squaredError(
        rows: [Float], heads: inout [Float], rowCount n: Int, columnCount d: Int, scale: Float?,
        losses: inout [Float]
    ) {
        precondition(rows.count >= n * d && heads.count >= n * d, "\(rows.count), \(heads.count) for \(n)")
        precondition(losses.count >= n, "\(losses.count) losses for \(n) rows")
        var index = 0
        for row in 0..<n {
            var sum: Float = 0
            for _ in 0..<d {
                let difference = rows[index].isNaN ? 0 : heads[index] - rows[index]
                sum += difference * difference
                if let scale { heads[index] = difference * scale }
                index += 1
            }
            losses[row] = 0.5 * sum
        }
    }

    /// Adds each column's part of −ln N(x | μ, diag σ²), averaged over J draws, to `contributions`.
    ///
    /// - Parameters:
    ///   - rows: x, shape `(n, d)`.
    ///   - heads: shape `(n, 2 d)`.
    ///   - weight: 1/J.
    ///   - contributions: shape `(n, d)`.
    package static func addColumns(
        rows: [Float], heads: [Float], rowCount n: Int, columnCount d: Int, deviation: FloatDeviation,
        weight: Double, to contributions: inout [Double]
    ) {
        precondition(
            rows.count >= n * d && heads.count >= 2 * n * d, "\(rows.count), \(heads.count) for \(n)")
        precondition(contributions.count >= n * d, "\(contributions.count) contributions for \(n) × \(d)")
        var deviations = [Float](repeating: 0, count: n * d)
        deviation.apply(heads: heads, rowCount: n, columnCount: d, into: &deviations)
        for row in 0..<n {
            for column in 0..<d {
                guard !rows[row * d + column].isNaN else { continue }
                let sigma = Double(deviations[row * d + column])
                let t = (Double(rows[row * d + column]) - Double(heads[2 * row * d + column])) / sigma
                contributions[row * d + column] +=
                    weight * (0.5 * t * t + PortableMath.ln(sigma) + Double(halfLogTwoPi))
            }
        }
    }
}
