package import Topology

/// What an aggregation computes.
package enum AggregationOperation: Sendable, Equatable {
    /// The sum over the roster, protected and averaged.
    case sum
    /// The element-wise maximum, flooded over the control graph without protection: agreed scales, nothing
    /// else.
    case maximum
}

/// How vectors are hidden while they are averaged (protocol.md §2.3).
package struct ProtectionSettings: Sendable, Equatable {
    /// Largest number of chunks.
    package static let chunkLimit = 64

    /// Parallel sessions the vector is cut into, 1…64.
    package let chunks: Int
    /// Whether each session permutes the graph anew; explicit edges never are.
    package let relabel: Bool
    /// Whether mask neighbours add and subtract shared masks.
    package let masks: Bool
    /// Whether each member adds a mask of its own, revealed after the decision; nothing without `masks`, since
    /// the mask neighbours hold its shares.
    package let selfMasks: Bool
    /// The degree of the mask graph, or `nil` for complete up to 64 members and random-regular beyond.
    package let maskDegree: Int?
    /// Where more than zero: no coalition of so many, *whichever*, may surround a member with masks or open the self masks of
    /// an attempt that was given up, in any roster. Then a mask graph without a degree is complete at every size.
    package let colluders: Int
    /// Colluders against whom Shamir's shares of the values hide everything but the sum; `nil` without. They take the
    /// place of both masks and belong to exact sums in one chunk, where every pair may connect.
    package let shamirThreshold: Int?

    package init(
        chunks: Int = 2, relabel: Bool = true, masks: Bool = true, selfMasks: Bool = true,
        maskDegree: Int? = nil, colluders: Int = 0
    ) {
        precondition(colluders >= 0, "a coalition of \(colluders)")
        shamirThreshold = nil
        self.colluders = colluders
        self.chunks = chunks
        self.relabel = relabel
        self.masks = masks
        self.selfMasks = masks && selfMasks
        self.maskDegree = maskDegree
    }

    /// Shamir's shares of the values.
    package init(shamirThreshold: Int) {
        chunks = 1
        relabel = false
        masks = false
        selfMasks = false
        maskDegree = nil
        colluders = 0
        self.shamirThreshold = shamirThreshold
    }
}

/// The part of the agreement that aggregation needs.
package struct AggregationSettings: Sendable, Equatable {
    /// The hash of the agreement, 32 bytes.
    package let networkID: [UInt8]
    package let topology: GraphRecipe
    /// How sums are formed.
    package let method: AggregationMethod
    /// Of `dynamical`; exact sums know no weights.
    package let weights: MixingWeights
    /// The error allowed in `dynamical`, relative to S·range of a block; in (0, 1).
    package let tolerance: Double
    package let protection: ProtectionSettings

    /// Long messages that may wait on one link at once: two steps of all chunks, or everybody's words or shares where
    /// they are flooded.
    ///
    /// - Parameter memberCount: S.
    package func messagesPerLink(memberCount: Int) -> Int {
        let floods = method == .exact && topology.hasExplicitEdges || protection.shamirThreshold != nil
        return protection.chunks * (floods ? memberCount : 2)
    }

    /// The same for some of the participants.
    ///
    /// - Parameter members: positions in the order of the agreement, ascending.
    func induced(on members: [Int]) -> AggregationSettings {
        AggregationSettings(
            networkID: networkID, topology: topology.induced(on: members), method: method, weights: weights,
            tolerance: tolerance, protection: protection)
    }

    package init(
        networkID: [UInt8], topology: GraphRecipe, method: AggregationMethod = .dynamical,
        weights: MixingWeights = .chebyshev, tolerance: Double = 1e-9,
        protection: ProtectionSettings = ProtectionSettings()
    ) {
        precondition(networkID.count == FieldLength.hash, "a network id of \(networkID.count) bytes")
        precondition(
            protection.shamirThreshold == nil || method == .exact && !topology.hasExplicitEdges,
            "Shamir's shares in \(method) sums, or along explicit edges")
        self.networkID = networkID
        self.topology = topology
        self.method = method
        self.weights = weights
        self.tolerance = tolerance
        self.protection = protection
    }
}
