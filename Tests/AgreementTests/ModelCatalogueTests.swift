import GraphicalMixture
import Models
import Testing

@testable import Agreement

@Suite struct ModelCatalogueTests {
    @Test func `settings become a model of their kind, the same for everybody`() {
        let settings = ModelSettings.graphicalMixture(MixtureSettings(patterns: 4, seed: 9))
        let model = ModelCatalogue.model(of: settings, columnCount: 3, start: 1, rowCount: 200)
        let again = ModelCatalogue.model(of: settings, columnCount: 3, start: 1, rowCount: 200)
        let other = ModelCatalogue.model(of: settings, columnCount: 3, start: 2, rowCount: 200)
        #expect(model is GraphicalMixtureModel)
        #expect(model.columnCount == 3)
        #expect(model.activePatternCount == 4)
        #expect(model.sharedBytes() == again.sharedBytes())
        #expect(model.sharedBytes() != other.sharedBytes())
    }

    @Test func `every kind is named as its model names itself`() {
        #expect(ModelCatalogue.kindNames == [GraphicalMixtureModel.name])
        #expect(ModelSettings.graphicalMixture(MixtureSettings(starts: 2)).startCount == 2)
    }

    @Test func `a snapshot becomes the model it was taken of`() throws {
        let settings = ModelSettings.graphicalMixture(MixtureSettings(patterns: 2))
        let model = ModelCatalogue.model(of: settings, columnCount: 2, start: 0, rowCount: 50)
        let copy = try ModelCatalogue.model(snapshot: model.snapshot())
        #expect(copy.sharedBytes() == model.sharedBytes())
    }

    @Test func `a snapshot of an unknown kind is refused`() {
        #expect(throws: ModelError.malformedState(field: "kind", expected: 1, found: 0)) {
            _ = try ModelCatalogue.model(snapshot: ModelSnapshot(kind: "oracle", shared: [], kept: []))
        }
    }
}
