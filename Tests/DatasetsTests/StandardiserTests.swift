import LinearAlgebra
import Testing

@testable import Datasets

@Suite struct StandardiserTests {
    @Test func `every column is centred and scaled by its own figures`() {
        let rows = Matrix(rowCount: 2, columnCount: 2, elements: [1, 10, 3, 30])
        let result = standardise(rows: rows, mean: [2, 20], scale: [0.5, 10], limit: 8)
        #expect(result.rows.elements == [-2, -1, 2, 1])
        #expect(result.clippedCount == 0)
    }

    @Test func `training values stay in the box and are counted, scored ones are not clipped`() {
        let rows = Matrix(rowCount: 1, columnCount: 3, elements: [100, -100, 8])
        let training = standardise(rows: rows, mean: [0, 0, 0], scale: [1, 1, 1], limit: 8)
        #expect(training.rows.elements == [8, -8, 8])
        #expect(training.clippedCount == 2)
        let scoring = standardise(rows: rows, mean: [0, 0, 0], scale: [1, 1, 1], limit: nil)
        #expect(scoring.rows.elements == [100, -100, 8])
        #expect(scoring.clippedCount == 0)
    }

    @Test func `a quotient beyond all doubles stays finite when scoring`() {
        let rows = Matrix(rowCount: 1, columnCount: 1, elements: [1e300])
        let result = standardise(rows: rows, mean: [-1e300], scale: [1e-300], limit: nil)
        #expect(result.rows.elements == [1e100])
    }

    @Test func `figures for other columns trap`() async {
        await #expect(processExitsWith: .failure) {
            _ = standardise(
                rows: Matrix(rowCount: 1, columnCount: 2), mean: [0], scale: [1], limit: nil)
        }
    }
}
