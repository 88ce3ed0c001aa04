package import Learning
import Privacy

extension AgreementSettings {
    /// Whether the others see a participant's own sums: without masks and without shares.
    package var showsOwnSums: Bool {
        consensus.protection.masks == .off && consensus.protection.shamirThreshold == nil
    }

    /// What becomes of a participant's sums that rest on too few rows.
    ///
    /// - Parameter columnCount: columns of the rows, ≥ 1.
    package func privacyGate(columnCount: Int) -> PrivacyGate {
        let action: PrivacyGate.Action =
            switch privacy.onViolation {
            case .auto: showsOwnSums ? .hold : .warn
            case .warn: .warn
            case .hold: .hold
            case .noise: .noise
            case .suppress: .suppress
            }
        return PrivacyGate(
            required: privacy.lDiversity.level(columnCount: columnCount), action: action,
            showsOwnSums: showsOwnSums)
    }
}
