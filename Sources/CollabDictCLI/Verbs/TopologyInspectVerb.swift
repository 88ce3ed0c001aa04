import Agreement
import ArgumentParser
import Topology

/// `collabdict topology inspect`.
struct TopologyInspectVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Spectrum, diameter, and what each method of adding up costs and leaks.",
        discussion: """
            FILE is an agreement or a topology file. The table of methods shows the steps that a session plans, which are more \
            than those to the tolerance alone.
            """)
    static let schemaName = "topology"

    @Argument(help: "An agreement or a topology file.") var file: String
    @OptionGroup var settings: SettingOptions
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON }

    func perform() async throws -> Answer? {
        let network = try NetworkFile(file: file, overrides: try settings.overrides())
        let recipe = network.settings.topology
        let built = try recipe.build(vertexCount: network.participantCount)
        let spectrum = try Spectrum(of: built.graph)
        let figures = GraphFigures(
            built: built, spectrum: spectrum, tolerance: network.settings.consensus.tolerance)
        let members = try NetworkMembers(network)
        let methods = try MethodTable(
            members, vectorCount: network.settings.vectorCount(columnCount: members.columnCount))
        return Answer(
            data: figures.value(methods: methods),
            text: "\(figures.text)\n\n\(methods.text(inForce: network.settings.consensus))")
    }
}

extension NetworkFile {
    /// Participants that the graph has a vertex for.
    fileprivate var participantCount: Int {
        switch self {
        case .agreement(let agreement): agreement.participants.count
        case .topology(let file):
            file.simulation.participantCount ?? SimulationSettings.defaultParticipantCount
        }
    }
}

/// The figures of one graph.
struct GraphFigures {
    let built: GraphRecipe.Built
    let spectrum: Spectrum
    let tolerance: Double

    /// Steps of an exact sum: recursive doubling with fold, flooding along explicit edges.
    private var exactSteps: Int {
        if built.family == nil { return built.graph.diameter ?? 0 }
        return FoldSchedule(size: built.graph.vertexCount).stepCount
    }

    private func steps(_ weights: MixingWeights) -> Int? {
        stepsTo(tolerance: tolerance, weights: weights, graph: built.graph, spectrum: spectrum)
    }

    /// The keys of docs/interface.md.
    func value(methods: MethodTable) -> CanonicalValue {
        let graph = built.graph
        return .object([
            ("family", .text(built.family?.rawValue ?? "edges")),
            ("participants", .integer(graph.vertexCount)),
            ("edges", .integer(graph.edges.count)), ("degreeMin", .integer(graph.smallestDegree)),
            ("degreeMax", .integer(graph.largestDegree)), ("diameter", .optional(graph.diameter)),
            ("lambda2", .finite(spectrum.lambda2)), ("lambdaMax", .finite(spectrum.lambdaMax)),
            (
                "stepsTo",
                .object([
                    ("tolerance", .finite(tolerance)), ("paper", .optional(steps(.paper))),
                    ("maxDegree", .optional(steps(.maxDegree))), ("optimal", .optional(steps(.optimal))),
                    ("chebyshev", .optional(steps(.chebyshev))), ("finite", .optional(steps(.finite))),
                    ("exact", .integer(exactSteps)),
                ])
            ), ("methods", methods.value),
        ])
    }

    /// The same for people.
    var text: String {
        let graph = built.graph
        let toTolerance =
            MixingWeights.allCases.map { "\($0.rawValue) \(steps($0).map(String.init) ?? "-")" } + [
                "exact \(exactSteps)"
            ]
        return """
            family        \(built.family?.rawValue ?? "explicit edges")\(built.isSubstitute ? " (takes the place of the one in the file)" : "")
            participants  \(graph.vertexCount)
            edges         \(graph.edges.count), degree \(graph.smallestDegree) to \(graph.largestDegree)
            diameter      \(graph.diameter.map(String.init) ?? "not connected")
            spectrum      λ2 \(Figure.decimal(spectrum.lambda2, places: 4)), λmax \(Figure.decimal(spectrum.lambdaMax, places: 4))
            steps to \(Figure.power(tolerance))  \(toTolerance.joined(separator: ", "))
            """
    }
}
