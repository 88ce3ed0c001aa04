@testable import ControlPlane

extension PrivacyReport {
    /// Figures that never change.
    static let fixed = PrivacyReport(
        round: 7, stage: "round", rows: 100, required: 5, action: "warn", gate: "warned", lDiversityMin: 1,
        lDiversityMax: 99, effectiveRowsMin: 1, largestShare: 1,
        patterns: [
            .init(
                model: "shared", pattern: 0, rows: 1, lDiversity: 1, effectiveRows: 1, largestShare: 1,
                active: true, short: true, treated: false)
        ], paper: .init(asPrinted: .infinity, correctedCentres: 99), networkRowsMin: 40, networkRowsMax: 90,
        network: [.init(model: "shared", pattern: 0, rows: 41, effectiveRows: 40)], visible: "network",
        verdict: "…", noiseEvents: 0, suppressions: 0, audit: nil, statement: "no DP")
}
