import Agreement
import ArgumentParser
import Topology

extension GraphFamily: ExpressibleByArgument {}

/// `collabdict topology generate`.
struct TopologyGenerateVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Make a graph and write it as a topology file with explicit edges."
    )
    static let schemaName = "topology"

    @Argument(help: "The file to make; standard output when left out.") var file: String?
    @Option(help: "The family.") var family = GraphFamily.randomRegular
    @Option(help: "Vertices of the graph.") var participants: Int
    @Option(help: "Links a participant, for random-regular.") var degree = GraphRecipe.defaultDegree
    @Option(help: "Seed of the draw, for random-regular.") var seed: UInt64 = 1
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func validate() throws {
        guard (2...10_000).contains(participants) else {
            throw ValidationError("The value '\(participants)' is invalid for '--participants': 2 to 10000.")
        }
        guard (1...64).contains(degree) else {
            throw ValidationError("The value '\(degree)' is invalid for '--degree': 1 to 64.")
        }
    }

    func perform() async throws -> Answer? {
        let recipe = GraphRecipe(family: family, degree: degree, seed: seed)
        let built = try recipe.build(vertexCount: participants)
        let inForce = built.family ?? family
        if built.isSubstitute {
            Output.message(
                "\(family.rawValue) does not exist at \(participants) participants; this is \(inForce.rawValue)"
            )
        }
        let edges = built.graph.edges
        let listed = edges.map { "[\($0.low), \($0.high)]" }.joined(separator: ", ")
        let text = """
            # \(inForce.rawValue) of \(participants) participants: \(edges.count) edges.
            topology:
              edges: [\(listed)]
            simulation:
              participants: \(participants)
            """
        if let file { try FileText.create(text + "\n", at: file) }
        let pairs = edges.map { CanonicalValue.list([.integer($0.low), .integer($0.high)]) }
        return Answer(
            data: .object([
                ("family", .text(inForce.rawValue)), ("participants", .integer(participants)),
                ("edges", .list(pairs)),
            ]), text: file.map { "wrote \($0): \(edges.count) edges" } ?? text)
    }
}
