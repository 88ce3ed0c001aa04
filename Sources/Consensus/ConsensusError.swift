package import Topology

/// Why no aggregation can be planned.
package enum ConsensusError: Error, Equatable, Sendable {
    /// The graph of the sessions or of the masks cannot be built.
    case topology(TopologyError)
    /// More members than a message can name, or none.
    case rosterSize(count: Int, limit: Int)
    /// A member is in the roster twice.
    case repeatedMember(index: Int)
    /// The number of chunks is outside its range.
    case chunkCount(count: Int, limit: Int)
    /// The tolerance is outside (0, 1).
    case tolerance(Double)
    /// Shamir's threshold leaves nothing to hide or needs more shares than there are members to spare.
    case shamirThreshold(threshold: Int, memberCount: Int)
    /// The weights need more steps than a session may have.
    case stepCount(steps: Int, limit: Int)
}
