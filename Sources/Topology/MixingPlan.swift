import LinearAlgebra

/// What one averaging step does: `x ← x + momentum · (x − x_before) + gain · Σ_j (x_j − x)`.
package struct MixingStep: Sendable, Equatable {
    /// Factor of the sum of differences to the neighbours, `−(L x)`.
    package let gain: Double
    /// Factor of the last change of `x`; 0 but for Chebyshev.
    package let momentum: Double

    package init(gain: Double, momentum: Double) {
        self.gain = gain
        self.momentum = momentum
    }
}

/// The averaging steps of a session: how many, and with which coefficients.
///
/// A function of the graph's spectrum alone, hence the same for every relabelling of it. Computed from the
/// rounded ends of the spectrum with portable arithmetic: every participant gets the same bits.
package struct MixingPlan: Sendable, Equatable {
    private enum Schedule: Sendable, Equatable {
        case constant(MixingStep)
        case listed([MixingStep])
    }

    /// The weights asked for.
    package let weights: MixingWeights
    /// Averaging steps to run; 0 for a single participant.
    package let steps: Int
    /// A bound on how far an intermediate value may grow beyond the start, relative to it: 1 for all weights
    /// but `finite`, whose partial products pass through larger values.
    package let growth: Double
    private let schedule: Schedule
    private let lambda2: Double
    private let lambdaMax: Double

    /// - Parameters:
    ///   - graph: connected.
    ///   - spectrum: that of `graph` or of any relabelling; complete for `finite`.
    ///   - tolerance: ε of the session, relative to the 2-norm of the worst start; in (0, 1).
    package init(weights: MixingWeights, graph: Graph, spectrum: Spectrum, tolerance: Double) {
        precondition(
            spectrum.vertexCount == graph.vertexCount,
            "the spectrum of \(spectrum.vertexCount) vertices for \(graph.vertexCount)")
        precondition(weights != .finite || spectrum.isComplete, "the ends of a spectrum for finite weights")
        lambda2 = spectrum.lambda2Lower
        lambdaMax = spectrum.lambdaMaxUpper
        let distinct = weights == .finite ? spectrum.distinctNonzero : []
        self.weights = weights
        steps = stepCount(
            tolerance: tolerance, weights: weights, graph: graph, lambda2: lambda2, lambdaMax: lambdaMax,
            distinct: distinct)
        switch weights {
        case .chebyshev:
            schedule = .listed(Self.chebyshev(steps: steps, lambda2: lambda2, lambdaMax: lambdaMax))
            growth = 1
        case .finite:
            let order = Self.lejaOrder(distinct)
            let pass = order.map { MixingStep(gain: 1 / $0, momentum: 0) }
            schedule = .listed(pass)
            growth = Self.growth(of: order)
        case .paper, .maxDegree, .optimal:
            let step = weights.constantStep(
                vertexCount: graph.vertexCount, largestDegree: graph.largestDegree, lambda2: lambda2,
                lambdaMax: lambdaMax)
            schedule = .constant(MixingStep(gain: steps > 0 ? step ?? 0 : 0, momentum: 0))
            growth = 1
        }
    }

    /// The same plan with at least this many steps: more of the same, and still the average.
    ///
    /// `finite` only ever runs whole passes; a single participant takes no step.
    package func extended(to minimum: Int) -> MixingPlan {
        guard steps > 0, minimum > steps else { return self }
        guard case .listed(let list) = schedule else { return MixingPlan(self, steps: minimum, schedule) }
        if weights == .finite {
            let passes = (minimum + list.count - 1) / list.count
            return MixingPlan(self, steps: passes * list.count, schedule)
        }
        let longer = Self.chebyshev(steps: minimum, lambda2: lambda2, lambdaMax: lambdaMax)
        return MixingPlan(self, steps: minimum, .listed(longer))
    }

    /// No averaging at all: what exact sums need.
    package static let none = MixingPlan()

    private init() {
        weights = .chebyshev
        steps = 0
        growth = 1
        schedule = .listed([])
        lambda2 = 0
        lambdaMax = 0
    }

    private init(_ plan: MixingPlan, steps: Int, _ schedule: Schedule) {
        weights = plan.weights
        growth = plan.growth
        lambda2 = plan.lambda2
        lambdaMax = plan.lambdaMax
        self.steps = steps
        self.schedule = schedule
    }

    /// The coefficients of averaging step `index`.
    ///
    /// - Precondition: `0 ≤ index < steps`.
    package func step(at index: Int) -> MixingStep {
        precondition(index >= 0 && index < steps, "step \(index) of \(steps)")
        switch schedule {
        case .constant(let step): return step
        case .listed(let list): return list[index % list.count]
        }
    }

    /// The Chebyshev semi-iteration on [λ2, λN] (mathematics.md §2.1), in terms of increments:
    /// `x_{k+1} = x_k + (ω − 1)(x_k − x_{k−1}) − (ω/δ) L x_k`, which rounds no more than the change itself.
    private static func chebyshev(steps: Int, lambda2: Double, lambdaMax: Double) -> [MixingStep] {
        let centre = (lambda2 + lambdaMax) / 2
        let ratio = (lambdaMax - lambda2) / (lambdaMax + lambda2)
        var result: [MixingStep] = []
        result.reserveCapacity(steps)
        var omega = 1.0
        for index in 0..<steps {
            switch index {
            case 0: omega = 1
            case 1: omega = 1 / (1 - ratio * ratio / 2)
            default: omega = 1 / (1 - ratio * ratio * omega / 4)
            }
            result.append(MixingStep(gain: omega / centre, momentum: omega - 1))
        }
        return result
    }

    /// The eigenvalues in Leja order: each next one maximises the product of distances to those before.
    static func lejaOrder(_ values: [Double]) -> [Double] {
        guard let largest = values.last else { return [] }
        var order = [largest]
        order.reserveCapacity(values.count)
        var remaining = Array(values.dropLast())
        var logarithms = [Double](repeating: 0, count: remaining.count)
        while !remaining.isEmpty {
            let latest = order[order.count - 1]
            var best = 0
            for index in remaining.indices {
                logarithms[index] += PortableMath.ln((remaining[index] - latest).magnitude)
                if logarithms[index] > logarithms[best] { best = index }
            }
            order.append(remaining.remove(at: best))
            logarithms.remove(at: best)
        }
        return order
    }

    /// The largest magnitude of a partial product `Π_{j ≤ t} (1 − λ_i/λ_j)` over all i and t.
    private static func growth(of order: [Double]) -> Double {
        var largest = 1.0
        for value in order {
            var product = 1.0
            for root in order {
                product *= 1 - value / root
                if product.magnitude > largest { largest = product.magnitude }
            }
        }
        return largest
    }
}
