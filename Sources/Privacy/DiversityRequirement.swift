/// The ℓ0 an agreement asks for (`privacy.l-diversity`).
package enum DiversityRequirement: Sendable, Equatable {
    /// max(5, M + 2) for M columns.
    ///
    /// Second moments make M + 1 rows the bare minimum: N, m and C of two equally weighted rows determine
    /// both.
    case auto
    /// The same number whatever the columns, ≥ 1.
    case atLeast(Double)

    /// The level ℓ0 for rows of this many columns.
    package func level(columnCount: Int) -> Double {
        switch self {
        case .auto: Double(max(5, columnCount + 2))
        case .atLeast(let level): level
        }
    }
}

/// What a diversity figure means for the gate.
package enum DiversityVerdict: Sendable, Equatable {
    /// Every active pattern reaches ℓ0.
    case met
    /// These patterns do not, in the order of k.
    case short(patterns: [Int])
}
