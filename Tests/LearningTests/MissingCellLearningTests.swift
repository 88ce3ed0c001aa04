import GraphicalMixture
import LinearAlgebra
import Models
import Testing

@testable import Learning

/// Runs whose participants lack cells.
@Suite struct MissingCellLearningTests {
    private static func finished(_ rows: [Matrix]) throws -> [Trainer] {
        var trainers = try CalibratedTrainerTests.trainers(
            rows, CalibratedTrainerTests.training(participants: rows.count))
        while trainers[0].stage != .finished {
            try CalibratedTrainerTests.exchange(&trainers)
            #expect(trainers.allSatisfy { $0.agreedBytes() == trainers[0].agreedBytes() })
        }
        return trainers
    }

    private static func withHoles(_ rows: Matrix, every step: Int) -> Matrix {
        var result = rows
        for index in stride(from: 0, to: rows.elements.count, by: step) { result.elements[index] = .nan }
        return result
    }

    @Test func `means and scales are those of the cells that are there`() throws {
        let rows = CalibratedTrainerTests.rows.map { Self.withHoles($0, every: 5) }
        let trainers = try Self.finished(rows)
        let standardisation = try #require(trainers[0].standardisation)
        for column in 0..<3 {
            let cells = rows.flatMap { matrix in (0..<matrix.rowCount).map { matrix[$0, column] } }
                .filter { !$0.isNaN }
            let mean = cells.reduce(0, +) / Double(cells.count)
            let variance = cells.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(cells.count)
            #expect(abs(standardisation.mean[column] - mean) < 1e-12)
            #expect(abs(standardisation.scale[column] - variance.squareRoot()) < 1e-12)
        }
        #expect(trainers.allSatisfy { $0.trainingScores(kind: .calibrated).allSatisfy(\.isFinite) })
    }

    /// Participant s brings s + 1 rows; the first one a single cell, and the second no value of the last column.
    @Test func `participants with one row up to as many as columns learn and score`() throws {
        let whole = SmallNetwork.rows(1, columns: 3)
        var rows = (1...3).map { count in
            Matrix(rowCount: count, columnCount: 3, elements: Array(whole.elements[..<(3 * count)]))
        }
        rows[0].elements = [.nan, 0.5, .nan]
        for row in 0..<2 { rows[1][row, 2] = .nan }
        let trainers = try Self.finished(rows)
        for (trainer, rows) in zip(trainers, rows) {
            #expect(trainer.scores(rawRows: rows, kind: .calibrated).allSatisfy { $0.isFinite })
            #expect(trainer.scores(rawRows: whole, kind: .calibrated).allSatisfy { $0.isFinite })
        }
    }

    @Test func `a column without any value is named`() throws {
        var rows = CalibratedTrainerTests.rows
        for index in rows.indices { for row in 0..<rows[index].rowCount { rows[index][row, 1] = .nan } }
        #expect(throws: TrainingError.columnWithoutValues(column: 1)) { try Self.finished(rows) }
    }

    @Test(arguments: [Double.infinity, -.infinity, 0x1p401])
    func `an infinite or huge value is refused, a missing one is not`(value: Double) throws {
        let rows = Matrix(rowCount: 1, columnCount: 2, elements: [.nan, value])
        #expect(throws: TrainingError.valueOutOfRange(row: 0, column: 1, value: value)) {
            try Trainer.check(rows, columnCount: 2)
        }
        try Trainer.check(Matrix(rowCount: 1, columnCount: 2, elements: [.nan, 1]), columnCount: 2)
    }

    @Test func `a trainer with missing cells put back after any exchange goes on with the same bits`() throws
    {
        let rows = CalibratedTrainerTests.rows.map { Self.withHoles($0, every: 7) }
        var trainers = try CalibratedTrainerTests.trainers(
            rows, CalibratedTrainerTests.training(participants: 3))
        while trainers[0].stage != .finished {
            try CalibratedTrainerTests.exchange(&trainers)
            var fresh = try Trainer(rows: rows[2], settings: trainers[2].settings)
            try fresh.restore(agreed: trainers[2].agreedBytes(), kept: trainers[2].keptBytes())
            #expect(fresh.agreedBytes() == trainers[2].agreedBytes())
            trainers[2] = fresh
        }
        #expect(trainers[0].agreedBytes() == trainers[2].agreedBytes())
    }
}
