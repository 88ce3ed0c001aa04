package import LinearAlgebra
package import Models
package import Privacy

/// What a participant does where its own sums rest on too few rows (`privacy.on-violation`).
///
/// What leaves shows m_k = Σ_n r_k^(n) x^(n) of *every* pattern, so the gate looks at the least diverse one. A pattern
/// is short where exp of the entropy of g = r_k/N_k is below ℓ0; it counts as a violation where it holds more than
/// half a row's weight. Fainter ones carry next to nothing and are sent as zeros wherever the gate acts. Vectors
/// without patterns (the moments, an autoencoder's changes, counts of readings) rest on all rows alike: ℓ = n.
///
/// Nothing is changed where nothing is short: the vector is the same to the bit with and without a gate.
package struct PrivacyGate: Sendable, Equatable {
    /// What a violation leads to.
    package enum Action: String, Sendable, CaseIterable {
        /// It is said; the vector leaves as it is.
        case warn
        /// Nothing leaves until other rows open the gate.
        case hold
        /// The pattern's rows are moved by one draw of the posterior's noise. No guarantee comes with it.
        case noise
        /// Zeros for the pattern, r renormalised over the others, in this round.
        case suppress
    }

    /// ℓ0, ≥ 1.
    package let required: Double
    package let action: Action
    /// Whether others see a participant's own sums, or only the network's.
    package let showsOwnSums: Bool

    package init(required: Double, action: Action, showsOwnSums: Bool) {
        precondition(required >= 1 && required.isFinite, "an ℓ0 of \(required)")
        self.required = required
        self.action = action
        self.showsOwnSums = showsOwnSums
    }
}

/// What the gate found in a participant's own vector, and what it did.
package struct GateReport: Sendable, Equatable {
    /// What became of the vector.
    package enum Outcome: String, Sendable {
        /// It leaves as it is.
        case open
        /// It leaves as it is, and rests on too few rows.
        case warned
        case held
        case noised
        case suppressed
    }

    /// One pattern of the own responsibilities, before anything was done about it.
    package struct Pattern: Sendable, Equatable {
        /// The model it belongs to.
        package let coordinates: CoordinateSystem
        /// Its `pattern` is the slot within that model.
        package let diversity: PatternDiversity
        /// Whether it holds more than half a row's weight.
        package let isActive: Bool
        package let isShort: Bool
        /// Whether it was left out or disturbed.
        package internal(set) var isTreated = false
    }

    package let gate: PrivacyGate
    /// n, the rows that every vector without patterns rests on.
    package let rowCount: Int
    /// Patterns that hold any weight; none where the vector has none.
    package internal(set) var patterns: [Pattern]
    package internal(set) var outcome: Outcome = .open

    /// The least diverse active pattern, rows without patterns.
    package var minimum: Double { active.map(\.diversity.diversity).min() ?? Double(rowCount) }

    var active: [Pattern] { patterns.filter(\.isActive) }

    /// Whether the vector itself breaks the agreed level.
    var isViolation: Bool { !(minimum >= gate.required) }

    /// - Parameters:
    ///   - concentrations: of all views, one after the other; none where the vector has no patterns.
    ///   - slotCounts: of each view.
    init(
        gate: PrivacyGate, rowCount: Int, concentrations: [PatternConcentration],
        coordinates: [CoordinateSystem], slotCounts: [Int]
    ) {
        let total = slotCounts.reduce(0, +)
        precondition(
            concentrations.isEmpty || concentrations.count == total,
            "\(concentrations.count) patterns for \(total) slots")
        self.gate = gate
        self.rowCount = rowCount
        var patterns: [Pattern] = []
        var next = 0
        for (coordinates, count) in zip(coordinates, slotCounts) where !concentrations.isEmpty {
            let own = concentrations[next..<next + count].map(\.weightSums)
            next += count
            patterns += EntropyDiversity(own, activityThreshold: 0).patterns.map { pattern in
                Pattern(
                    coordinates: coordinates, diversity: pattern,
                    isActive: pattern.count > EntropyDiversity.defaultActivityThreshold,
                    isShort: !(pattern.diversity >= gate.required))
            }
        }
        self.patterns = patterns
    }

    /// Slots of short patterns, one list a model.
    func shortSlots(_ coordinates: [CoordinateSystem]) -> [[Int]] {
        coordinates.map { system in
            patterns.filter { $0.coordinates == system && $0.isShort }.map(\.diversity.pattern)
        }
    }

    mutating func markTreated(_ slots: [[Int]], _ coordinates: [CoordinateSystem]) {
        for index in patterns.indices {
            guard let view = coordinates.firstIndex(of: patterns[index].coordinates) else { continue }
            patterns[index].isTreated = slots[view].contains(patterns[index].diversity.pattern)
        }
    }
}

extension PatternConcentration {
    var weightSums: WeightSums {
        WeightSums(
            count: count, sumOfSquares: sumOfSquares, sumOfLogWeighted: sumOfLogWeighted, largest: largest)
    }
}

/// The own vector of an exchange, as the gate lets it through.
package struct GatedUpdate: Sendable {
    package let update: LocalUpdate
    /// nil without a gate.
    package let report: GateReport?
    /// The sums before the gate, for the participant's own figures.
    let concentrations: [PatternConcentration]
}

extension Trainer {
    /// ``localUpdate(on:)``, judged and, where the action asks for it, with patterns left out.
    ///
    /// Noise is added later, by who has the generator: ``disturbed(_:report:using:)``.
    package func gatedUpdate(
        _ gate: PrivacyGate?, on runner: any ParallelRunner = SerialRunner()
    ) -> GatedUpdate {
        let update = localUpdate(on: runner)
        let concentrations = update.concentrations
        // The scales are shown to everybody beside all sums; only who sends nothing at all keeps them back.
        guard let gate, stage != .scales || gate.action == .hold else {
            return GatedUpdate(update: update, report: nil, concentrations: concentrations)
        }
        var report = GateReport(
            gate: gate, rowCount: rawRows.rowCount, concentrations: concentrations,
            coordinates: settings.coordinates, slotCounts: slotCounts)
        var admitted = update
        switch gate.action {
        case .warn: if report.isViolation { report.outcome = .warned }
        case .hold, .suppress: admitted = withoutShort(update, &report, on: runner)
        case .noise:
            if concentrations.isEmpty {
                if report.isViolation { report.outcome = .warned }
            } else if report.patterns.contains(where: \.isShort) {
                report.markTreated(report.shortSlots(settings.coordinates), settings.coordinates)
                report.outcome = .noised
            }
        }
        return GatedUpdate(update: admitted, report: report, concentrations: concentrations)
    }

    /// The same where the settings may ask for privacy. Noise covers every row of a private run, and a verdict on exact
    /// sums that others could see would tell of them: there is no gate.
    ///
    /// - Parameter generator: as in ``localUpdate(on:using:)``.
    package func gatedUpdate(
        _ gate: PrivacyGate?, on runner: any ParallelRunner, using generator: inout some RandomNumberGenerator
    ) -> GatedUpdate {
        guard settings.privacy != nil else { return gatedUpdate(gate, on: runner) }
        let update = localUpdate(on: runner, using: &generator)
        return GatedUpdate(update: update, report: nil, concentrations: update.concentrations)
    }

    /// Slots of every view: those of dropped patterns may go in one and stay in another.
    private var slotCounts: [Int] {
        viewLayouts.map { layout in layout.blocks.first { $0.name == "N" }?.count ?? 0 }
    }

    /// Leaves out short patterns until none is left: what a row gives to the others may make another one short.
    private func withoutShort(
        _ update: LocalUpdate, _ report: inout GateReport, on runner: any ParallelRunner
    ) -> LocalUpdate {
        let coordinates = settings.coordinates
        let holds = report.gate.action == .hold
        if holds, report.isViolation {
            report.outcome = .held
            return update
        }
        guard !update.concentrations.isEmpty else {
            guard report.isViolation else { return update }
            report.outcome = .suppressed
            return LocalUpdate(
                shared: SharedVector(
                    layout: layout, values: [Double](repeating: 0, count: layout.count)),
                kept: update.kept, concentrations: [])
        }
        var leftOut = coordinates.map { _ in [Int]() }
        var current = update
        var found = report
        while found.patterns.contains(where: \.isShort) {
            leftOut = zip(leftOut, found.shortSlots(coordinates)).map { ($0 + $1).sorted() }
            current = statistics(leavingOut: leftOut, on: runner)
            found = GateReport(
                gate: report.gate, rowCount: report.rowCount, concentrations: current.concentrations,
                coordinates: coordinates, slotCounts: slotCounts)
            if holds, found.patterns.contains(where: { $0.isActive && $0.isShort }) {
                report.outcome = .held
                return update
            }
        }
        guard leftOut.contains(where: { !$0.isEmpty }) else { return update }
        report.markTreated(leftOut, coordinates)
        report.outcome = .suppressed
        // The own weights are private and those of all patterns.
        return LocalUpdate(
            shared: current.shared, kept: update.kept, concentrations: current.concentrations)
    }

    /// The sums of an update with noise on the short patterns.
    func disturbed(
        _ update: LocalUpdate, report: GateReport, using generator: inout some RandomNumberGenerator
    ) -> LocalUpdate {
        var values: [Double] = []
        var next = 0
        for (view, layout) in zip(views, viewLayouts) {
            let slots = report.patterns.filter { $0.coordinates == view.coordinates && $0.isTreated }
                .map(\.diversity.pattern)
            values += view.model.disturbed(
                Array(update.shared.values[next..<next + layout.count]), slots: slots,
                normals: NormalSampler.sample(count: slots.count * settings.columnCount, using: &generator))
            next += layout.count
        }
        return LocalUpdate(
            shared: SharedVector(layout: update.shared.layout, values: values), kept: update.kept,
            concentrations: update.concentrations)
    }
}
