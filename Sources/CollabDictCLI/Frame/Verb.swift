import Agreement
import ArgumentParser

/// One verb of the command line that reports: the same figures as text or as JSON.
protocol Verb: AsyncParsableCommand {
    /// What stands in `collabdict.<verb>/1`.
    static var schemaName: String { get }

    /// Whether `--json` was given.
    var wantsJSON: Bool { get }

    /// Does the work.
    ///
    /// - Returns: what to print; nil where everything has been printed on the way.
    /// - Throws: ``Failure``, or any error that `Failure.init(explaining:)` knows.
    func perform() async throws -> Answer?
}

extension Verb {
    /// `collabdict.simulate/1`.
    static var schema: String { "collabdict.\(schemaName)/1" }

    mutating func run() async throws {
        guard let answer = try await perform() else { return }
        try Output.line(wantsJSON ? answer.envelope(schema: Self.schema).canonicalForm : answer.text)
    }
}

/// The flag that most verbs share.
struct JSONOption: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print one JSON object instead of text.")
    var wantsJSON = false
}

/// `--set`, repeatable.
struct SettingOptions: ParsableArguments {
    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "Lay a value over the file's; repeatable.",
            discussion: "A dotted key and a YAML value, such as consensus.protection.masks=false.",
            valueName: "key=value"))
    var settings: [String] = []

    /// The settings, split at the first `=`.
    ///
    /// - Throws: `ConfigurationProblems`.
    func overrides() throws -> [SettingOverride] {
        try settings.map { try SettingOverride(argument: $0) }
    }
}
