import CKernels

/// Which of its vectors a processor computes with: the level of the C kernels. Last bits of local arithmetic depend on it.
package enum KernelLevel: Int32, Sendable, CaseIterable {
    /// Any processor. What has no kernels for it is Swift and BLAS.
    case portable = 0
    /// Vectors of 256 bits.
    case avx2 = 1
    /// Vectors of 512 bits.
    case avx512 = 2

    /// The fastest on this processor.
    package static let best = KernelLevel(rawValue: ck_level()) ?? .portable

    /// All that this processor can do.
    package static var available: [KernelLevel] { allCases.filter { $0.rawValue <= best.rawValue } }
}
