import Agreement
import Privacy

/// An audit in the keys of docs/interface.md, and for people.
struct AuditReport {
    /// One choice of coalitions, as things are and without masks; nil where that was not computed.
    private struct Line {
        let size: Int
        let inForce: CoalitionSurvey?
        let withoutMasks: CoalitionSurvey?
    }

    private let audit: LeakageAudit
    private let members: NetworkMembers
    private let lines: [Line]
    private let statement: LeakageStatement
    private let verdict: CoalitionVerdict
    private let open: CoalitionVerdict?
    /// What an attempt that loses a member tells the coalition.
    private let loss: LossLines
    /// The smallest posterior variance; nil where not computed.
    private let variance: Double?
    /// The Rényi divergence of order 2 per entry; nil without masks.
    private let divergence: Double?

    /// - Parameter coalition: ascending; nil tries singles, pairs and larger groups.
    /// - Throws: ``Failure`` if nothing can be computed at this size.
    init(audit: LeakageAudit, members: NetworkMembers, coalition: [Int]?) throws(Failure) {
        self.audit = audit
        self.members = members
        let count = members.names.count
        let statement = LeakageStatement(audit: audit)
        self.statement = statement
        // Singles, pairs, and a third and half of the network.
        var sizes: [Int] = []
        // With Shamir's shares also those that just do and just do not learn more.
        let turn = audit.shamirThreshold.map { [$0, $0 + 1] } ?? []
        for size in ([1, 2, count / 3, count / 2] + turn).sorted()
        where coalition == nil && size > sizes.last ?? 0 && size < count {
            sizes.append(size)
        }
        lines = sizes.map { size in
            guard size > 1 else {
                return Line(size: 1, inForce: statement.inForce, withoutMasks: statement.withoutMasks)
            }
            let open = audit.unmaskedSurvey(.ofSize(size))
            return Line(
                size: size, inForce: audit.isProtected ? audit.survey(.ofSize(size)) : open,
                withoutMasks: open)
        }
        guard let verdict = coalition.map({ audit.verdict(of: $0) }) ?? statement.inForce?.worst else {
            throw Failure(
                status: .failure, code: "TOO_LARGE",
                message: "unmasked sessions of \(count) participants are not audited",
                fix: "Use at most \(LeakageAudit.exactMemberLimit) participants, or turn masks on.")
        }
        self.verdict = verdict
        loss = LossLines(audit: audit, coalition: verdict.coalition)
        let strength = audit.maskStrength(against: verdict.coalition)
        divergence = strength?.renyiDivergence(order: 2)
        variance =
            audit.maskGraph == nil
            ? audit.posteriorVariance(against: verdict.coalition) : strength?.smallestPosteriorVariance
        open = audit.isProtected ? audit.unmaskedVerdict(of: verdict.coalition) : nil
    }

    private func names(_ places: [Int]) -> [String] { places.map { members.names[$0] } }

    private func list(_ places: [Int]) -> CanonicalValue { .list(names(places).map(CanonicalValue.text)) }

    // MARK: - JSON

    /// The keys of docs/interface.md.
    var value: CanonicalValue {
        let size = verdict.coalition.count
        return .object([
            ("coalition", list(verdict.coalition)), ("sessions", .integer(audit.sessionCount)),
            ("masks", .bool(audit.maskGraph != nil)),
            ("shamirThreshold", .optional(audit.shamirThreshold)), ("exposed", list(verdict.exposed)),
            ("breachProbability", .finite(audit.breachProbability(coalitionSize: size))),
            ("rankDeficit", .integer(verdict.rankDeficit)),
            ("posteriorVariance", .finite(variance)),
            ("renyiDivergence", .finite(divergence)),
            ("firstMessageProbability", .finite(audit.firstMessageProbability(coalitionSize: size))),
            ("groups", .list(verdict.groups.map(list))), ("withoutMasks", open.map(value) ?? .null),
            ("abortedAttempt", loss.value(names: members.names)),
            ("surveys", .list(lines.map(value))), ("verdict", .text(statement.sentences)),
        ])
    }

    private func value(_ verdict: CoalitionVerdict) -> CanonicalValue {
        .object([
            ("exposed", list(verdict.exposed)), ("rankDeficit", .integer(verdict.rankDeficit)),
            ("fullRankStep", .optional(verdict.fullRankStep)),
        ])
    }

    private func value(_ line: Line) -> CanonicalValue {
        .object([
            ("size", .integer(line.size)), ("inForce", line.inForce.map(value) ?? .null),
            ("withoutMasks", line.withoutMasks.map(value) ?? .null),
        ])
    }

    private func value(_ survey: CoalitionSurvey) -> CanonicalValue {
        .object([
            ("audited", .integer(survey.audited)), ("all", .bool(survey.isExhaustive)),
            ("exposing", .integer(survey.exposing)), ("meanExposed", .finite(survey.meanExposed)),
            ("worstCoalition", list(survey.worst.coalition)),
            ("worstExposed", .integer(survey.worst.exposed.count)),
        ])
    }

    // MARK: - Text

    /// The same for people.
    var text: String {
        var parts = [statement.sentences]
        if !lines.isEmpty { parts.append(table) }
        parts.append(figures.joined(separator: "\n"))
        return parts.joined(separator: "\n\n")
    }

    private var table: String {
        var table = TextTable([
            ("who is curious", .left), ("recovers as agreed", .left),
            (audit.shamirThreshold == nil ? "recovers without masks" : "recovers without shares", .left),
        ])
        for line in lines {
            let who = line.size == 1 ? "one participant" : "\(line.size) together"
            table.append([
                who, cell(line.inForce, size: line.size), cell(line.withoutMasks, size: line.size),
            ])
        }
        return table.text
    }

    private func cell(_ survey: CoalitionSurvey?, size: Int) -> String {
        guard let survey else { return "not computed at this size" }
        let tried = survey.isExhaustive ? "all \(survey.audited) tried" : "\(survey.audited) sampled"
        let most = survey.worst.exposed.count
        guard most > 0 else { return "nobody (\(tried))" }
        let others = members.names.count - size
        if survey.meanExposed == Double(most) { return "\(most) of \(others) (\(tried))" }
        return "up to \(most) of \(others) (\(tried), \(survey.exposing) recover somebody)"
    }

    private var figures: [String] {
        let size = verdict.coalition.count
        let others = members.names.count - size
        let exposed = verdict.exposed.isEmpty ? "nobody" : Self.shortened(names(verdict.exposed))
        var lines = [
            "coalition      \(Self.shortened(names(verdict.coalition))), \(audit.sessionCount) sessions recorded",
            "exposed        \(verdict.exposed.count) of \(others): \(exposed)",
            "unknown to it  \(verdict.rankDeficit) independent combinations of the vectors of all",
        ]
        if verdict.groups.count > 1 {
            lines.append("learns         the sums of \(verdict.groups.count) groups of the others")
        }
        lines.append(
            "in doubles     the best-known value keeps \(variance.map(Self.share) ?? "(not computed)") of its variance"
        )
        if let divergence {
            lines.append(
                "masks          Rényi divergence of order 2: \(Figure.power(divergence)) an entry, for a change by its range"
            )
        }
        let first = Figure.power(audit.firstMessageProbability(coalitionSize: size))
        lines.append(
            "first message  without masks a given peer is breached by the first message alone with probability "
                + "\(first): a lower bound, for those who do not record")
        lines.append("lost member    \(loss.text)")
        lines.append(
            "rosters        if one participant leaves or joins between rounds, two sums expose that one; no mask helps"
        )
        return lines
    }

    /// A fraction in per cent, small ones as a power of ten.
    private static func share(_ fraction: Double) -> String {
        fraction < 1e-3 ? Figure.power(fraction) : "\(Figure.decimal(100 * fraction, places: 1)) %"
    }

    private static func shortened(_ names: [String]) -> String {
        names.count <= 8
            ? names.joined(separator: ", ")
            : names.prefix(6).joined(separator: ", ") + " and \(names.count - 6) more"
    }
}
