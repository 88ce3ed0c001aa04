import Agreement
import Models

/// The graph of one pattern: its columns, and an edge where two depend on each other given all others.
struct PatternGraph {
    let columns: [String]
    let pattern: PatternDescription
    /// Edges of at least the smallest magnitude asked for, strongest first.
    let edges: [PartialCorrelation]

    /// - Parameters:
    ///   - columns: names, shape `(d)`.
    ///   - smallest: edges of less magnitude are left out; ≥ 0.
    init(columns: [String], pattern: PatternDescription, smallest: Double) {
        precondition(
            columns.count == pattern.centre.count, "\(columns.count) names, \(pattern.centre.count) cells")
        self.columns = columns
        self.pattern = pattern
        edges = pattern.edges.filter { $0.value.magnitude >= smallest }
    }

    /// Rows, weight, centre and edges as tables.
    var text: String {
        var centre = TextTable([("column", .left), ("centre", .right)])
        for (name, value) in zip(columns, pattern.centre) {
            centre.append([name, Figure.significant(value)])
        }
        var graph = TextTable([("column", .left), ("column", .left), ("partial correlation", .right)])
        for edge in edges {
            graph.append([columns[edge.first], columns[edge.second], Figure.decimal(edge.value, places: 2)])
        }
        return """
            pattern  \(pattern.slot)\(pattern.isSuspect ? ", suspect" : "")
            rows     \(Figure.decimal(pattern.rowCount, places: 1)) of all participants
            weight   \(Figure.decimal(pattern.weight, places: 3)) of your own rows

            \(centre.text)

            \(edges.isEmpty ? "no edge of this strength" : graph.text)
            """
    }

    /// The pattern with its graph.
    var value: CanonicalValue {
        .object([
            ("pattern", .integer(pattern.slot)), ("rows", .finite(pattern.rowCount)),
            ("weight", .finite(pattern.weight)), ("suspect", .bool(pattern.isSuspect)),
            (
                "centre",
                .list(
                    zip(columns, pattern.centre).map { name, value in
                        .object([("name", .text(name)), ("value", .finite(value))])
                    })
            ),
            (
                "edges",
                .list(
                    edges.map { edge in
                        .object([
                            ("first", .text(columns[edge.first])), ("second", .text(columns[edge.second])),
                            ("partialCorrelation", .finite(edge.value)),
                        ])
                    })
            ),
        ])
    }

    /// The graph in the language of GraphViz: every column a node, edges as wide as they are strong, negative ones dashed.
    var dot: String {
        let title = Self.quoted("pattern \(pattern.slot)")
        // Nodes have numbers for names, since two columns whose names differ in escapes only must stay two.
        let nodes = columns.enumerated().map { "  c\($0) [label=\(Self.quoted($1))];" }
        let lines = edges.map { edge in
            let strength = edge.value.magnitude
            return
                "  c\(edge.first) -- c\(edge.second) [label=\(Self.quoted(Figure.decimal(edge.value, places: 2))),"
                + " penwidth=\(Figure.decimal(0.5 + 4.5 * strength, places: 2)),"
                + " style=\(edge.value < 0 ? "dashed" : "solid")];"
        }
        return (["graph \(title) {", "  label=\(title);", "  node [shape=ellipse];"] + nodes + lines + ["}"])
            .joined(separator: "\n")
    }

    /// A double-quoted string; a backslash begins an escape in labels, so it is doubled.
    static func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(escaped.replacing("\r\n", with: "\\n").replacing("\n", with: "\\n"))\""
    }
}
