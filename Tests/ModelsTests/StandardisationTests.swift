import LinearAlgebra
import Models
import Testing

@Suite struct StandardisationTests {
    @Test func `a missing cell stays missing and is not counted as clipped`() {
        let rows = Matrix(rowCount: 2, columnCount: 2, elements: [.nan, 30, 3, .nan])
        let standardisation = Standardisation(mean: [1, 10], scale: [2, 5])
        #expect(
            standardisation.applied(to: rows, limit: 3).elements.map { $0.isNaN ? -9 : $0 } == [-9, 3, 1, -9])
        #expect(standardisation.clippedCount(of: rows, limit: 3) == 1)
    }

    @Test func `complete rows come first, rows that lack the same cells stand together`() {
        let n = Double.nan
        let rows = TrainingRows(
            Matrix(rowCount: 6, columnCount: 2, elements: [1, n, 2, 0, n, 3, 4, n, 5, 0, 6, n]))
        #expect(rows.completeCount == 2 && rows.missingCellCount == 4)
        #expect(rows.matrix.elements.map { $0.isNaN ? -9 : $0 } == [2, 0, 5, 0, -9, 3, 1, -9, 4, -9, 6, -9])
        let scaled = rows.standardised(by: Standardisation(mean: [0, 0], scale: [2, 1]), limit: 8)
        #expect(
            scaled.completeCount == 2 && scaled.matrix.elements[0] == 1 && scaled.matrix.elements[4].isNaN)
    }

    @Test func `every column is centred and scaled by its own figures`() {
        let standardisation = Standardisation(mean: [1, 10], scale: [2, 5])
        let rows = Matrix(rowCount: 2, columnCount: 2, elements: [3, 10, 1, 0])
        #expect(standardisation.applied(to: rows).elements == [1, 0, 0, -2])
    }

    @Test func `training values stay in the box and are counted, scored ones are not clipped`() {
        let standardisation = Standardisation(mean: [0, 0, 0], scale: [1, 1, 1])
        let rows = Matrix(rowCount: 1, columnCount: 3, elements: [100, -100, 8])
        #expect(standardisation.applied(to: rows, limit: 8).elements == [8, -8, 8])
        #expect(standardisation.clippedCount(of: rows, limit: 8) == 2)
        #expect(standardisation.applied(to: rows).elements == [100, -100, 8])
    }

    @Test func `a quotient beyond all doubles stays finite when scoring`() {
        let standardisation = Standardisation(mean: [-1e300], scale: [1e-300])
        let rows = Matrix(rowCount: 1, columnCount: 1, elements: [1e300])
        #expect(standardisation.applied(to: rows).elements == [1e100])
    }

    @Test func `rows of other columns trap`() async {
        await #expect(processExitsWith: .failure) {
            _ = Standardisation(mean: [0], scale: [1]).applied(to: Matrix(rowCount: 1, columnCount: 2))
        }
    }
}
