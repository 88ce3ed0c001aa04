/// Why a matrix could not be factorised.
package enum LinearAlgebraError: Error, Equatable {
    /// The leading minor of this order (from 1) is not positive.
    case notPositiveDefinite(leadingMinor: Int)
}
