import ArgumentParser

/// `collabdict network`.
struct NetworkVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network", abstract: "Make, verify or print an agreement.",
        subcommands: [NetworkNewVerb.self, NetworkCheckVerb.self, NetworkShowVerb.self])
}
