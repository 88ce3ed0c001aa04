import Agreement
import ArgumentParser

/// `collabdict doctor`.
struct DoctorVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check everything that the daemon needs: PASSED, or the problem and its fix.",
        discussion:
            "Files, permissions, key, state folder, database, rows, ports, the other participants, limits. Nothing is changed, and no clock is looked at. The exit code is that of the first problem."
    )
    static let schemaName = "doctor"

    @OptionGroup var daemon: DaemonOptions
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func perform() async throws -> Answer? {
        let checkup = await Checkup.run(configurationPath: daemon.configurationPath ?? "peer.yaml")
        guard let first = checkup.findings.lazy.compactMap(\.problem).first else {
            return Answer(data: checkup.data, text: checkup.text)
        }
        if wantsJSON {
            guard case .object(let entries) = first.envelope(schema: Self.schema) else { return nil }
            try Output.line(CanonicalValue.object(entries + [("data", checkup.data)]).canonicalForm)
        } else {
            try Output.line(checkup.text)
        }
        throw ReportedFailure(status: first.status)
    }
}

/// What `doctor` found, in the order it looked.
struct Checkup {
    /// One thing looked at.
    struct Finding {
        /// A word for it: `key`, `rows`.
        let subject: String
        /// What was found; the problem's own words where there is one.
        let message: String
        /// Nil where all is well.
        let problem: Failure?
    }

    private(set) var findings: [Finding] = []

    /// All is well with this.
    mutating func pass(_ subject: String, _ message: String) {
        findings.append(Finding(subject: subject, message: message, problem: nil))
    }

    /// Something is wrong with this.
    mutating func fail(_ subject: String, _ problem: Failure) {
        findings.append(Finding(subject: subject, message: problem.message, problem: problem))
    }

    /// Looks at something.
    ///
    /// - Parameter look: what it returns is in the message; what it throws is the problem.
    /// - Returns: nil where it threw.
    mutating func look<Found>(
        _ subject: String, at look: () async throws -> (Found, String)
    ) async -> Found? {
        do {
            let (found, message) = try await look()
            pass(subject, message)
            return found
        } catch {
            fail(
                subject,
                Failure(explaining: error)
                    ?? Failure(status: .failure, code: "INTERNAL", message: "\(error)", fix: ""))
            return nil
        }
    }

    /// `checks` as `doctor --json` has them.
    var data: CanonicalValue {
        .object([
            (
                "checks",
                .list(
                    findings.map { finding in
                        .object([
                            ("subject", .text(finding.subject)), ("passed", .bool(finding.problem == nil)),
                            ("message", .text(finding.message)), ("fix", .optional(finding.problem?.fix)),
                        ])
                    })
            ), ("passed", .bool(findings.allSatisfy { $0.problem == nil })),
        ])
    }

    /// One line a finding, a second one for a fix.
    var text: String {
        let width = findings.map(\.subject.count).max() ?? 0
        return findings.map { finding in
            let subject = finding.subject + String(repeating: " ", count: width - finding.subject.count)
            guard let problem = finding.problem else { return "PASSED   \(subject)  \(finding.message)" }
            let margin = String(repeating: " ", count: 9 + width + 2)
            let lines =
                ["PROBLEM  \(subject)  \(finding.message)"]
                + (problem.fix.isEmpty ? [] : [margin + "fix: " + problem.fix])
            return lines.joined(separator: "\n").replacing("\nerror: ", with: "\n\(margin)")
                .replacing("\n  fix: ", with: "\n\(margin)     ")
        }.joined(separator: "\n")
    }
}
