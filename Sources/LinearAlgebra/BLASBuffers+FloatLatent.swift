import CKernels

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
        into draws: inout [Float], arithmetic: KernelLevel = .best
    ) {
        let d = latentCount
        precondition(heads.count >= 2 * n * d, "\(heads.count) heads for \(n) rows")
        precondition(
            noise.count >= n * d * sampleCount && draws.count >= n * d * sampleCount,
            "\(noise.count) normals, \(draws.count) draws for \(n) × \(sampleCount)")
        precondition(divergences.count >= n && floor > 0, "\(n) rows, a floor of \(floor)")
        // SAFETY: the counts were checked above; six distinct arrays; the kernel keeps no pointer. Without draws it reads no
        // noise and writes none: then their addresses may be those of nothing.
        unsafe heads.withUnsafeBufferPointer { heads in
            unsafe noise.withUnsafeBufferPointer { noise in
                unsafe draws.withUnsafeMutableBufferPointer { draws in
                    unsafe deviations.withUnsafeMutableBufferPointer { deviations in
                        unsafe slopes.withUnsafeMutableBufferPointer { slopes in
                            unsafe divergences.withUnsafeMutableBufferPointer { divergences in
                                guard let from = heads.baseAddress, let h = deviations.baseAddress,
                                    let slope = slopes.baseAddress, let found = divergences.baseAddress
                                else { return }
                                unsafe ck_float_posterior(
                                    arithmetic.rawValue, from, noise.baseAddress, n, sampleCount, d, floor,
                                    h, slope, found, draws.baseAddress)
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
        weights: [Float], beta: Float, arithmetic: KernelLevel = .best
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
                            unsafe weights.withUnsafeBufferPointer { weights in
                                guard let head = heads.baseAddress, let v = noise.baseAddress,
                                    let g = outer.baseAddress, let h = deviations.baseAddress,
                                    let slope = slopes.baseAddress, let w = weights.baseAddress
                                else { return }
                                unsafe ck_float_posterior_gradient(
                                    arithmetic.rawValue, head, v, g, h, slope, w, beta, n, sampleCount, d)
                            }
                        }
                    }
                }
            }
        }
    }
}
