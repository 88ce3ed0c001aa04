import CKernels

/// Adam (Kingma and Ba 2015) over a flat vector of single-precision parameters, at one participant. Local arithmetic.
package struct FloatAdam: Sendable, Equatable {
    /// Running means of the gradient and of its square.
    package private(set) var first: [Float]
    package private(set) var second: [Float]
    /// Steps taken.
    package private(set) var stepCount: Int
    /// β₁ and β₂ to the power of `stepCount`.
    private var powers: (Double, Double)

    package static let firstDecay = 0.9
    package static let secondDecay = 0.999
    package static let epsilon: Float = 1e-8

    /// - Parameter count: parameters.
    package init(count: Int) {
        self.init(
            first: [Float](repeating: 0, count: count), second: [Float](repeating: 0, count: count),
            stepCount: 0)
    }

    /// Moments as they were stored.
    ///
    /// - Precondition: both moments of one count, `stepCount` ≥ 0.
    package init(first: [Float], second: [Float], stepCount: Int) {
        precondition(
            first.count == second.count && stepCount >= 0,
            "moments of \(first.count) and \(second.count) after \(stepCount) steps")
        self.first = first
        self.second = second
        self.stepCount = stepCount
        self.powers = (1, 1)
        // Beyond this many steps both powers are 0 in double precision.
        for _ in 0..<min(stepCount, 1_000_000) {
            powers.0 *= Self.firstDecay
            powers.1 *= Self.secondDecay
        }
    }

    /// parameters −= rate · m̂ / (√v̂ + ε).
    ///
    /// - Parameters:
    ///   - gradient: shape as `parameters`.
    ///   - scale: what the gradient is multiplied by first (clipping).
    package mutating func step(
        _ parameters: inout [Float], gradient: [Float], scale: Float, rate: Float,
        arithmetic: KernelLevel = .best
    ) {
        let count = parameters.count
        precondition(
            gradient.count == count && first.count == count,
            "\(gradient.count) gradients and \(first.count) moments for \(count) parameters")
        stepCount += 1
        powers.0 *= Self.firstDecay
        powers.1 *= Self.secondDecay
        let (keep1, keep2) = (Float(Self.firstDecay), Float(Self.secondDecay))
        let take1 = Float(1 - Self.firstDecay) * scale
        let take2 = Float(1 - Self.secondDecay) * scale * scale
        let step = Float(Double(rate) / (1 - powers.0))
        let unbias = Float(1 / (1 - powers.1))
        // SAFETY: four distinct arrays of `count`; the kernel keeps no pointer.
        unsafe parameters.withUnsafeMutableBufferPointer { parameters in
            unsafe gradient.withUnsafeBufferPointer { gradient in
                unsafe first.withUnsafeMutableBufferPointer { first in
                    unsafe second.withUnsafeMutableBufferPointer { second in
                        guard let p = parameters.baseAddress, let g = gradient.baseAddress,
                            let m = first.baseAddress, let v = second.baseAddress
                        else { return }
                        unsafe ck_float_adam(
                            arithmetic.rawValue, p, g, m, v, count, keep1, take1, keep2, take2, step, unbias,
                            Self.epsilon)
                    }
                }
            }
        }
    }

    package static func == (left: FloatAdam, right: FloatAdam) -> Bool {
        left.first == right.first && left.second == right.second && left.stepCount == right.stepCount
    }
}
