import Agreement
import Models

/// A row's explanation, in the units of the file.
struct ExplanationText {
    /// Columns that a line names.
    private static let columnCount = 3
    /// Patterns below this part of the row are not worth a word.
    private static let weightMin = 0.005
    private let columns: [String]
    /// The row's own cells, NaN where one is missing.
    private let row: [Double]
    private let explanation: RowExplanation
    /// Columns, those that contribute most first.
    private let order: [Int]

    /// - Parameters:
    ///   - columns: names, shape `(d)`.
    ///   - row: shape `(d)`.
    init(columns: [String], row: [Double], explanation: RowExplanation) {
        precondition(columns.count == row.count, "\(columns.count) names for \(row.count) cells")
        self.columns = columns
        self.row = row
        self.explanation = explanation
        let contributions = explanation.contributions
        order = contributions.indices.sorted { (contributions[$1], $0) < (contributions[$0], $1) }
    }

    /// The three columns that contribute most, then the patterns that the row is made of; parts stand behind tabs.
    var line: String {
        let named = order.filter { !row[$0].isNaN }.prefix(Self.columnCount).map { column in
            "\(Self.oneLine(columns[column])) \(Figure.significant(row[column])) expected \(Figure.significant(explanation.expected[column]))"
                + " ± \(Figure.significant(explanation.deviation[column]))"
                + " centre \(Figure.significant(explanation.centre[column]))"
                + " (\(Figure.decimal(explanation.contributions[column], places: 2)))"
        }
        let patterns = patternOrder.filter { explanation.patternWeights[$0] >= Self.weightMin }.map { slot in
            "\(slot) \(Figure.decimal(explanation.patternWeights[slot], places: 2))"
        }
        let parts = patterns.isEmpty ? [] : ["patterns \(patterns.joined(separator: ", "))"]
        return (named + parts).joined(separator: "\t")
    }

    /// `patterns` and `columns`, both strongest first, all columns among them.
    var value: CanonicalValue {
        .object([
            (
                "patterns",
                .list(
                    patternOrder.map { slot in
                        .object([
                            ("pattern", .integer(slot)),
                            ("weight", .finite(explanation.patternWeights[slot])),
                        ])
                    })
            ),
            (
                "columns",
                .list(
                    order.map { column in
                        .object([
                            ("name", .text(columns[column])), ("value", .finite(row[column])),
                            ("expected", .finite(explanation.expected[column])),
                            ("deviation", .finite(explanation.deviation[column])),
                            ("centre", .finite(explanation.centre[column])),
                            ("contribution", .finite(explanation.contributions[column])),
                        ])
                    })
            ),
        ])
    }

    /// A name in a quoted field may hold tabs and line feeds, which would end a part or the line.
    private static func oneLine(_ name: String) -> String {
        String(name.map { $0 == "\t" || $0.isNewline ? " " : $0 })
    }

    private var patternOrder: [Int] {
        let weights = explanation.patternWeights
        return weights.indices.filter { weights[$0] > 0 }.sorted { (weights[$1], $0) < (weights[$0], $1) }
    }
}
