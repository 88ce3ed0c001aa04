package import Privacy

/// What the figures mean in plain words (mathematics.md §6.6 and §6.7).
package struct PrivacyVerdict: Sendable, Equatable {
    private let gate: PrivacyGate
    private let status: PrivacyStatus
    /// t of Shamir's shares; nil without.
    private let shamirThreshold: Int?

    package init(gate: PrivacyGate, status: PrivacyStatus, shamirThreshold: Int?) {
        self.gate = gate
        self.status = status
        self.shamirThreshold = shamirThreshold
    }

    /// What holds of every round without differentially private learning.
    package static let statement =
        "internal view: no DP; aggregation privacy only. Sums repeated over rounds are not differential privacy."

    /// What holds of a differentially private run.
    ///
    /// - Parameter colluders: the largest coalition that the noise is still whole against.
    package static func statement(of budget: PrivacyBudget, colluders: Int) -> String {
        "(ε, δ) = (\(budget.epsilon), \(budget.delta)) for everything derived from the sums: one \(budget.unit) added or "
            + "removed, against coalitions of up to \(colluders)."
    }

    /// Which of the two figures a curious participant sees.
    package var visible: String { gate.showsOwnSums ? "own" : "network" }

    /// Which figure counts against whom, and whether it suffices.
    package var sentence: String {
        let own =
            status.current.map { figure($0.minimum, of: "the own sums") } ?? "the own sums are not known yet"
        let network =
            status.network?.minimum.map { figure($0, of: "the agreed sums") }
            ?? "no patterns have been agreed yet"
        if gate.showsOwnSums {
            return "One curious participant can recover the own sums, so the own figure counts: \(own)."
        }
        let coalition =
            shamirThreshold.map { "\($0 + 1) participants together" }
            ?? "all mask neighbours of this one together"
        return "One curious participant sees the network's sums only, so the network's figure counts: "
            + "\(network). Only \(coalition) could see the own ones: \(own)."
    }

    private func figure(_ rows: Double, of what: String) -> String {
        let rounded = (rows * 10).rounded() / 10
        let required = gate.required == gate.required.rounded() ? "\(Int(gate.required))" : "\(gate.required)"
        return rows >= gate.required
            ? "\(what) rest on \(rounded) rows or more, \(required) are asked for"
            : "\(what) rest on as little as \(rounded) rows, \(required) are asked for"
    }
}
