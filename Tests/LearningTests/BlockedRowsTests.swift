import GraphicalMixture
import LinearAlgebra
import Models
import Testing

@testable import Learning

/// Runs whose rows lie elsewhere and are read a block at a time.
@Suite struct BlockedRowsTests {
    /// A source that is no matrix, as a file's rows are.
    private struct Copies: RowSource {
        let matrix: Matrix
        var rowCount: Int { matrix.rowCount }
        var columnCount: Int { matrix.columnCount }

        func block(_ range: Range<Int>) -> RowBlock {
            RowBlock(matrix: matrix.gathered(Array(range)), range: 0..<range.count)
        }
    }

    /// Two clusters of three columns; more rows than a block of a pass has.
    private static func rows(_ count: Int, seed: UInt64) -> Matrix {
        var generator = SeededGenerator(seed: seed, label: "blocked rows")
        var elements = NormalSampler.sample(count: 3 * count, using: &generator)
        for row in stride(from: 0, to: count, by: 3) { elements[3 * row] += 5 }
        for index in stride(from: 0, to: elements.count, by: 97) { elements[index] = .nan }
        return Matrix(rowCount: count, columnCount: 3, elements: elements)
    }

    @Test func `rows read in blocks give the bits of rows in memory, alone and together`() throws {
        let rows = [Self.rows(20_000, seed: 1), Self.rows(700, seed: 2)]
        #expect(rows[0].rowCount > rows[0].blockRowCount)
        for participants in 1...2 {
            let settings = CalibratedTrainerTests.training(participants: participants)
            var held = try CalibratedTrainerTests.trainers(Array(rows[..<participants]), settings)
            var blocked = try held.map { trainer in
                let ordered = trainer.rawRows
                return try Trainer(
                    rows: TrainingRows(
                        source: Copies(matrix: ordered.matrix), completeCount: ordered.completeCount),
                    settings: settings)
            }
            while held[0].stage != .finished {
                try CalibratedTrainerTests.exchange(&held)
                try CalibratedTrainerTests.exchange(&blocked)
            }
            for (a, b) in zip(held, blocked) {
                #expect(a.agreedBytes() == b.agreedBytes())
                #expect(a.keptBytes() == b.keptBytes())
                #expect(a.clippedValueCount == b.clippedValueCount)
                #expect(a.trainingScores(kind: .calibrated) == b.trainingScores(kind: .calibrated))
                #expect(PaperFigures(trainer: a) == PaperFigures(trainer: b))
            }
        }
    }

    @Test func `a value out of range is found in any block`() throws {
        var rows = Self.rows(20_000, seed: 3)
        rows[17_000, 1] = 0x1p401
        #expect(throws: TrainingError.valueOutOfRange(row: 17_000, column: 1, value: 0x1p401)) {
            try Trainer.check(Copies(matrix: rows), columnCount: 3)
        }
    }
}
