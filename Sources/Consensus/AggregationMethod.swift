/// How a sum over the roster is formed.
package enum AggregationMethod: String, Sendable, CaseIterable {
    /// Dynamical consensus on the expander, the method of the paper: within the tolerance, then agreed to the bit.
    case dynamical
    /// Fixed point over Z_2^64 (protocol.md §2.2): the exact sum, the same bits everywhere, in a logarithmic
    /// number of steps.
    case exact
}
