import Learning
import Testing

@testable import Agreement

/// What `privacy` of an agreement means for a participant's gate.
@Suite struct PrivacyGateSettingsTests {
    private func gate(_ lines: String) throws -> PrivacyGate {
        try SampleFiles.topology(lines).settings.privacyGate(columnCount: 30)
    }

    @Test func `by itself the gate warns under masks and shares and holds without`() throws {
        #expect(
            try gate("rounds: {maximum: 5}") == PrivacyGate(required: 32, action: .warn, showsOwnSums: false))
        let open = "consensus: {protection: {masks: false}}"
        #expect(try gate(open) == PrivacyGate(required: 32, action: .hold, showsOwnSums: true))
        let shares = "consensus: {method: exact, protection: {shamir: {threshold: 1}}}"
        #expect(try gate(shares).action == .warn)
        #expect(try gate(shares).showsOwnSums == false)
    }

    @Test(arguments: PrivacyGate.Action.allCases)
    func `an action that is named is taken, whatever the masks`(action: PrivacyGate.Action) throws {
        let named = "privacy: {l-diversity: 7.5, on-violation: \(action.rawValue)}"
        for protection in ["", "\nconsensus: {protection: {masks: false}}"] {
            let gate = try gate(named + protection)
            #expect(gate.action == action)
            #expect(gate.required == 7.5)
        }
    }
}
