import Agreement
import ArgumentParser
import Foundation

/// The process: reads the command line, runs a verb, renders what went wrong, and exits.
@main enum CollabDictProgram {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            var command = try RootCommand.parseAsRoot(arguments)
            if var verb = command as? any AsyncParsableCommand {
                try await verb.run()
            } else {
                try command.run()
            }
        } catch {
            exit(report(error, arguments: arguments).rawValue)
        }
    }

    /// Tells of an error in the form that the caller asked for; of standard output that takes nothing, in one line.
    private static func report(_ error: any Error, arguments: [String]) -> ExitStatus {
        do throws(OutputError) {
            if let lost = error as? OutputError { throw lost }
            return try tell(error, arguments: arguments)
        } catch {
            Output.message("error: standard output cannot be written: \(Failure.systemText(error.code))")
            return .failure
        }
    }

    private static func tell(_ error: any Error, arguments: [String]) throws(OutputError) -> ExitStatus {
        if let reported = error as? ReportedFailure { return reported.status }
        guard RootCommand.exitCode(for: error) != .success else {
            // A request for help, the version or a completion script.
            try Output.line(RootCommand.fullMessage(for: error))
            return .success
        }
        let failure: Failure
        if let known = Failure(explaining: error) {
            failure = known
        } else if isUsage(error) {
            guard arguments.contains("--json") else {
                Output.message(
                    RootCommand.fullMessage(for: error).replacing(
                        "Error: ", with: "error: ", maxReplacements: 1))
                return .usage
            }
            failure = .usage(RootCommand.message(for: error), fix: "Run collabdict help.")
        } else {
            failure = Failure(
                status: .failure, code: "INTERNAL", message: "\(error)",
                fix: "This should not happen; please report it with the command that caused it.")
        }
        if arguments.contains("--json") {
            let verb = arguments.prefix { !$0.hasPrefix("-") }.first ?? "collabdict"
            try Output.line(failure.envelope(schema: "collabdict.\(verb)/1").canonicalForm)
        } else {
            Output.message(failure.text)
        }
        return failure.status
    }

    private static func isUsage(_ error: any Error) -> Bool {
        RootCommand.exitCode(for: error) == .validationFailure
    }
}
