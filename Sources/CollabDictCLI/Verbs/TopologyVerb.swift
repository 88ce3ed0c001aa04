import ArgumentParser

/// `collabdict topology`.
struct TopologyVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topology", abstract: "Make a graph, or report what it costs to agree on it.",
        subcommands: [TopologyGenerateVerb.self, TopologyInspectVerb.self])
}
