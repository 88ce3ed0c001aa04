/// The Gaussian posterior of a block of rows: m and h = ln(1 + eˢ) + floor from an encoder's heads, its draws
/// z = m + h ⊙ v, and KL(N(m, diag h²) ‖ N(0, I)). Local arithmetic.
package struct FloatPosterior: Sendable {
    package let latentCount: Int
    /// h, shape `(n, d)`.
    package private(set) var deviations: [Float]
    /// dh/ds, shape `(n, d)`.
    private var slopes: [Float]
    /// KL of each row, shape `(n)`.
    package private(set) var divergences: [Float]

    /// - Parameter capacity: rows of the largest block.
    package init(capacity: Int, latentCount: Int) {
        precondition(capacity >= 0 && latentCount >= 1, "\(capacity) rows of \(latentCount) latents")
        self.latentCount = latentCount
        self.deviations = [Float](repeating: 0, count: capacity * latentCount)
        self.slopes = deviations
        self.divergences = [Float](repeating: 0, count: capacity)
    }

    /// Reads an encoder's heads and draws.
    ///
    /// - Parameters:
    ///   - heads: shape `(n, 2 d)`: m, then s.
    ///   - noise: v, shape `(J n, d)`: J draws of row r at r, n + r, 2 n + r …
    ///   - sampleCount: J; 0 leaves `draws` alone.
    ///   - floor: of h, > 0.
    ///   - draws: z, shape `(J n, d)`.
    package mutating func draw(
        heads: [Float], noise: [Float], rowCount n: Int, sampleCount: Int, floor: Float,
        into draws: inout [Float]
    ) {
        let d = latentCount
        precondition(heads.count >= 2 * n * d, "\(heads.count) heads for \(n) rows")
        precondition(
            noise.count >= n * d * sampleCount && draws.count >= n * d * sampleCount,
            "\(noise.count) normals, \(draws.count) draws for \(n) × \(sampleCount)")
        precondition(divergences.count >= n && floor > 0, "\(n) rows, a floor of \(floor)")
        // SAFETY: `load` and `store` touch min(8, d − column) entries of rows below n and J n; distinct arrays.
        unsafe heads.withUnsafeBufferPointer { heads in
            unsafe noise.withUnsafeBufferPointer { noise in
                unsafe draws.withUnsafeMutableBufferPointer { draws in
                    unsafe deviations.withUnsafeMutableBufferPointer { deviations in
                        unsafe slopes.withUnsafeMutableBufferPointer { slopes in
                            guard let from = heads.baseAddress,
                                let h = deviations.baseAddress, let slope = slopes.baseAddress
                            else { return }
                            for row in 0..<n {
                                var sum = SIMD8<Float>.zero
                                for column in stride(from: 0, to: d, by: 8) {
                                    let left = d &- column
                                    let present = SIMD8<Float>.one(upTo: left)
                                    let m = unsafe SIMD8<Float>.load(
                                        from + (2 &* row &* d &+ column), count: left)
                                    let s = unsafe SIMD8<Float>.load(
                                        from + ((2 &* row &+ 1) &* d &+ column), count: left)
                                    let soft = s.softplus()
                                    let value = soft.value + floor
                                    let term = 0.5 * (m * m + value * value - 1) - value.logarithm()
                                    sum += term * present
                                    unsafe value.store(h + (row &* d &+ column), count: left)
                                    unsafe soft.slope.store(slope + (row &* d &+ column), count: left)
                                    for sample in 0..<sampleCount {
                                        let at = (sample &* n &+ row) &* d &+ column
                                        guard let v = noise.baseAddress,
                                            let z = draws.baseAddress
                                        else { continue }
                                        let shift = unsafe SIMD8<Float>.load(v + at, count: left)
                                        unsafe (m + value * shift).store(z + at, count: left)
                                    }
                                }
                                divergences[row] = sum.sum()
                            }
                        }
                    }
                }
            }
        }
    }

    /// The gradient of Σ_r w_r (loss_r + β KL_r) with respect to the heads, in place.
    ///
    /// - Parameters:
    ///   - heads: as `draw` read them; become the gradient.
    ///   - noise: as in `draw`.
    ///   - drawGradient: ∂/∂z, shape `(J n, d)`, weights already in it.
    ///   - weights: w, shape `(n)`.
    ///   - beta: β ≥ 0.
    package func backward(
        heads: inout [Float], noise: [Float], drawGradient: [Float], rowCount n: Int, sampleCount: Int,
        weights: [Float], beta: Float
    ) {
        let d = latentCount
        precondition(heads.count >= 2 * n * d, "\(heads.count) heads for \(n) rows")
        precondition(
            noise.count >= n * d * sampleCount && drawGradient.count >= n * d * sampleCount,
            "\(noise.count) normals, \(drawGradient.count) gradients for \(n) × \(sampleCount)")
        precondition(weights.count >= n && divergences.count >= n, "\(weights.count) weights for \(n) rows")
        // SAFETY: as in `draw`.
        unsafe heads.withUnsafeMutableBufferPointer { heads in
            unsafe noise.withUnsafeBufferPointer { noise in
                unsafe drawGradient.withUnsafeBufferPointer { outer in
                    unsafe deviations.withUnsafeBufferPointer { deviations in
                        unsafe slopes.withUnsafeBufferPointer { slopes in
                            guard let head = heads.baseAddress, let v = noise.baseAddress,
                                let g = outer.baseAddress, let h = deviations.baseAddress,
                                let slope = slopes.baseAddress
                            else { return }
                            for row in 0..<n {
                                let weight = beta * weights[row]
                                for column in stride(from: 0, to: d, by: 8) {
                                    let left = d &- column
                                    let mean = unsafe head + (2 &* row &* d &+ column)
                                    let scale = unsafe mean + d
                                    let at = row &* d &+ column
                                    var dm = unsafe weight * SIMD8<Float>.load(mean, count: left)
                                    var value = unsafe SIMD8<Float>.load(h + at, count: left)
                                    if left < 8 { value += 1 - SIMD8<Float>.one(upTo: left) }
                                    var dh = weight * (value - 1 / value)
                                    for sample in 0..<sampleCount {
                                        let place = at &+ sample &* n &* d
                                        let dz = unsafe SIMD8<Float>.load(g + place, count: left)
                                        dm += dz
                                        dh += unsafe dz * SIMD8<Float>.load(v + place, count: left)
                                    }
                                    unsafe dm.store(mean, count: left)
                                    unsafe (dh * SIMD8<Float>.load(slope + at, count: left)).store(
                                        scale, count: left)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
