import CKernels

/// A stream of single-precision standard normals: xoshiro128+ (Blackman and Vigna) on eight lanes, then Box–Muller.
///
/// For the draws of one participant's training: the same stream gives the same bits on one machine. Uniform numbers have 23
/// bits, so no normal exceeds 5.7 in magnitude. Local arithmetic.
package struct FloatNormalStream: Sendable {
    private static let laneCount = 8
    /// The first words of all lanes, then the second ones …
    private var state: [UInt32]

    /// - Parameter generator: gives the lanes' starting states.
    package init(using generator: inout some RandomNumberGenerator) {
        let lanes = Self.laneCount
        state = [UInt32](repeating: 0, count: 4 * lanes)
        for lane in 0..<lanes {
            let first = generator.next()
            let second = generator.next()
            // The all-zero state is the only bad one.
            state[lane] = UInt32(truncatingIfNeeded: first) | 1
            state[lanes + lane] = UInt32(truncatingIfNeeded: first &>> 32)
            state[2 * lanes + lane] = UInt32(truncatingIfNeeded: second)
            state[3 * lanes + lane] = UInt32(truncatingIfNeeded: second &>> 32)
        }
    }

    /// Replaces the first `count` entries.
    package mutating func fill(_ values: inout [Float], count: Int, arithmetic: KernelLevel = .best) {
        precondition(count >= 0 && count <= values.count, "\(count) normals into \(values.count)")
        // SAFETY: the kernel reads and writes 32 words of state and `count` values; two distinct arrays.
        unsafe values.withUnsafeMutableBufferPointer { buffer in
            unsafe state.withUnsafeMutableBufferPointer { state in
                guard let base = buffer.baseAddress, let words = state.baseAddress else { return }
                unsafe ck_float_normals(arithmetic.rawValue, words, base, count)
            }
        }
    }
}
