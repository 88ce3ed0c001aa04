/// The audit's verdict in plain words, for a start-up log and for the command line.
package struct LeakageStatement: Sendable, Equatable {
    /// Members of the roster.
    package let memberCount: Int
    /// What one curious peer learns as things are; nil where that was not computed.
    package let inForce: CoalitionSurvey?
    /// What it would learn without masks; nil where that was not computed.
    package let withoutMasks: CoalitionSurvey?
    /// Whether masks or shares are on.
    package let isMasked: Bool
    /// Of Shamir's shares; nil without.
    package let shamirThreshold: Int?

    /// - Parameter effort: roughly the operations to spend, half a second a hundred million.
    package init(audit: LeakageAudit, effort: Int = LeakageAudit.defaultEffort) {
        memberCount = audit.memberCount
        isMasked = audit.isProtected
        shamirThreshold = audit.shamirThreshold
        withoutMasks = audit.unmaskedSurvey(.ofSize(1), effort: effort)
        inForce = isMasked ? audit.survey(.ofSize(1), effort: effort) : withoutMasks
    }

    /// One line: `with masks nobody (only the sum of the other 30); without masks 30 of 30`.
    package var brief: String {
        let others = memberCount - 1
        let open =
            withoutMasks.map { "\(upTo($0))\($0.worst.exposed.count) of \(others)" }
            ?? "not computed at this size"
        guard isMasked, let inForce else { return "masks are off: \(open)" }
        if let shamirThreshold {
            return "with Shamir's shares \(masked(inForce)), up to \(shamirThreshold) together likewise, "
                + "\(shamirThreshold + 1) together everybody's own values; without shares \(open)"
        }
        return "with masks \(masked(inForce)); without masks \(open)"
    }

    /// Two or three sentences.
    package var sentences: String {
        let others = memberCount - 1
        let repeated = "Sums repeated over rounds are not differential privacy."
        let open = withoutMasks.map { survey in
            let count = survey.worst.exposed.count
            return count == 0
                ? "recover nobody's own values"
                : "recover the values of \(upTo(survey))\(count) of the \(others) others"
        }
        guard isMasked, let inForce else {
            let what = open ?? "probably recover the others' values (not computed at this size)"
            return """
                Masks are off: one curious peer that records a session can \(what); random chunks and relabelling do \
                not prevent it. \(repeated)
                """
        }
        if let shamirThreshold {
            let without = open.map { " Without shares one could \($0)." } ?? ""
            return """
                Up to \(shamirThreshold) curious peers together learn nobody's own values, only the sum of the others; \
                \(shamirThreshold + 1) or more together recover everybody's own values, from an attempt that was given \
                up as well.\(without) \(repeated)
                """
        }
        let without = open.map { " Without masks it could \($0)." } ?? ""
        return "One curious peer learns \(masked(inForce)).\(without) \(repeated)"
    }

    private func upTo(_ survey: CoalitionSurvey) -> String {
        survey.worst.exposed.isEmpty || survey.meanExposed == Double(survey.worst.exposed.count)
            ? "" : "up to "
    }

    private func masked(_ survey: CoalitionSurvey) -> String {
        let others = memberCount - 1
        let worst = survey.worst
        if !worst.exposed.isEmpty {
            return others == 1
                ? "the other one's values (two participants cannot hide from each other)"
                : "the own values of \(upTo(survey))\(worst.exposed.count) of the \(others) others"
        }
        return worst.groups.count == 1
            ? "nobody's own values, only the sum of the other \(others)"
            : "nobody's own values, only the sums of \(worst.groups.count) groups of the other \(others)"
    }
}
