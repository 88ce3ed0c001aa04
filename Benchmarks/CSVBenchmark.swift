import Datasets
import Foundation
import LinearAlgebra

/// Reading a numeric CSV file that lies in the page cache, into rows.
struct CSVBenchmark {
    let name: String
    /// Digits behind the point.
    let decimalCount: Int

    private static let rowCount = 100_000
    private static let columnCount = 20

    static let all = [
        CSVBenchmark(name: "6-decimals", decimalCount: 6), CSVBenchmark(name: "3-decimals", decimalCount: 3),
        CSVBenchmark(name: "shortest-round-trip", decimalCount: 17),
    ]

    /// Megabytes (10⁶) a second of thread time, one entry a repetition.
    func run(repetitions: Int) throws -> [Double] {
        var generator = SeededGenerator(seed: 2, label: "csv")
        let values = NormalSampler.sample(count: Self.rowCount * Self.columnCount, using: &generator)
        var text: [UInt8] = []
        for row in 0..<Self.rowCount {
            for column in 0..<Self.columnCount {
                let value = values[row * Self.columnCount + column]
                text += (decimalCount < 17 ? String(format: "%.\(decimalCount)f", value) : "\(value)").utf8
                text.append(UInt8(ascii: column + 1 < Self.columnCount ? "," : "\n"))
            }
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "collabdict-\(UUID()).csv")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text).write(to: file)
        var options = CSVOptions()
        options.hasHeader = false
        return try (0..<repetitions).map { _ in
            var rowCount = 0
            let elapsed = try ThreadTime.measure {
                rowCount = try CSVReader.read(path: file.path(percentEncoded: false), options: options).rows
                    .rowCount
            }
            precondition(rowCount == Self.rowCount)
            return Double(text.count) / 1e6 / (elapsed / .seconds(1))
        }
    }
}
