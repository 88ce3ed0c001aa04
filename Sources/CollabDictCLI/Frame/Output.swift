import Foundation

/// The process's two streams: data on standard output, messages on standard error.
enum Output {
    /// Writes one line of data at once, so that a reader of a pipe sees it.
    ///
    /// - Throws: ``OutputError``.
    static func line(_ text: String) throws(OutputError) {
        try bytes(Array((text + "\n").utf8))
    }

    /// Writes bytes of data as they are. A reader that has gone away ends the process by SIGPIPE.
    ///
    /// - Throws: ``OutputError``.
    static func bytes(_ bytes: [UInt8]) throws(OutputError) {
        let code = ByteSink.put(bytes, into: STDOUT_FILENO)
        guard code == 0 else { throw OutputError(code: code) }
    }

    /// Writes one line for the person at the terminal.
    static func message(_ text: String) {
        terminal(text + "\n")
    }

    /// Writes text for the terminal without a newline; where that fails, nobody is left to be told.
    static func terminal(_ text: String) {
        _ = ByteSink.put(Array(text.utf8), into: STDERR_FILENO)
    }
}

/// Standard output takes no more.
struct OutputError: Error {
    /// The `errno` value.
    let code: Int32
}

/// What the terminal can do.
enum Terminal {
    /// Whether a person watches standard error.
    static var showsProgress: Bool { isatty(2) == 1 && !isDumb }

    /// Whether standard output takes colours: a terminal, and nobody said `NO_COLOR`.
    static var isColoured: Bool {
        isatty(1) == 1 && !isDumb && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Whether standard output is a terminal that can be drawn over.
    static var isInteractive: Bool { isatty(1) == 1 && !isDumb }

    /// The text in bold on a terminal with colours.
    static func bold(_ text: String) -> String { isColoured ? "\u{1b}[1m\(text)\u{1b}[0m" : text }

    private static var isDumb: Bool { ProcessInfo.processInfo.environment["TERM"] == "dumb" }
}
