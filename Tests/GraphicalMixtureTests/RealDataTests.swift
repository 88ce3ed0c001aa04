import Foundation
import GraphicalMixture
import LinearAlgebra
import Models
import Testing

/// Rounds on the development sets, with their constant, repeated and almost collinear columns.
///
/// The sets lie beside the repository and not in it: without them nothing runs.
@Suite struct RealDataTests {
    static let sets = ["cardio", "clinics", "satellite", "smd", "wdbc"]

    static var folder: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data")
    }

    static var isPresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

    /// At most `limit` training rows a participant, without the label; standardised over all and clipped to ±8.
    static func rows(_ name: String, limit: Int) throws -> [Matrix] {
        let folder = folder.appending(path: name)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        var parts: [[[Double]]] = []
        for file in files where file.hasSuffix("_train.csv") {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            let lines = text.split(separator: "\n").dropFirst().prefix(limit)
            let table = lines.map { line in
                line.split(separator: ",").dropLast().map {
                    Double($0.trimmingCharacters(in: .whitespaces)) ?? 0
                }
            }
            parts.append(table)
        }
        let all = parts.flatMap { $0 }
        let columns = try #require(all.first?.count)
        let count = Double(all.count)
        let mean = (0..<columns).map { column in all.reduce(0) { $0 + $1[column] } / count }
        let scale = (0..<columns).map { column in
            let variance =
                all.reduce(0) { $0 + ($1[column] - mean[column]) * ($1[column] - mean[column]) } / count
            return variance > 0 ? variance.squareRoot() : 1
        }
        return parts.map { table in
            let elements = table.flatMap { row in
                row.indices.map { min(max((row[$0] - mean[$0]) / scale[$0], -8), 8) }
            }
            return Matrix(rowCount: table.count, columnCount: columns, elements: elements)
        }
    }

    /// All sets at the default sparsity, the hardest ones with hardly any and none.
    static let cases =
        sets.map { ($0, 0.1) } + [
            ("clinics", 1e-3), ("smd", 1e-3), ("wdbc", 1e-3), ("wdbc", 1e-5), ("smd", 0),
        ]

    @Test(.enabled(if: isPresent), arguments: cases)
    func `rounds converge on the development sets, whatever the sparsity`(
        name: String, sparsity: Double
    ) throws {
        let rows = try Self.rows(name, limit: 200)
        let settings = GraphicalMixtureSettings(
            patternCount: 10, sparsity: sparsity, priorStrength: 1, seed: 1)
        let total = Double(rows.reduce(0) { $0 + $1.rowCount })
        let model = GraphicalMixtureModel(
            columnCount: rows[0].columnCount, settings: settings, start: 0, rowCount: total)
        // One participant with all rows: the M-step, which this is about, sees sums only.
        let together = Matrix(
            rowCount: Int(total), columnCount: rows[0].columnCount, elements: rows.flatMap(\.elements))
        var world = MixtureWorld(rows: [together], model: model)
        var last = -Double.infinity
        for _ in 0..<5 {
            let active = world.models[0].activePatternCount
            let objective = try world.round().perRow
            #expect(objective.isFinite)
            // Where precision has no bound, variances are floored and the objective may give way a little.
            if sparsity >= 1e-3 { #expect(objective >= last - 1e-9) }
            last = world.models[0].activePatternCount == active ? objective : -.infinity
        }
        let scores = world.models[0].scores(rows: rows[0], kind: .density)
        #expect(scores.allSatisfy { $0.isFinite })
    }
}
