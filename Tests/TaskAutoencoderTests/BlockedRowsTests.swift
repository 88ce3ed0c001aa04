import LinearAlgebra
import Models
import TaskAutoencoder
import Testing

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

    @Test func `an autoencoder learns the same bits from rows that are read in blocks`() throws {
        var rows = AutoencoderWorld<SurveyedAutoencoder>.rows(participants: 1, count: 700)[0]
        rows[3, 2] = .nan
        let held = TrainingRows(rows)
        let blocked = TrainingRows(source: Copies(matrix: held.matrix), completeCount: held.completeCount)
        var model = SurveyedAutoencoder(
            columnCount: rows.columnCount, settings: AutoencoderSettings())
        for _ in 0..<3 {
            let layout = model.layout(rowScale: 0x1p10, valueLimit: 8)
            let update = model.localUpdate(rows: held, layout: layout, on: SerialRunner())
            let other = model.localUpdate(rows: blocked, layout: layout, on: SerialRunner())
            #expect(update.shared == other.shared)
            #expect(update.kept == other.kept)
            try model.optimise(sum: update.shared, kept: update.kept)
            if model.isSurvey { model.grow() }
        }
    }
}
