import ArgumentParser

/// `collabdict completion SHELL`.
struct CompletionVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a completion script for a shell.",
        discussion:
            "For bash: collabdict completion bash > ~/.local/share/bash-completion/completions/collabdict")

    /// The shells there are scripts for.
    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    @Argument(help: "bash, zsh or fish.") var shell: Shell

    mutating func run() async throws {
        let known: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        try Output.line(RootCommand.completionScript(for: known))
    }
}
