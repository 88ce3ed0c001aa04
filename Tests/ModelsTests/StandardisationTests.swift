import LinearAlgebra
import Models
import Testing

@Suite struct StandardisationTests {
    @Test func `every column is centred and scaled by its own figures`() {
        let standardisation = Standardisation(mean: [1, 10], scale: [2, 5])
        let rows = Matrix(rowCount: 2, columnCount: 2, elements: [3, 10, 1, 0])
        #expect(standardisation.applied(to: rows).elements == [1, 0, 0, -2])
    }

    @Test func `training values stay in the box and are counted, scored ones are not clipped`() {
        let standardisation = Standardisation(mean: [0, 0, 0], scale: [1, 1, 1])
        let rows = Matrix(rowCount: 1, columnCount: 3, elements: [100, -100, 8])
        let training = standardisation.applied(to: rows, limit: 8)
        #expect(training.rows.elements == [8, -8, 8])
        #expect(training.clippedCount == 2)
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
