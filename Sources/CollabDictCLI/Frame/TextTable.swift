import Foundation

/// Columns of text lined up for people.
struct TextTable {
    /// Where a column's text stands.
    enum Alignment { case left, right }

    private let headings: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// - Parameter columns: heading and alignment of each.
    init(_ columns: [(heading: String, alignment: Alignment)]) {
        headings = columns.map(\.heading)
        alignments = columns.map(\.alignment)
    }

    /// - Precondition: as many cells as columns.
    mutating func append(_ cells: [String]) {
        precondition(cells.count == headings.count, "\(cells.count) cells for \(headings.count) columns")
        rows.append(cells)
    }

    /// The heading and one line a row, two spaces between columns, without a newline at the end.
    var text: String {
        let widths = headings.indices.map { column in
            ([headings[column]] + rows.map { $0[column] }).map(\.count).max() ?? 0
        }
        let heading = Terminal.bold(line(headings, widths: widths))
        return ([heading] + rows.map { line($0, widths: widths) }).joined(separator: "\n")
    }

    private func line(_ cells: [String], widths: [Int]) -> String {
        var parts: [String] = []
        for (column, cell) in cells.enumerated() {
            let space = String(repeating: " ", count: widths[column] - cell.count)
            let isLast = column == cells.count - 1
            parts.append(alignments[column] == .right ? space + cell : isLast ? cell : cell + space)
        }
        return parts.joined(separator: "  ")
    }
}

/// Figures as people read them.
enum Figure {
    /// A fixed number of decimals; `–` for what is missing or not finite.
    static func decimal(_ number: Double?, places: Int = 3) -> String {
        guard let number, number.isFinite else { return "–" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let rounded = (abs(number) * scale).rounded()
        guard rounded < 1e15 else { return number.description }
        let whole = Int(rounded)
        let sign = number < 0 && whole > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(whole)" }
        let digits = String(whole % Int(scale))
        let padding = String(repeating: "0", count: places - digits.count)
        return "\(sign)\(whole / Int(scale)).\(padding)\(digits)"
    }

    /// Four digits, with a power of ten where the number is far from 1.
    static func significant(_ number: Double?) -> String {
        guard let number, number.isFinite else { return "–" }
        return String(format: "%.4g", number)
    }

    /// One digit and a power of ten: `3e-10`.
    static func power(_ number: Double?) -> String {
        guard let number, number.isFinite else { return "–" }
        guard number != 0 else { return "0" }
        var exponent = 0
        var rest = abs(number)
        while rest >= 9.5 {
            rest /= 10
            exponent += 1
        }
        while rest < 0.95 {
            rest *= 10
            exponent -= 1
        }
        return "\(number < 0 ? "-" : "")\(Int(rest.rounded()))e\(exponent)"
    }

    /// Bytes in the largest fitting unit: `1.2 MiB`.
    static func bytes(_ count: Double?) -> String {
        guard let count, count.isFinite else { return "–" }
        var rest = count
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if abs(rest) < 1024 { return "\(decimal(rest, places: unit == "B" ? 0 : 1)) \(unit)" }
            rest /= 1024
        }
        return "\(decimal(rest, places: 1)) TiB"
    }

    /// The first twelve characters of a hash.
    static func short(_ hash: String) -> String { String(hash.prefix(12)) }
}
