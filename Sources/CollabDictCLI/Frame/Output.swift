import Foundation

/// The process's two streams: data on standard output, messages on standard error.
enum Output {
    /// Writes one line of data at once, so that a reader of a pipe sees it.
    static func line(_ text: String) {
        write(text + "\n", to: FileHandle.standardOutput)
    }

    /// Writes bytes of data as they are.
    static func bytes(_ bytes: [UInt8]) {
        write(Data(bytes), to: FileHandle.standardOutput)
    }

    /// Writes one line for the person at the terminal.
    static func message(_ text: String) {
        write(text + "\n", to: FileHandle.standardError)
    }

    /// Writes text for the terminal without a newline.
    static func terminal(_ text: String) {
        write(text, to: FileHandle.standardError)
    }

    private static func write(_ text: String, to stream: FileHandle) {
        write(Data(text.utf8), to: stream)
    }

    /// A reader that has gone away ends the process by SIGPIPE; any other failure leaves nobody to tell.
    private static func write(_ data: Data, to stream: FileHandle) {
        try? stream.write(contentsOf: data)
    }
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
