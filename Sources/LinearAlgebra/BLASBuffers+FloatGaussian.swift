import CKernels

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
    var width: Float {
        switch self {
        case .softplus: 0
        case .bounded(let floor, let cap): cap - floor
        }
    }

    /// The standard deviations of a block.
    ///
    /// - Parameters:
    ///   - heads: shape `(rowCount, 2 d)`: means, then `a`.
    ///   - deviations: shape `(rowCount, d)`, more is left alone.
    package func apply(
        heads: [Float], rowCount: Int, columnCount: Int, into deviations: inout [Float],
        arithmetic: KernelLevel = .best
    ) {
        precondition(heads.count >= 2 * rowCount * columnCount, "\(heads.count) heads for \(rowCount) rows")
        precondition(
            deviations.count >= rowCount * columnCount, "\(deviations.count) entries for \(rowCount) rows")
        // SAFETY: the counts were checked above; two distinct arrays; the kernel keeps no pointer.
        unsafe heads.withUnsafeBufferPointer { source in
            unsafe deviations.withUnsafeMutableBufferPointer { target in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                unsafe ck_float_deviations(
                    arithmetic.rawValue, from, rowCount, columnCount, floor, width, to)
            }
        }
    }
}

/// −ln N(x | μ, diag σ²) of a decoder's rows and its gradient.
///
/// A cell that is NaN is missing: it has no part in a loss and no gradient.
/// Sums over columns in single precision; the caller adds rows up in double.
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
        deviation: FloatDeviation, scale: Float?, losses: inout [Float],
        arithmetic: KernelLevel = .best
    ) {
        precondition(rows.count >= n * d, "\(rows.count) entries for \(n) rows")
        precondition(heads.count >= 2 * n * sampleCount * d, "\(heads.count) heads for \(n) × \(sampleCount)")
        precondition(losses.count >= n * sampleCount, "\(losses.count) losses for \(n) × \(sampleCount)")
        // SAFETY: the counts were checked above; three distinct arrays; the kernel keeps no pointer.
        unsafe heads.withUnsafeMutableBufferPointer { heads in
            unsafe rows.withUnsafeBufferPointer { rows in
                unsafe losses.withUnsafeMutableBufferPointer { losses in
                    guard let x = rows.baseAddress, let h = heads.baseAddress, let to = losses.baseAddress
                    else { return }
                    unsafe ck_float_gaussian_losses(
                        arithmetic.rawValue, x, h, n, sampleCount, d, deviation.floor, deviation.width,
                        scale == nil ? 0 : 1, scale ?? 0, to)
                }
            }
        }
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
