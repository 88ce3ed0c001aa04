import Agreement
import Consensus
import Learning
import Logging
import Privacy

extension PeerNode {
    /// Operations that the audit at start may take: some tenths of a second.
    private static let auditEffort = 100_000_000

    /// Says what the other participants can learn under the agreement in force (protocol.md §4).
    static func announceLeakage(_ settings: LearningSettings, _ logger: Logger) -> LeakageStatement? {
        // An agreement under which no sum can be planned is refused elsewhere, with its reason.
        guard let audit = try? settings.aggregation.leakageAudit(roster: settings.roster) else { return nil }
        let statement = LeakageStatement(audit: audit, effort: auditEffort)
        logger.notice("what the others can learn", metadata: ["audit": "\(statement.sentences)"])
        return statement
    }
}
