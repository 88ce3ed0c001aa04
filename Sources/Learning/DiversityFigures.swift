import Models
import Privacy

/// The entropy ℓ-diversity of a participant's own sums, of g = r_k/N_k (mathematics.md §6.6): how many rows a pattern's
/// sum effectively hides among.
package struct DiversityFigures: Sendable, Equatable {
    /// exp of the entropy of the least diverse active pattern: what the alarm watches.
    package let minimum: Double
    /// The same of the most diverse pattern: the paper's Eq. 48.
    package let maximum: Double
    /// Kish's effective number of rows of the least diverse pattern.
    package let kishMinimum: Double
    /// The largest share that one row has in a pattern's sum.
    package let largestWeight: Double

    /// The figures over the patterns that hold more than half a row's weight; nil where there is none.
    init?(concentrations: [PatternConcentration]) {
        let diversity = EntropyDiversity(concentrations.map(\.weightSums))
        guard let minimum = diversity.minimum, let maximum = diversity.maximum,
            let kish = diversity.minimumEffectiveCount, let share = diversity.largestShare
        else { return nil }
        self.minimum = minimum
        self.maximum = maximum
        kishMinimum = kish
        largestWeight = share
    }
}
