import Consensus
import GraphicalMixture
import Learning
import LinearAlgebra
import Models
import TaskAutoencoder
import Testing
import Topology

@testable import Agreement

@Suite struct ModelCatalogueTests {
    @Test func `settings become a model of their kind, the same for everybody`() {
        let settings = ModelSettings.graphicalMixture(
            MixtureSettings(patterns: 4, initialise: .scatter, seed: 9))
        let model = ModelCatalogue.factory(settings, columnCount: 3)(1, 200)
        let again = ModelCatalogue.factory(settings, columnCount: 3)(1, 200)
        let other = ModelCatalogue.factory(settings, columnCount: 3)(2, 200)
        #expect(model is GraphicalMixtureModel)
        #expect(model.columnCount == 3)
        #expect(model.activePatternCount == 4)
        #expect(model.sharedBytes() == again.sharedBytes())
        #expect(model.sharedBytes() != other.sharedBytes())
    }

    @Test func `every kind is named as its model names itself`() {
        #expect(
            ModelCatalogue.kindNames == [
                GraphicalMixtureModel.name, AutoencoderModel.name, AutoencoderModel.deterministicName,
            ])
        #expect(
            ModelSettings.graphicalMixture(MixtureSettings(initialise: .scatter, starts: 2)).startCount == 2)
        #expect(ModelSettings.graphicalMixture(MixtureSettings(starts: 2)).startCount == 1)
    }

    @Test func `a snapshot becomes the model it was taken of`() throws {
        let settings = ModelSettings.graphicalMixture(MixtureSettings(patterns: 2))
        let model = ModelCatalogue.factory(settings, columnCount: 2)(0, 50)
        let copy = try ModelCatalogue.model(from: model.snapshot())
        #expect(copy?.sharedBytes() == model.sharedBytes())
    }

    @Test func `an autoencoder has defaults of its own, its rounds among them`() throws {
        let plain = try SampleFiles.topology("model: {kind: autoencoder}").settings
        #expect(plain.rounds == .autoencoder)
        guard case .autoencoder(let settings) = plain.model else {
            Issue.record("\(plain.model)")
            return
        }
        #expect(plain.score == .calibrated && plain.standardise == .shared)
        // The survey is none of them.
        #expect(settings.roundCount == 50 && settings.latentCount == nil && settings.hidden == [64])
        #expect(settings.schedule == .together(steps: 10) && settings.form == .recipe)
        let training = plain.training(columnCount: 6, participantCount: 3)
        #expect(training.startCount == 1)
        #expect(training.makeModel(0, 10) is SurveyedAutoencoder)
        let text =
            "model: {kind: autoencoder, hidden: [32, 16], latent: 4, activation: relu, deviation: softplus, "
            + "steps: 3, decoder-steps: 0, share: all, trim: 0, seed: 7}\nrounds: {maximum: 9, tolerance: 1e-3}"
        let own = try SampleFiles.topology(text).settings
        guard case .autoencoder(let paper) = own.model else {
            Issue.record("\(own.model)")
            return
        }
        #expect(own.rounds == RoundSettings(maximum: 9, tolerance: 1e-3))
        #expect(paper.hidden == [32, 16] && paper.latentCount == 4 && paper.roundCount == 9)
        #expect(paper.activation == .relu && paper.form == .paper && paper.share == .all)
        #expect(paper.schedule == .gradient(encoderSteps: 3) && paper.trim == 0 && paper.seed == 7)
        let model = own.training(columnCount: 6, participantCount: 3).makeModel(0, 10)
        let copy = try ModelCatalogue.model(from: model.snapshot())
        let rows = Matrix(rowCount: 2, columnCount: 6, repeating: 0.5)
        #expect(copy?.scores(rows: rows, kind: .elbo) == model.scores(rows: rows, kind: .elbo))
    }

    @Test(arguments: [
        "{kind: autoencoder, patterns: 3}", "{kind: autoencoder, hidden: []}",
        "{kind: autoencoder, hidden: [0]}", "{kind: autoencoder, latent: 0}",
        "{kind: autoencoder, decoder-steps: 4}", "{kind: autoencoder, trim: 0.9}", "{hidden: [3]}",
    ])
    func `keys of another kind and values out of range are refused`(model: String) {
        let problems = SampleFiles.problems {
            _ = try SampleFiles.read(SampleFiles.agreement("model: " + model))
        }
        #expect(problems.count == 1 && problems[0].key.hasPrefix("model."))
    }

    @Test func `a snapshot of an unknown kind becomes nothing`() throws {
        let model = try ModelCatalogue.model(from: ModelSnapshot(kind: "oracle", shared: [], kept: []))
        #expect(model == nil)
    }

    @Test func `a training has what the agreement says`() throws {
        let settings = try SampleFiles.topology("limits: {value: 6}\nrounds: {maximum: 7, tolerance: 0}")
            .settings
        let training = settings.training(columnCount: 3, participantCount: 5)
        #expect(training.columnCount == 3)
        #expect(training.valueLimit == 6)
        #expect(training.startCount == 1)
        #expect(training.coordinates == [.shared, .local])
        #expect(training.isCalibrated)
        #expect(training.roundsMaximum == 7)
        #expect(training.objectiveTolerance == 0)
        #expect(training.participantCount == 5)
        #expect(training.makeModel(0, 10).activePatternCount == 1)
    }

    /// The settings, and the coordinates of the models that five participants learn.
    @Test(arguments: [
        ("standardise: shared", [CoordinateSystem.shared], true), ("standardise: local", [.local], true),
        ("score: density", [.shared], false), ("standardise: local\nscore: paper", [.local], false),
    ])
    func `as many models are learnt as the score reads`(
        text: String, coordinates: [CoordinateSystem], isCalibrated: Bool
    ) throws {
        let settings = try SampleFiles.topology(text).settings
        let training = settings.training(columnCount: 3, participantCount: 5)
        #expect(training.coordinates == coordinates)
        #expect(training.isCalibrated == isCalibrated)
        #expect(settings.training(columnCount: 3, participantCount: 1).coordinates == [.shared])
    }

    @Test func `the paper's plain method is a few keys away`() throws {
        let text = """
            standardise: shared
            score: density
            model: {patterns: 10, initialise: scatter, shape: own}
            rounds: {maximum: 100, tolerance: 1e-6}
            """
        let settings = try SampleFiles.topology(text).settings
        #expect(
            settings.model
                == .graphicalMixture(
                    MixtureSettings(patterns: 10, initialise: .scatter, shape: .own, sparsity: 0.1)))
        let training = settings.training(columnCount: 3, participantCount: 5)
        #expect(training.startCount == 3)
        #expect(training.makeModel(0, 10).activePatternCount == 10)
        // Alone, as `fit` learns, the same keys hold.
        let alone = settings.training(columnCount: 3, participantCount: 1)
        #expect(alone.roundsMaximum == 100 && alone.makeModel(0, 10).activePatternCount == 10)
    }

    @Test func `an aggregation has what the agreement says`() throws {
        let text = "consensus: {weights: paper, tolerance: 1e-6, protection: {chunks: 3, masks: {degree: 4}}}"
        let id = [UInt8](repeating: 7, count: 32)
        let aggregation = try SampleFiles.topology(text).settings.aggregation(
            networkID: id, participantCount: 5)
        #expect(aggregation.networkID == id)
        #expect(aggregation.weights == .paper)
        #expect(aggregation.tolerance == 1e-6)
        #expect(
            aggregation.protection == ProtectionSettings(chunks: 3, relabel: true, masks: true, maskDegree: 4)
        )
        let open = try SampleFiles.topology("consensus: {protection: {masks: false}}").settings
        #expect(!open.aggregation(networkID: id, participantCount: 5).protection.masks)
        #expect(!open.aggregation(networkID: id, participantCount: 5).protection.selfMasks)
    }
}
