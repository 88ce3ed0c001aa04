package import LinearAlgebra
import Models
import Privacy

/// What Eq. 47–48 of the paper give for a participant's own rows, for comparison; the gate never asks.
///
/// The paper normalises bare likelihoods N(x | m_k, Λ_k⁻¹) over the rows and takes the largest entropy. It prints m_k, the
/// participant's own sum Σ r x, where the centre μ_k is meant; both readings are here.
package struct PaperFigures: Sendable, Equatable {
    /// exp(E^s) with m_k in the place of the centre; nil without patterns.
    package let asPrinted: Double?
    /// exp(E^s) with μ_k; nil without patterns.
    package let correctedCentres: Double?

    /// The figures of a trainer's first model as it stands.
    ///
    /// - Complexity: three passes over the rows, two of them for one pattern after the other.
    package init(trainer: Trainer, on runner: any ParallelRunner = SerialRunner()) {
        guard let view = trainer.views.first else {
            (asPrinted, correctedCentres) = (nil, nil)
            return
        }
        let layout = trainer.viewLayouts[0]
        let update = view.model.localUpdate(
            rows: trainer.rows(of: view.coordinates), layout: layout, on: runner)
        var sums: ArraySlice<Double> = []
        var next = 0
        for block in layout.blocks {
            if block.name == "m" { sums = update.shared.values[next..<next + block.count] }
            next += block.count
        }
        let d = trainer.settings.columnCount
        guard !update.concentrations.isEmpty else {
            (asPrinted, correctedCentres) = (nil, nil)
            return
        }
        let rows = trainer.rows(of: view.coordinates).source
        var printed: [Double] = []
        var corrected: [Double] = []
        for slot in 0..<sums.count / d {
            let first = sums.startIndex + slot * d
            func losses(_ centre: [Double]?) -> [Double] {
                rows.mapBlocks { view.model.patternLosses(rows: $0, slot: slot, centre: centre) ?? [] }
            }
            let own = losses(nil)
            guard !own.isEmpty else { continue }
            corrected.append(Self.entropy(own))
            printed.append(Self.entropy(losses(Array(sums[first..<first + d]))))
        }
        asPrinted = printed.max().map(PortableMath.exp)
        correctedCentres = corrected.max().map(PortableMath.exp)
    }

    private static func entropy(_ losses: [Double]) -> Double {
        PaperDiversity(logLikelihoods: [losses.map { -$0 }]).entropies[0]
    }
}
