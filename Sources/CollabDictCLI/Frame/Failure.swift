import Agreement

/// An error as a person or a program is told of it: what is wrong and where, and the next step.
struct Failure: Error, Equatable {
    let status: ExitStatus
    /// One word for programs: `PEER_UNREACHABLE`.
    let code: String
    /// Names the value and the place; no full stop at the end.
    let message: String
    /// The next step, one sentence.
    let fix: String

    /// The answer of `--json`.
    func envelope(schema: String) -> CanonicalValue {
        .object([
            ("schema", .text(schema)), ("ok", .bool(false)), ("exitCode", .integer(Int(status.rawValue))),
            (
                "error",
                .object([("code", .text(code)), ("message", .text(message)), ("fix", .text(fix))])
            ),
        ])
    }

    /// The lines on standard error.
    var text: String { fix.isEmpty ? "error: \(message)" : "error: \(message)\n  fix: \(fix)" }

    /// A mistake on the command line that the parser cannot see.
    static func usage(_ message: String, fix: String) -> Failure {
        Failure(status: .usage, code: "USAGE", message: message, fix: fix)
    }

    /// Rows or a file of rows that cannot be used.
    static func data(_ message: String, fix: String, code: String = "DATA") -> Failure {
        Failure(status: .data, code: code, message: message, fix: fix)
    }
}

/// A verb has told of its failure in its own form; only the exit code is left.
struct ReportedFailure: Error {
    let status: ExitStatus
}
