import Agreement
import ArgumentParser
import Privacy
import Topology

/// `collabdict topology inspect`.
struct TopologyInspectVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Spectrum, diameter and steps to tolerance for each kind of weights.",
        discussion: "FILE is an agreement or a topology file. Steps are those without masks.")
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
        guard !wantsJSON else { return Answer(data: figures.value, text: "") }
        return Answer(data: figures.value, text: "\(figures.text)\n\n\(try Self.leakage(network))")
    }
}

extension TopologyInspectVerb {
    /// What one curious peer recovers, with and without masks.
    private static func leakage(_ network: NetworkFile) throws -> String {
        let members = try NetworkMembers(network)
        let audit = try members.aggregation.leakageAudit(roster: members.roster)
        return "one curious peer recovers: \(LeakageStatement(audit: audit, effort: 100_000_000).brief)"
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
    var value: CanonicalValue {
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
            ),
        ])
    }

    /// The same for people.
    var text: String {
        let graph = built.graph
        var table = TextTable([("weights", .left), ("steps to \(Figure.power(tolerance))", .right)])
        for weights in MixingWeights.allCases {
            table.append([weights.rawValue, steps(weights).map(String.init) ?? "-"])
        }
        table.append(["(exact sums)", "\(exactSteps)"])
        return """
            family        \(built.family?.rawValue ?? "explicit edges")\(built.isSubstitute ? " (takes the place of the one in the file)" : "")
            participants  \(graph.vertexCount)
            edges         \(graph.edges.count), degree \(graph.smallestDegree) to \(graph.largestDegree)
            diameter      \(graph.diameter.map(String.init) ?? "not connected")
            spectrum      λ2 \(Figure.decimal(spectrum.lambda2, places: 4)), λmax \(Figure.decimal(spectrum.lambdaMax, places: 4))

            \(table.text)
            """
    }
}
