/// What leaves a participant, protected: a flat vector of sufficient statistics or of a gradient.
package struct SharedVector: Sendable, Equatable {
    /// Which entry is what.
    package let layout: VectorLayout
    /// Shape `(layout.count)`, finite, in the units of the model.
    package let values: [Double]

    package init(layout: VectorLayout, values: [Double]) {
        precondition(values.count == layout.count, "\(values.count) values for a layout of \(layout.count)")
        self.layout = layout
        self.values = values
    }
}

/// What stays with its owner: φ^s, such as the pattern weights π^s.
///
/// A type of its own with no way into a message; only checkpoints and the owner's model file hold it.
package struct KeptState: Sendable, Equatable {
    /// The kind's own canonical bytes.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }
}

/// How one pattern's weight is spread over a participant's rows, for the entropy ℓ-diversity.
package struct PatternConcentration: Sendable, Equatable {
    /// N_k = Σ_n r_k, ≥ 0.
    package let count: Double
    /// Σ_n r_k².
    package let sumOfSquares: Double
    /// Σ_n r_k ln r_k, ≤ 0 (0 ln 0 = 0).
    package let sumOfLogWeighted: Double
    /// max_n r_k.
    package let largest: Double

    package init(count: Double, sumOfSquares: Double, sumOfLogWeighted: Double, largest: Double) {
        self.count = count
        self.sumOfSquares = sumOfSquares
        self.sumOfLogWeighted = sumOfLogWeighted
        self.largest = largest
    }
}

/// The result of one local update: the part to be added up, the part that stays, and what the participant watches.
package struct LocalUpdate: Sendable {
    package let shared: SharedVector
    package let kept: KeptState
    /// One entry a pattern; empty where the kind has none.
    package let concentrations: [PatternConcentration]

    package init(shared: SharedVector, kept: KeptState, concentrations: [PatternConcentration]) {
        self.shared = shared
        self.kept = kept
        self.concentrations = concentrations
    }
}
