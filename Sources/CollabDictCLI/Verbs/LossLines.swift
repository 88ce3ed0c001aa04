import Agreement
import Privacy

/// What an attempt that is given up, and one that runs again without the lost member, tell a coalition together.
struct LossLines {
    private let inForce: LossAudit.Finding?
    private let withoutSelfMasks: LossAudit.Finding?
    /// The fewest colluders that could open a self seed; nil without self masks.
    private let opening: Int?
    private let isMasked: Bool
    private let hasAudit: Bool

    /// - Parameter coalition: places in the roster, ascending.
    init(audit: LeakageAudit, coalition: [Int]) {
        inForce = audit.loss?.finding(for: coalition)
        opening = audit.loss?.smallestOpeningCoalition
        withoutSelfMasks = opening == nil ? nil : audit.loss?.finding(for: coalition, hasSelfMasks: false)
        isMasked = audit.maskGraph != nil
        hasAudit = audit.loss != nil
    }

    /// The JSON object `abortedAttempt`; null where nothing was computed.
    func value(names: [String]) -> CanonicalValue {
        guard let inForce else { return .null }
        func list(_ finding: LossAudit.Finding) -> CanonicalValue {
            .list(finding.exposed.map { .text(names[$0]) })
        }
        return .object([
            ("lossesTried", .integer(inForce.tried)), ("selfMasks", .bool(opening != nil)),
            ("sharesToOpen", .optional(opening)), ("exposed", list(inForce)),
            ("exposedWithoutSelfMasks", withoutSelfMasks.map(list) ?? .null),
        ])
    }

    /// One sentence.
    var text: String {
        let attempt = "an attempt given up at a loss and run again without the lost member"
        guard let inForce else {
            return hasAudit
                ? "\(attempt): not computed at this size"
                : "no smaller roster can run, so no attempt loses one"
        }
        guard isMasked else {
            return
                "\(attempt) exposes \(inForce.exposed.count) of \(inForce.tried) participants tried: nothing is masked"
        }
        let lost = "the lost one's own values"
        let open = "(\(inForce.exposed.count) exposed in \(inForce.tried) losses tried)"
        guard let opening else { return "\(attempt) exposes \(lost); self masks would prevent it \(open)" }
        let bare = withoutSelfMasks.map { $0.exposed.isEmpty ? "nothing" : lost } ?? lost
        return inForce.exposed.isEmpty
            ? "\(attempt) tells nothing more: self masks stay sealed below \(opening) colluders; without them, \(bare)"
            : "\(attempt) exposes \(lost): this coalition has the \(opening) shares that open self masks \(open)"
    }
}
