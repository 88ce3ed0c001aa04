import Agreement
import ArgumentParser
import Learning
import Privacy
import Simulator

/// `collabdict privacy`.
struct PrivacyVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "privacy",
        abstract: "How well sums hide single rows: l-diversity per pattern, noise, budget, audit.",
        discussion: """
            Rows behind a sum are exp of the entropy of g = r/N (the minimum over patterns is the alarm, the maximum \
            is where the paper looks), Kish's N²/Σr², and the largest share of one row. Exit 3 if the daemon is not \
            running.
            """)
    static let schemaName = "privacy"

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func perform() async throws -> Answer? {
        let data = try await daemonData(try daemon.client(), route: "/v1/privacy")
        return Answer(data: data, text: PrivacyLines.text(of: data))
    }
}

/// Figures of privacy for people, and those of a simulation for programs.
enum PrivacyLines {
    /// The answer of a daemon.
    static func text(of data: CanonicalValue) -> String {
        func decimal(_ key: String) -> String { Figure.decimal(data[key]?.double, places: 1) }
        let paper = data["paper"]
        var lines = [
            "round        \(data["round"]?.whole ?? 0), \(data["stage"]?.string ?? "–")",
            "gate         \(data["gate"]?.string ?? "–") (on violation: \(data["action"]?.string ?? "–"))",
            "own sums     \(decimal("lDiversityMin")) rows at least, \(decimal("lDiversityMax")) at most; "
                + "\(decimal("required")) asked for",
            "by Kish      \(decimal("effectiveRowsMin")) rows at least; largest share of one row "
                + Figure.decimal(data["largestShare"]?.double, places: 3),
            "paper        \(Figure.decimal(paper?["asPrinted"]?.double, places: 1)) as printed, "
                + "\(Figure.decimal(paper?["correctedCentres"]?.double, places: 1)) with its centres corrected (Eq. 47–48)",
            "agreed sums  \(decimal("networkRowsMin")) rows at least, \(decimal("networkRowsMax")) at most (Kish)",
            "visible      \(data["visible"]?.string ?? "–")",
            "noise        \(data["noiseEvents"]?.whole ?? 0) rounds (no guarantee), patterns left out in "
                + "\(data["suppressions"]?.whole ?? 0)",
            "budget       \(budget(data["budget"]))",
        ]
        lines += [data["verdict"], data["audit"], data["statement"]].compactMap { $0?.string }
        let patterns = data["patterns"]?.items ?? []
        guard !patterns.isEmpty else { return lines.joined(separator: "\n") }
        return lines.joined(separator: "\n") + "\n\n" + table(patterns, agreed: data["network"]?.items ?? [])
    }

    private static func budget(_ budget: CanonicalValue?) -> String {
        guard let budget else { return "none: no differential privacy" }
        return
            "ε \(Figure.decimal(budget["spent"]?.double)) of \(Figure.decimal(budget["epsilon"]?.double)) at δ "
            + "\(Figure.power(budget["delta"]?.double)), unit \(budget["unit"]?.string ?? "–")"
    }

    /// The own patterns with the agreed ones beside them.
    private static func table(_ patterns: [CanonicalValue], agreed: [CanonicalValue]) -> String {
        var table = TextTable([
            ("model", .left), ("pattern", .right), ("own rows", .right), ("ℓ", .right), ("Kish", .right),
            ("largest", .right), ("network Kish", .right), ("", .left),
        ])
        for line in patterns {
            let twin = agreed.first {
                $0["model"]?.string == line["model"]?.string && $0["pattern"]?.whole == line["pattern"]?.whole
            }
            let isShort = line["short"] == .bool(true)
            let notes = [
                line["active"] == .bool(true) ? nil : "faint", isShort ? "short" : nil,
                line["treated"] == .bool(true) ? "treated" : nil,
            ]
            table.append([
                line["model"]?.string ?? "–", "\(line["pattern"]?.whole ?? 0)",
                Figure.significant(line["rows"]?.double),
                Figure.decimal(line["lDiversity"]?.double, places: 1),
                Figure.decimal(line["effectiveRows"]?.double, places: 1),
                Figure.decimal(line["largestShare"]?.double, places: 3),
                Figure.decimal(twin?["effectiveRows"]?.double, places: 1),
                notes.compactMap { $0 }.joined(separator: ", "),
            ])
        }
        return table.text
    }

    /// `privacy` of a simulation.
    static func value(of report: SimulationReport) -> CanonicalValue {
        let privacies = report.outcome.privacies
        return .object([
            ("lDiversityMin", .finite(report.lDiversityMinimum)),
            ("lDiversityMax", .finite(report.lDiversityMaximum)),
            ("networkRowsMin", .finite(privacies.compactMap { $0.network?.minimum }.min())),
            ("noiseEvents", .integer((privacies.map(\.noiseEventCount).max() ?? 0) + report.noiseEvents)),
            ("suppressions", .integer(privacies.map(\.suppressionCount).max() ?? 0)),
            ("budget", report.budget.map(value) ?? .null),
        ])
    }

    private static func value(_ budget: PrivacyBudget) -> CanonicalValue {
        .object([
            ("epsilon", .number(budget.epsilon)), ("delta", .number(budget.delta)),
            ("spent", .number(budget.spent)), ("unit", .text(budget.unit)),
        ])
    }

    /// What the gates of a simulation did, in a phrase.
    static func gate(of report: SimulationReport) -> String {
        let privacies = report.outcome.privacies
        let noised = privacies.count { $0.noiseEventCount > 0 }
        let suppressed = privacies.count { $0.suppressionCount > 0 }
        let network = Figure.decimal(privacies.compactMap { $0.network?.minimum }.min(), places: 1)
        let treated =
            (noised > 0 ? ["\(noised) participants added noise"] : [])
            + (suppressed > 0 ? ["\(suppressed) left patterns out"] : [])
        return (["\(network) in the network's sums"] + treated).joined(separator: ", ")
    }
}
