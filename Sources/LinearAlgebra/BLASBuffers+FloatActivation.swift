import CKernels

/// Activations of a hidden layer, in place. Local arithmetic.
package enum FloatActivation: Sendable, Equatable {
    case tanh
    case relu

    /// values = activation(values).
    ///
    /// - Parameter count: the first so many entries.
    package func apply(_ values: inout [Float], count: Int, arithmetic: KernelLevel = .best) {
        precondition(count >= 0 && count <= values.count, "\(count) of \(values.count) values")
        // SAFETY: the count was checked above; the kernel keeps no pointer.
        unsafe values.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe ck_float_activate(arithmetic.rawValue, self == .relu ? 1 : 0, base, count)
        }
    }

    /// gradient = gradient · activation′, from the activated values.
    ///
    /// - Parameter count: the first so many entries.
    package func applyDerivative(
        _ gradient: inout [Float], activated: [Float], count: Int, arithmetic: KernelLevel = .best
    ) {
        precondition(
            count >= 0 && count <= gradient.count && count <= activated.count,
            "\(count) of \(gradient.count) and \(activated.count) values")
        // SAFETY: the counts were checked above; two distinct arrays; the kernel keeps no pointer.
        unsafe gradient.withUnsafeMutableBufferPointer { buffer in
            unsafe activated.withUnsafeBufferPointer { source in
                guard let base = buffer.baseAddress, let values = source.baseAddress else { return }
                unsafe ck_float_activation_gradient(
                    arithmetic.rawValue, self == .relu ? 1 : 0, values, base, count)
            }
        }
    }
}
