import Agreement
import ArgumentParser
import Models

/// `collabdict patterns`.
struct PatternsVerb: Verb {
    /// How to print.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
        case dot
    }

    static let configuration = CommandConfiguration(
        commandName: "patterns",
        abstract: "Show the patterns of a model and how columns depend on each other in them.",
        discussion: """
            A pattern is a centre and a graph: an edge is the partial correlation of two columns, what is left of their \
            dependency once all other columns are known. It is the file's first model that is shown. 'rows' is of all \
            participants, 'weight' the part of your own rows. A suspect pattern looks like one of anomalies among the \
            training rows. What sets a row apart from its pattern, 'score --explain' tells.
            """)
    static let schemaName = "patterns"

    @Option(help: "The model file.") var model: String
    @Option(help: "Show one pattern, by its number.") var pattern: Int?
    @Option(help: "text, json, or dot for GraphViz (with --pattern).") var format = Format.text
    @Option(help: "Leave edges of less magnitude out.") var smallest = 0.1
    @OptionGroup var json: JSONOption
    var wantsJSON: Bool { json.wantsJSON || format == .json }

    func validate() throws {
        guard (0...1).contains(smallest) else {
            throw ValidationError("--smallest is 0 to 1, not \(smallest).")
        }
        if format == .dot {
            guard pattern != nil else {
                throw ValidationError("--format dot draws one pattern; give --pattern.")
            }
            guard !json.wantsJSON else { throw ValidationError("Give one of --json and --format dot.") }
        }
    }

    func perform() async throws -> Answer? {
        let loaded = try LoadedModel(path: model)
        let graphs = loaded.patterns.map {
            PatternGraph(columns: loaded.file.columns, pattern: $0, smallest: smallest)
        }
        guard !graphs.isEmpty else {
            throw Failure.data(
                "a model of kind '\(loaded.file.kind)' has no patterns", fix: "Use score --explain.",
                code: "MODEL_FILE")
        }
        guard let pattern else { return answer(graphs, text: table(graphs)) }
        guard let graph = graphs.first(where: { $0.pattern.slot == pattern }) else {
            let known = graphs.map { "\($0.pattern.slot)" }.joined(separator: ", ")
            throw Failure.usage("there is no pattern \(pattern)", fix: "Name one of \(known).")
        }
        return answer([graph], text: format == .dot ? graph.dot : graph.text)
    }

    private func answer(_ graphs: [PatternGraph], text: String) -> Answer {
        Answer(
            data: .object([
                ("smallest", .finite(smallest)), ("patterns", .list(graphs.map(\.value))),
            ]), text: text)
    }

    private func table(_ graphs: [PatternGraph]) -> String {
        var table = TextTable([
            ("pattern", .right), ("rows", .right), ("weight", .right), ("edges", .right), ("suspect", .left),
            ("strongest edges", .left),
        ])
        for graph in graphs {
            let strongest = graph.edges.prefix(2).map { edge in
                "\(graph.columns[edge.first]) – \(graph.columns[edge.second])"
                    + " \(Figure.decimal(edge.value, places: 2))"
            }
            table.append([
                "\(graph.pattern.slot)", Figure.decimal(graph.pattern.rowCount, places: 1),
                Figure.decimal(graph.pattern.weight, places: 3), "\(graph.edges.count)",
                graph.pattern.isSuspect ? "yes" : "no", strongest.joined(separator: ", "),
            ])
        }
        return table.text
    }
}
